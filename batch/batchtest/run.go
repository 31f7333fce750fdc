package batchtest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
)

// Run delivers the log to h until every record is done, given up or blocked, and
// reports what happened. Records are numbered as by kafkaeventtest.Event; the
// order of a partition is the one they are listed in.
//
// Every payload is a copy that is overwritten after Invoke returns, as by
// kafkaeventtest.Poison: a handler that keeps a zero-copy record reads garbage.
//
// The test fails where
//   - a record is lost: given up without a destination, or named in a reply
//     that the mapping does not read;
//   - a reply breaks the contract, for which Lambda would take the whole batch
//     for failed;
//   - a partition is blocked: see Config.Patience;
//   - the [Ledger] shows that a record Lambda takes for done was not handled,
//     that first completions are out of order, or that a record started after
//     its invocation had ended.
//
// A handler that fails, panics or times out is no error of the test: its records
// come again.
func Run(t testing.TB, h Handler, log []kafkaevent.Record, cfg Config) *Report {
	t.Helper()
	m := &mapping{
		Config:  cfg.withDefaults(),
		t:       t,
		handler: kafkaeventtest.Poison(h),
		report:  &Report{},
		began:   time.Now(),
	}
	partitions, err := m.load(log)
	if err != nil {
		t.Fatal("batchtest: " + err.Error())
	}
	pollers := make([]poller, min(m.Pollers, max(len(partitions), 1)))
	for i := range pollers {
		pollers[i].mapping = m
	}
	for i, p := range partitions {
		pollers[i%len(pollers)].add(p)
	}
	var wg sync.WaitGroup
	for i := range pollers[1:] {
		wg.Go(pollers[1+i].poll)
	}
	pollers[0].poll()
	wg.Wait()
	m.settle()
	return m.report
}

// mapping is the event source mapping of one Run. What is behind mu is shared by
// its pollers.
type mapping struct {
	Config

	t       testing.TB
	handler Handler
	began   time.Time

	mu     sync.Mutex
	report *Report
}

// record is one record of the log and what became of it. Only its poller
// touches it while Run goes on.
type record struct {
	kafkaevent.Record

	id         string
	key        string // of its partition, as the event spells it
	outcome    Outcome
	deliveries int
}

// load takes the log apart into partitions.
func (m *mapping) load(log []kafkaevent.Record) ([][]*record, error) {
	var partitions [][]*record
	seen := make(map[string]bool, len(log))
	for _, p := range kafkaeventtest.Partitions(log...) {
		records := make([]*record, len(p.Records))
		for i, r := range p.Records {
			rec := &record{Record: r, id: r.ID(), key: p.Key}
			if r.Err() != nil {
				return nil, fmt.Errorf("record %s is broken and cannot be delivered; break the payload in Config.Rewrite", rec.id)
			}
			if seen[rec.id] {
				return nil, fmt.Errorf("the log has record %s twice", rec.id)
			}
			seen[rec.id] = true
			records[i] = rec
		}
		partitions = append(partitions, records)
		m.report.records = append(m.report.records, records...)
	}
	return partitions, nil
}

// errorf reports an error of the test.
func (m *mapping) errorf(format string, args ...any) {
	m.t.Helper()
	m.t.Errorf("batchtest: "+format, args...)
}

// settle checks what only the whole ledger shows.
func (m *mapping) settle() {
	if m.Ledger == nil {
		return
	}
	m.Ledger.mu.Lock()
	problems := m.Ledger.problems
	m.Ledger.mu.Unlock()
	for _, problem := range problems {
		m.errorf("%s", problem)
	}
	if m.Order == batch.Unordered {
		return
	}
	last := make(map[string]*record) // of each lane, the last that was handled
	for _, r := range m.report.records {
		at := m.Ledger.firstTime(r.id)
		if at == 0 {
			continue
		}
		lane := m.lane(r)
		if before := last[lane]; before != nil && m.Ledger.firstTime(before.id) > at {
			m.errorf("record %s was handled before %s, which comes first", r.id, before.id)
		}
		last[lane] = r
	}
}

// lane names the records that have to stay in order.
func (m *mapping) lane(r *record) string {
	switch {
	case m.Order != batch.ByKey:
		return r.key
	case r.Key == nil:
		return r.key + " keyless"
	default:
		return r.key + " key " + string(r.Key)
	}
}

// some names a few records for a message.
func some(records []*record) string {
	const most = 5
	var ids []string
	for _, r := range records[:min(most, len(records))] {
		ids = append(ids, r.id)
	}
	if n := len(records) - most; n > 0 {
		ids = append(ids, fmt.Sprintf("and %d more", n))
	}
	return strings.Join(ids, ", ")
}

// settleAs gives records their outcome. The first one stays: what was done and
// comes again, as a duplicate, stays done.
func settleAs(o Outcome, records []*record) {
	for _, r := range records {
		if r.outcome == Pending {
			r.outcome = o
		}
	}
}
