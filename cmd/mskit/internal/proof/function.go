package proof

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
)

// Function says how the function under the proof is made.
type Function struct {
	AllOrNothing bool // as for a mapping without ReportBatchItemFailures
	Unordered    bool
	DeadLetter   bool          // poison goes to a sink
	Pace         time.Duration // what a record takes
}

// Args are the flags of the bootstrap that make the same function.
func (f Function) Args(ledger string) []string {
	return []string{
		"-ledger", ledger,
		fmt.Sprintf("-all-or-nothing=%t", f.AllOrNothing),
		fmt.Sprintf("-unordered=%t", f.Unordered),
		fmt.Sprintf("-dead-letter=%t", f.DeadLetter),
		"-pace", f.Pace.String(),
	}
}

var (
	errPoison    = errors.New("poison")
	errTransient = errors.New("not yet")
)

// Processor makes the function. What becomes of each record is told to note,
// whose error ends the invocation's handling of that record.
func (f Function) Processor(note func(Entry) error) *batch.Processor {
	told := func(o Outcome, r *kafkaevent.Record) error { return note(Entry{o, r.Partition, r.Offset}) }
	tried := make(map[string]bool) // transient records, by ID
	value := func(_ context.Context, m batch.Message[struct{ Kind Kind }]) error {
		time.Sleep(f.Pace)
		switch {
		case m.Value.Kind == Poison && f.DeadLetter:
			return batch.Permanent(errPoison) // the sink tells
		case m.Value.Kind == Poison:
			return errors.Join(batch.Permanent(errPoison), told(Failed, m.Record))
		case m.Value.Kind == Transient && !tried[m.ID()]:
			tried[m.ID()] = true
			return errors.Join(errTransient, told(Failed, m.Record))
		}
		return told(Done, m.Record)
	}
	tombstone := batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error { return told(Done, r) })

	options := []batch.Option{batch.WithLogger(slog.New(slog.DiscardHandler))}
	if f.Unordered {
		options = append(options, batch.WithOrder(batch.Unordered))
	}
	if f.DeadLetter {
		options = append(options, batch.WithDeadLetter(batch.DeadLetterSinkFunc(
			func(_ context.Context, d batch.DeadLetter) error { return told(Dead, d.Record) })))
	}
	handler := batch.OnTombstone(batch.Values(schema.JSON[struct{ Kind Kind }](), value), tombstone)
	if f.AllOrNothing {
		return batch.NewAllOrNothing(handler, options...)
	}
	return batch.NewPartial(handler, options...)
}
