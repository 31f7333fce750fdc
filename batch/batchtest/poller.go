package batchtest

import (
	"slices"
	"time"

	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
)

// poller delivers some of the partitions, one batch at a time: the next one is
// formed when the last is done or given up. That no partition has two
// invocations in flight is what AWS implies by "sequentially for each
// partition".
type poller struct {
	*mapping

	queues [][]*record // by partition, what is still to be polled
	turn   int
	stuck  map[string]bool // partitions that are blocked, by key
}

func (p *poller) add(records []*record) { p.queues = append(p.queues, records) }

func (p *poller) poll() {
	for {
		b := p.next()
		if len(b) == 0 {
			return
		}
		p.deliver(b)
	}
}

// next forms a batch: a record of each partition in turn, until it is full.
func (p *poller) next() []*record {
	taken := make([][]*record, len(p.queues))
	n, size := 0, envelopeSize
	for idle := 0; idle < len(p.queues) && n < p.BatchSize; p.turn++ {
		i := p.turn % len(p.queues)
		r := p.peek(i)
		if r == nil {
			idle++
			continue
		}
		if size += sizeOf(r); size > p.MaximumPayload && n > 0 {
			break
		}
		taken[i] = append(taken[i], r)
		p.queues[i] = p.queues[i][1:]
		n++
		idle = 0
	}
	return slices.Concat(taken...)
}

// peek is the next record of a partition that passes the filter.
func (p *poller) peek(i int) *record {
	for ; len(p.queues[i]) > 0; p.queues[i] = p.queues[i][1:] {
		r := p.queues[i][0]
		if p.stuck[r.key] {
			return nil
		}
		if p.Filter == nil {
			return r
		}
		if ok, err := p.Filter(&r.Record); ok || err != nil {
			return r
		}
		r.outcome = FilteredOut
	}
	return nil
}

// A bound on what an event and a record of it take, so that batches need not be
// written out to be measured.
const (
	envelopeSize = 1024
	recordSize   = 512
)

func sizeOf(r *record) int {
	n := recordSize + 2*len(r.key) + (len(r.Key)+len(r.Value)+6)/3*4
	for _, h := range r.Headers() {
		n += len(h.Key) + 5*len(h.Value) + 8
	}
	return n
}

// job is a batch, or a part of one, that is to be delivered.
type job struct {
	records  []*record
	attempts int // invocations that count as attempts so far
	whole    int // invocations in a row that took nothing off
	// again: the poller has restarted once, and does not do so for ever.
	again bool
}

// deliver delivers a batch until nothing of it is left. Parts are done in order.
func (p *poller) deliver(b []*record) {
	jobs := []job{{records: b}}
	for len(jobs) > 0 {
		j := jobs[0]
		jobs = append(p.once(j), jobs[1:]...)
		if len(jobs) > 0 && p.RetryDelay > 0 {
			time.Sleep(p.RetryDelay)
		}
	}
}

// once delivers a batch once and gives what has to be delivered after it.
func (p *poller) once(j job) []job {
	if j = p.current(j); len(j.records) == 0 {
		return nil
	}
	payload := p.payload(j.records)
	if len(payload) > p.MaximumPayload {
		if len(j.records) > 1 {
			return j.halves()
		}
		p.giveUp(j, kafkaevent.MaximumPayloadSizeExceeded)
		return nil
	}
	v := p.invoke(j, payload)
	left := v.again(j.records, p.Redelivery)
	p.done(j.records, v)
	if v.fault == Duplicate && v.err == nil && !j.again {
		j.again = true // nothing was committed
		return []job{j}
	}
	if len(left) == 0 {
		return nil
	}
	if v.err != nil && p.BisectBatchOnFunctionError && len(left) > 1 {
		return j.halves()
	}
	next := job{records: left, attempts: j.attempts + 1}
	if len(left) == len(j.records) {
		next.whole = j.whole + 1
	}
	switch {
	case p.MaximumRetryAttempts != nil && next.attempts > *p.MaximumRetryAttempts:
		p.giveUp(next, "")
	case p.MaximumRetryAttempts == nil && next.whole >= p.Patience:
		p.blocked(next, v)
	default:
		return []job{next}
	}
	return nil
}

func (j job) halves() []job {
	half := len(j.records) / 2
	a, b := j, j
	a.records, b.records = j.records[:half:half], j.records[half:]
	return []job{a, b}
}

// current is what of a batch may still be delivered: not what is too old, nor,
// after halving, what is behind a record that blocks its partition.
func (p *poller) current(j job) job {
	if len(p.stuck) > 0 {
		j.records = slices.DeleteFunc(slices.Clone(j.records), func(r *record) bool { return p.stuck[r.key] })
	}
	if p.MaximumRecordAge > 0 && time.Since(p.began) > p.MaximumRecordAge {
		p.giveUp(j, "")
		j.records = nil
	}
	return j
}

func (p *poller) event(records []*record) *kafkaevent.Event {
	list := make([]kafkaevent.Record, len(records))
	for i, r := range records {
		list[i] = r.Record
	}
	if p.SelfManaged {
		return kafkaeventtest.SelfManagedEvent(list...)
	}
	return kafkaeventtest.Event(list...)
}

func (p *poller) payload(records []*record) []byte {
	payload := kafkaeventtest.Payload(p.event(records))
	if p.Rewrite != nil {
		payload = p.Rewrite(payload)
	}
	return payload
}

// done settles what the verdict says is done.
func (p *poller) done(records []*record, v verdict) {
	if v.err != nil {
		return
	}
	for _, r := range records {
		if v.named[place{r.key, r.Offset}] {
			continue
		}
		settleAs(Done, []*record{r})
		if r.outcome == Done && p.Ledger != nil && p.Ledger.owes(&r.Record, r.id) {
			p.errorf("record %s is lost: Lambda takes it for done, but it was not handled", r.id)
		}
	}
}

// giveUp sends records to the destination. Record age, for which AWS documents
// no condition of its own, has that of exhausted retries.
func (p *poller) giveUp(j job, why kafkaevent.FailureCondition) {
	if len(j.records) == 0 {
		return
	}
	if p.OnFailure == NoDestination {
		lost := pending(j.records)
		settleAs(Dropped, lost)
		if len(lost) > 0 {
			p.errorf("lost after %d invocations, as there is no on-failure destination: %s", j.attempts, some(lost))
		}
		return
	}
	f := kafkaevent.FailureRecord{Condition: why, InvokeCount: max(j.attempts, 1), Time: time.Now()}
	e := p.event(j.records)
	p.mu.Lock()
	defer p.mu.Unlock()
	switch p.OnFailure {
	case ToBucket:
		p.report.OnFailure = append(p.report.OnFailure, kafkaeventtest.BucketFailure(f, e))
	case ToTopic:
		p.report.OnFailure = append(p.report.OnFailure, kafkaeventtest.TopicFailures(f, e)...)
	default:
		p.report.OnFailure = append(p.report.OnFailure, kafkaeventtest.QueueFailure(f, e))
	}
	settleAs(GivenUp, j.records)
}

func pending(records []*record) []*record {
	var list []*record
	for _, r := range records {
		if r.outcome == Pending {
			list = append(list, r)
		}
	}
	return list
}

// blocked ends the partitions of a batch that will never get through.
func (p *poller) blocked(j job, v verdict) {
	stuck := pending(j.records)
	p.errorf("blocked: %d invocations in a row have failed for %s, and retries have no end: %v", j.whole, some(stuck), v.reason())
	if p.stuck == nil {
		p.stuck = make(map[string]bool)
	}
	for _, r := range stuck {
		p.stuck[r.key] = true
	}
}
