package batchtest

import (
	"context"
	"sync"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent"
)

// Ledger writes down which records a processor has handled, so that [Run] can
// compare it with what the replies claim: that every record Lambda takes for
// done was handled, that the first completions of each partition or key are in
// order, and that no record starts after its invocation has ended.
//
// Its zero value is ready. One ledger is for one Run.
//
//	batch.NewPartial(h,
//		batch.WithMiddleware(ledger.Middleware, ...),
//		batch.WithDeadLetter(ledger.Sink(sink)))
type Ledger struct {
	// Exempt records need not be handled: those that the processor's own filter
	// drops. nil: none.
	Exempt func(r *kafkaevent.Record) bool

	mu       sync.Mutex
	entries  map[string]*entry // by ID
	clock    int               // completions so far
	repeated int
	problems []string
}

// entry is what is known of a record that was handled.
type entry struct {
	times int // how often
	// first is when it was the first time, by the clock, that its invocation
	// still ran; 0: never. What an abandoned handler does later has no order.
	first int
}

// Middleware notes what the rest of the chain makes of each record: nil and
// [batch.Skip] are completions. Give it to batch.WithMiddleware as the first, so
// that it sees what the processor sees.
func (l *Ledger) Middleware(next batch.Handler) batch.Handler {
	return batch.HandlerFunc(func(ctx context.Context, r *kafkaevent.Record) error {
		id := r.ID() // before the handler, which may change its record
		l.starts(ctx, id)
		err := next.HandleRecord(ctx, r)
		if class := batch.ClassOf(err); class == batch.ClassNone || class == batch.ClassSkip {
			l.completes(ctx, id)
		}
		return err
	})
}

// Start notes records that a function gets which has no middleware, as that of
// [batch.Slices]. ctx is the function's.
func (l *Ledger) Start(ctx context.Context, records ...*kafkaevent.Record) {
	for _, r := range records {
		l.starts(ctx, r.ID())
	}
}

// Complete notes records that such a function has handled.
func (l *Ledger) Complete(ctx context.Context, records ...*kafkaevent.Record) {
	for _, r := range records {
		l.completes(ctx, r.ID())
	}
}

// Sink notes the records that s takes, which count as handled. A nil s takes
// every record.
func (l *Ledger) Sink(s batch.DeadLetterSink) batch.DeadLetterSink {
	return batch.DeadLetterSinkFunc(func(ctx context.Context, d batch.DeadLetter) error {
		id := d.Record.ID()
		if s != nil {
			if err := s.Put(ctx, d); err != nil {
				return err
			}
		}
		l.completes(ctx, id)
		return nil
	})
}

// Handled is how often the record of that ID was handled.
func (l *Ledger) Handled(id string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.entries[id]; e != nil {
		return e.times
	}
	return 0
}

// Duplicates is how often a record was handled again.
func (l *Ledger) Duplicates() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.repeated
}

// starts notes a record that a handler gets. None may start once the reply is
// out; a handler that was started before, and abandoned, may go on.
func (l *Ledger) starts(ctx context.Context, id string) {
	if ended(ctx) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.problems = append(l.problems, "record "+id+" was started after its invocation had ended")
	}
}

func (l *Ledger) completes(ctx context.Context, id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.entries == nil {
		l.entries = make(map[string]*entry)
	}
	e := l.entries[id]
	if e == nil {
		e = &entry{}
		l.entries[id] = e
	} else {
		l.repeated++
	}
	e.times++
	l.clock++
	if e.first == 0 && !ended(ctx) {
		e.first = l.clock
	}
}

// owes reports whether a record that Lambda takes for done was not handled.
func (l *Ledger) owes(r *kafkaevent.Record, id string) bool {
	return l.Handled(id) == 0 && (l.Exempt == nil || !l.Exempt(r))
}

// firstTime is when a record was first handled; 0: never.
func (l *Ledger) firstTime(id string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.entries[id]; e != nil {
		return e.first
	}
	return 0
}
