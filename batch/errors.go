package batch

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/mskit-go/mskit/kafkaevent"
)

// Lambda reports the type name of a returned error as its errorType, so the
// names here are for the operator who reads an alarm.

// RecordError is why one record failed.
type RecordError struct {
	kafkaevent.TopicPartition
	Offset int64
	// Class is what Err means for the record.
	Class Class
	// Err is what the record, its decoder, the handler or the sink said.
	Err error
}

func (e *RecordError) Error() string {
	return "batch: record " + e.ID() + ": " + textOf(e.Err)
}

func (e *RecordError) Unwrap() error { return e.Err }

// ID is the record's "topic/partition/offset".
func (e *RecordError) ID() string {
	r := kafkaevent.Record{TopicPartition: e.TopicPartition, Offset: e.Offset}
	return r.ID()
}

// LogValue gives the coordinates, the class and the error's text.
func (e *RecordError) LogValue() slog.Value {
	return slog.GroupValue(append(coordinateAttrs(e.TopicPartition, e.Offset), outcomeAttrs(e.Class, e.Err)...)...)
}

// ConfigurationError says that the function is put together wrongly. Every
// invocation returns it, or a record fails with it, before any handler runs;
// nothing is dead-lettered because of it.
type ConfigurationError struct {
	// Msg is what is wrong and how to mend it; empty when Err says it all.
	Msg string
	// Err is a decoder's own complaint.
	Err error
}

func (e *ConfigurationError) Error() string {
	var parts []string
	if e.Msg != "" {
		parts = append(parts, e.Msg)
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	return "batch: configuration: " + strings.Join(parts, ": ")
}

func (e *ConfigurationError) Unwrap() error { return e.Err }

// configErrorf and asConfigError are large where they are inlined, and no call
// of theirs is in a hurry.
//
//go:noinline
func configErrorf(format string, args ...any) error {
	return &ConfigurationError{Msg: fmt.Sprintf(format, args...)}
}

//go:noinline
func asConfigError(err error) error {
	if e, ok := errors.AsType[*ConfigurationError](err); ok {
		return e
	}
	return &ConfigurationError{Err: err}
}

// InvalidEventError says that the payload is no Kafka event. Nothing was
// processed, and the event source mapping retries the whole batch.
type InvalidEventError struct {
	// Err is a [*kafkaevent.Error], with the position in the payload.
	Err error
}

func (e *InvalidEventError) Error() string { return "batch: " + e.Err.Error() }
func (e *InvalidEventError) Unwrap() error { return e.Err }

// IncompleteBatchError is what [NewAllOrNothing] returns when a record failed
// or was not started. Lambda then delivers the whole batch again. It unwraps to
// the [*RecordError] of each failure.
type IncompleteBatchError struct {
	// Records is the size of the batch, Deferred how many of it were not started.
	Records, Deferred int
	Failures          []*RecordError
}

func incompleteBatch(res *Result) error {
	return &IncompleteBatchError{Records: res.Records, Deferred: res.Deferred, Failures: res.Failures}
}

func (e *IncompleteBatchError) Error() string {
	s := fmt.Sprintf("batch: of %d records %d failed and %d were not started", e.Records, len(e.Failures), e.Deferred)
	for i, f := range e.Failures {
		if i == 3 {
			return fmt.Sprintf("%s; and %d more", s, len(e.Failures)-i)
		}
		s += "; " + strings.TrimPrefix(f.Error(), "batch: ")
	}
	return s
}

// Unwrap gives the failures.
func (e *IncompleteBatchError) Unwrap() []error {
	errs := make([]error, len(e.Failures))
	for i, f := range e.Failures {
		errs[i] = f
	}
	return errs
}

// ReplyTooLargeError says that the reply is over the 6 MB that Lambda takes, so
// the whole batch has to be retried. Only very long topic names get there; a
// smaller batch size in the event source mapping is the remedy.
type ReplyTooLargeError struct {
	// Size is in bytes.
	Size int
}

func (e *ReplyTooLargeError) Error() string {
	return "batch: the reply would have " + strconv.Itoa(e.Size) + " bytes and Lambda takes " +
		strconv.Itoa(maxReply) + "; lower the batch size of the event source mapping"
}

// AbandonedError is the failure of a record whose handler went on after its
// context had ended. The reply did not wait for it, and whatever it does later
// changes nothing.
type AbandonedError struct {
	// Grace is how long it was waited for after the context had ended.
	Grace time.Duration
	// Cause is why the context ended.
	Cause error
}

func (e *AbandonedError) Error() string {
	return "the handler was abandoned " + e.Grace.String() + " after its context had ended (" +
		e.Cause.Error() + "); have it mind ctx.Done"
}

func (e *AbandonedError) Unwrap() error { return e.Cause }

// DeadLetterError is the failure of a record that should have gone to the
// dead-letter sink and could not: it is reported to Lambda instead.
type DeadLetterError struct {
	// Err is why the record was given up, SinkErr why the sink did not take it.
	Err, SinkErr error
}

func (e *DeadLetterError) Error() string {
	return e.Err.Error() + "; and the dead-letter sink did not take it: " + e.SinkErr.Error()
}

// Unwrap gives both.
func (e *DeadLetterError) Unwrap() []error { return []error{e.Err, e.SinkErr} }

// RepeatedFailureError is why a record is dead-lettered without another try: it
// used up [WithDeadLetterAfter] by deliveries that had no time left to give it to
// the sink, as when its handler hangs.
type RepeatedFailureError struct {
	Failures int
}

func (e *RepeatedFailureError) Error() string {
	return "failed in " + strconv.Itoa(e.Failures) + " deliveries to this sandbox"
}

// errGoexit is the failure of a handler that ended its goroutine, as t.FailNow
// does in a test.
var errGoexit = errors.New("the handler or the dead-letter sink called runtime.Goexit")
