package batchtest

import (
	"fmt"
	"strings"
)

// Outcome is what became of a record.
type Outcome uint8

const (
	// Pending: its partition was blocked before it was done.
	Pending Outcome = iota
	// Done: a reply, or its absence, said so.
	Done
	// FilteredOut: the mapping's filter rejected it.
	FilteredOut
	// GivenUp: it is in the on-failure destination.
	GivenUp
	// Dropped: it was given up where there is no destination. It is lost.
	Dropped
)

func (o Outcome) String() string {
	switch o {
	case Done:
		return "done"
	case FilteredOut:
		return "filtered out"
	case GivenUp:
		return "given up"
	case Dropped:
		return "dropped"
	default:
		return "pending"
	}
}

// Report is what happened in a Run.
type Report struct {
	// Invocations are in the order in which they began.
	Invocations []Invocation
	// OnFailure is what the destination got, in its documented shape: see
	// kafkaevent.ParseFailure.
	OnFailure [][]byte

	records []*record // in the order of the log
}

// Invocation is one call of the handler.
type Invocation struct {
	// Attempt is 1 for the first delivery of a batch.
	Attempt int
	// Records are the IDs of the records delivered, in order.
	Records []string
	// Fault is what was made to go wrong.
	Fault Fault
	// Named are the IDs of the records that the reply named.
	Named []string
	// Err is why the whole batch failed: what the handler returned, a timeout, a
	// crash, a reply against the contract. nil for any other.
	Err error
}

// Outcome is what became of the record of that ID.
func (r *Report) Outcome(id string) Outcome {
	for _, rec := range r.records {
		if rec.id == id {
			return rec.outcome
		}
	}
	return Pending
}

// IDs are the records with that outcome, in the order of the log.
func (r *Report) IDs(o Outcome) []string {
	var ids []string
	for _, rec := range r.records {
		if rec.outcome == o {
			ids = append(ids, rec.id)
		}
	}
	return ids
}

// Redelivered is how many deliveries of a record there were beyond its first.
func (r *Report) Redelivered() int {
	n := 0
	for _, rec := range r.records {
		n += max(rec.deliveries-1, 0)
	}
	return n
}

// String sums up, for a failing test.
func (r *Report) String() string {
	counts := make(map[Outcome]int)
	for _, rec := range r.records {
		counts[rec.outcome]++
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d records in %d invocations, %d deliveries again", len(r.records), len(r.Invocations), r.Redelivered())
	for _, o := range []Outcome{Done, FilteredOut, GivenUp, Dropped, Pending} {
		if counts[o] > 0 {
			fmt.Fprintf(&b, ", %d %s", counts[o], o)
		}
	}
	return b.String()
}
