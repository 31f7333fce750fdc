package batch

import (
	"sort"
	"time"
)

// tally counts the outcomes and names what Lambda shall deliver again. Nothing
// changes a state any more: no worker is left, or the rest is frozen.
func (r *run) tally(res *Result) {
	res.Records = len(r.state)
	res.DecodeTime = time.Duration(r.decoding.Load())
	res.Partitions = make([]PartitionResult, len(r.places))
	for pi := range r.places {
		p := &r.places[pi]
		res.Tombstones += p.tombstones
		res.Partitions[pi] = r.partitionResult(p, res.Started)
		for i := p.first; i < p.end; i++ {
			r.count(i, p.key, res)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	sort.Sort(r.settled)
	for _, s := range r.settled {
		if s.outcome == failed {
			res.Failures = append(res.Failures, r.recordError(s.at, s.err))
		}
	}
}

func (r *run) count(i int, partition string, res *Result) {
	switch r.state[i].Load() {
	case succeeded:
		res.Succeeded++
		return
	case filtered:
		res.Filtered++
		return
	case skipped:
		res.Skipped++
		return
	case deadLettered:
		res.DeadLettered++
		return
	case unstarted, deferred:
		res.Deferred++
	default: // failed; and what cannot be, so as not to lose it
		res.Failed++
	}
	r.name(ItemIdentifier{Partition: partition, Offset: r.offsets[i]}, res)
}

// name adds a record to the reply, once: what Lambda does with an identifier
// that occurs twice is not documented.
func (r *run) name(id ItemIdentifier, res *Result) {
	if r.named == nil {
		r.named = make(map[ItemIdentifier]struct{})
	}
	if _, ok := r.named[id]; ok {
		return
	}
	r.named[id] = struct{}{}
	res.Response.BatchItemFailures = append(res.Response.BatchItemFailures, ItemFailure{ItemIdentifier: id})
}

func (r *run) partitionResult(p *place, now time.Time) PartitionResult {
	res := PartitionResult{Key: p.key, Records: p.end - p.first}
	if res.Records > 0 {
		res.FirstOffset, res.LastOffset = r.offsets[p.first], r.offsets[p.end-1]
	}
	if !p.oldest.IsZero() {
		res.OldestAge = now.Sub(p.oldest)
	}
	return res
}
