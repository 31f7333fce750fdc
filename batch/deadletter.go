package batch

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/mskit-go/mskit/kafkaevent"
)

// DeadLetter is a record that will never succeed, and why.
//
// Printing or logging it gives the record's coordinates and the error, never
// the record's bytes.
type DeadLetter struct {
	// Record is the record as Lambda delivered it.
	Record *kafkaevent.Record
	// Err is why it was given up; [ClassOf] says whether it is permanent or was
	// given up by [WithDeadLetterAfter].
	Err error
}

// DeadLetterSink takes records that will never succeed, see [WithDeadLetter].
//
// When Put returns nil the record counts as handled and Lambda will not deliver
// it again, so Put returns only once the record is safe. When Put fails, the
// record is reported to Lambda like any failure. Put is called from several
// goroutines at once.
//
// The record is valid during Put; with [WithZeroCopy] what is kept of it must be
// cloned.
type DeadLetterSink interface {
	Put(ctx context.Context, l DeadLetter) error
}

// DeadLetterSinkFunc is a function as a [DeadLetterSink].
type DeadLetterSinkFunc func(ctx context.Context, l DeadLetter) error

// Put calls f.
func (f DeadLetterSinkFunc) Put(ctx context.Context, l DeadLetter) error { return f(ctx, l) }

// deadLetters is what [WithDeadLetter] does.
type deadLetters struct{ sink DeadLetterSink }

func (d deadLetters) check() error { return configErrorOf(d.sink, "the dead-letter sink") }

// put gives a started record to the sink; the error is the record's.
func (d deadLetters) put(r *run, i int32, err error) error {
	putErr := protect(func() error {
		return d.sink.Put(r.ctx, DeadLetter{Record: r.records[i], Err: err})
	})
	if putErr != nil {
		return &DeadLetterError{Err: err, SinkErr: putErr}
	}
	return nil
}

// exhausted is why a record is to be given up without another try, nil mostly.
func (d deadLetters) exhausted(r *run, i int32) error {
	if r.deadLetterAfter == 0 || r.history.empty() {
		return nil
	}
	if n := r.history.failures(r.historyKey(i)); n >= r.deadLetterAfter {
		return Permanent(&RepeatedFailureError{Failures: n})
	}
	return nil
}

// String is the record's ID and the error.
func (l DeadLetter) String() string { return fmt.Sprintf("%s: %v", recordID(l.Record), l.Err) }

// Format prints String, whatever the verb.
func (l DeadLetter) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, l.String()) }

// LogValue gives the coordinates and the error.
func (l DeadLetter) LogValue() slog.Value {
	return slog.GroupValue(slog.Any("record", logRecord(l.Record)), slog.String("error", fmt.Sprint(l.Err)))
}
