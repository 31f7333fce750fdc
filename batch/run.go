package batch

import (
	"context"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mskit-go/mskit/kafkaevent"
)

// A record goes from unstarted to started to one of the outcomes. Every step is
// a compare-and-swap, so each record gets exactly one outcome, and none gets one
// after freeze. Only an outcome from succeeded on clears the record; whatever
// happens to the code in between, the zero value keeps it in the reply.
const (
	unstarted uint32 = iota
	started
	deferred
	failed
	succeeded
	filtered
	skipped
	deadLettered
)

// setup is a Processor without its methods, which would be linked as methods of
// a run.
type setup Processor

// run is one invocation. Its workers may outlive it when a handler is
// abandoned: after freeze they find every record settled and touch nothing else.
type run struct {
	*setup

	ctx     context.Context // the handlers'
	end     time.Time       // of ctx; zero: never
	plan    plan
	source  string // the cluster, for history
	records []*kafkaevent.Record
	// What the reply is made of is copied before the first handler runs, which
	// may write to its record.
	places  []place
	offsets []int64
	broken  map[int32]error // the records that were not decoded; mostly nil

	state   []atomic.Uint32
	lane    atomic.Int64 // the next lane to take
	halted  atomic.Bool  // start no more records
	streak  atomic.Int64 // consecutive transient failures
	working atomic.Int64
	done    chan struct{} // closed when no worker is left

	decoding  atomic.Int64 // nanoseconds
	retryLogs atomic.Int64

	mu      sync.Mutex
	settled settlements // the outcomes that have an error

	named map[ItemIdentifier]struct{} // the reply so far, for tally
}

// place is one partition of the event.
type place struct {
	key        string
	topic      kafkaevent.TopicPartition
	first, end int
	tombstones int
	oldest     time.Time
}

type settlement struct {
	at      int32
	outcome uint32
	err     error
	times   int // how often the record failed in this sandbox; 0: not counted
}

// settlements sort by record. sort.Interface, since a generic sort of this type
// would be 25 KB in every function.
type settlements []settlement

func (s settlements) Len() int           { return len(s) }
func (s settlements) Less(i, j int) bool { return s[i].at < s[j].at }
func (s settlements) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }

func newRun(ctx context.Context, p *Processor, e *kafkaevent.Event) *run {
	n := e.Len()
	r := &run{
		setup:   (*setup)(p),
		source:  sourceOf(e),
		records: make([]*kafkaevent.Record, n),
		places:  make([]place, len(e.Partitions)),
		offsets: make([]int64, n),
		state:   make([]atomic.Uint32, n),
		done:    make(chan struct{}),
	}
	r.ctx = runContext{Context: ctx, run: r}
	r.end, _ = ctx.Deadline()
	i := 0
	for pi := range e.Partitions {
		part, at := &e.Partitions[pi], &r.places[pi]
		at.key, at.first, at.end = part.Key, i, i+len(part.Records)
		if len(part.Records) > 0 {
			at.topic = part.Records[0].TopicPartition
		}
		for ri := range part.Records {
			rec := &part.Records[ri]
			r.records[i], r.offsets[i] = rec, rec.Offset
			if err := rec.Err(); err != nil {
				r.noteBroken(int32(i), err)
			} else if rec.Value == nil {
				at.tombstones++
			}
			if t := rec.Timestamp; !t.IsZero() && (at.oldest.IsZero() || t.Before(at.oldest)) {
				at.oldest = t
			}
			i++
		}
	}
	if p.planned == nil || p.slicing && p.order == Unordered { // so that slices have more than one record
		r.plan = planByPartition(r)
	} else {
		r.plan = p.planned(r)
	}
	return r
}

func (r *run) noteBroken(i int32, err error) {
	if r.broken == nil {
		r.broken = make(map[int32]error)
	}
	r.broken[i] = err
}

// start runs every lane, and returns when all is done or, after the handlers'
// context has ended and the grace is over, when the rest is frozen.
func (r *run) start(grace time.Duration) {
	workers := min(r.concurrency, len(r.plan.lanes))
	if workers == 0 {
		return
	}
	r.working.Store(int64(workers))
	for range workers {
		go (&worker{run: r, at: -1}).work()
	}
	select {
	case <-r.done:
		return
	case <-r.ctx.Done():
	}
	if r.zeroCopy {
		<-r.done // the records' memory is Lambda's again once Invoke returns
		return
	}
	t := time.NewTimer(grace)
	defer t.Stop()
	select {
	case <-r.done:
	case <-t.C:
		r.freeze(grace)
	}
}

// freeze settles what is not settled, so that nothing a worker still does can
// change the result.
func (r *run) freeze(grace time.Duration) {
	for i := range r.state {
		if !r.state[i].CompareAndSwap(unstarted, deferred) && r.state[i].Load() == started {
			// Of a slice nobody knows which record its handler hangs on.
			r.lose(int32(i), &AbandonedError{Grace: grace, Cause: context.Cause(r.ctx)}, !r.slicing)
		}
	}
}

// worker runs lanes on a goroutine of its own.
type worker struct {
	*run
	at    int32   // the record in hand
	taken []int32 // the records of the slice in hand, see Slices
}

// work takes lane after lane until none is left.
func (w *worker) work() {
	finished := false
	defer func() {
		if !finished {
			// A handler has called runtime.Goexit, which nothing stops, or a method
			// of its error has panicked. Another goroutine goes on with the next lane.
			err := errGoexit
			if v := recover(); v != nil {
				err = newPanicError(v)
			}
			w.lose(w.at, err, len(w.taken) < 2)
			w.release(w.taken)
			go w.work()
			return
		}
		if w.working.Add(-1) == 0 {
			close(w.done)
		}
	}()
	for {
		k := w.lane.Add(1) - 1
		if k >= int64(len(w.plan.lanes)) {
			break
		}
		w.runLane(w, w.plan.lanes[k])
	}
	finished = true
}

func (w *worker) recordLane(l lane) {
	for at := l.first; at >= 0; at = w.plan.after(l, at) {
		w.at = at
		if !w.step(at) {
			return
		}
	}
}

// step takes one record all the way. False: the rest of its lane must not start.
func (r *run) step(i int32) bool {
	switch a, err := r.admit(i); a {
	case admitted:
		return r.handle(i)
	case refused:
		return r.settle(i, err)
	case passed:
		return true
	default:
		return false
	}
}

// admission is how a record comes through what is before its handler.
type admission uint8

const (
	late     admission = iota // it must not start
	admitted                  // it is started, and the handler's turn
	refused                   // it is started, and fails with the error
	passed                    // it is done: the filter does not want it
)

func (r *run) admit(i int32) (admission, error) {
	if err := r.broken[i]; err != nil {
		// It takes no time, so it is not deferred, but where all comes again anyway.
		if r.incomplete != nil && r.halted.Load() || !r.begin(i) {
			return late, nil
		}
		return refused, Permanent(err)
	}
	if r.stopped() || !r.begin(i) {
		return late, nil
	}
	if r.filter != nil {
		switch ok, err := r.filter.wants(r, r.records[i]); {
		case err != nil:
			return refused, err
		case !ok:
			r.state[i].CompareAndSwap(started, filtered)
			return passed, nil
		}
	}
	if r.sink != nil {
		if err := r.sink.exhausted(r, i); err != nil {
			return refused, err
		}
	}
	return admitted, nil
}

// handle gives a started record to the handler, and the outcome to the record.
func (r *run) handle(i int32) bool {
	rec := r.records[i]
	// Middleware may replace a value, by what it decompresses to, say. Another
	// attempt and the sink want the record as it came.
	keep := r.sink != nil || r.retry != nil
	var delivered kafkaevent.Record
	if keep {
		delivered = *rec
	}
	for n := 1; ; n++ {
		err := r.handler.HandleRecord(r.ctx, rec)
		if err == nil {
			return r.succeed(i)
		}
		if keep && !r.timeUp() {
			*rec = delivered
		}
		if !r.again(i, n, err) {
			return r.settle(i, err)
		}
	}
}

// again reports whether a record is to be tried once more after n attempts, the
// last of which gave err.
func (r *run) again(i int32, n int, err error) bool {
	return r.retry != nil && r.retry.again(r, i, n, err)
}

// stopped reports whether no further record may start.
func (r *run) stopped() bool { return r.halted.Load() || r.timeUp() }

// timeUp asks the clock too, since the context's timer runs late where the CPU
// is scarce.
func (r *run) timeUp() bool {
	return r.ctx.Err() != nil || !r.end.IsZero() && time.Until(r.end) <= 0
}

func (r *run) begin(i int32) bool { return r.state[i].CompareAndSwap(unstarted, started) }

func (r *run) succeed(i int32) bool {
	if !r.state[i].CompareAndSwap(started, succeeded) {
		return false
	}
	if r.circuit > 0 && r.streak.Load() != 0 {
		r.streak.Store(0)
	}
	if !r.history.empty() {
		r.history.forget(r.historyKey(i))
	}
	return true
}

// settle gives a started record the outcome that err means. True: the lane goes
// on.
func (r *run) settle(i int32, err error) bool {
	switch ClassOf(err) {
	case ClassSkip:
		return r.conclude(settlement{at: i, outcome: skipped, err: err})
	case ClassPermanent:
		return r.deadLetter(i, err)
	case ClassTransient:
		if r.deadLetterAfter > 0 && blames(err) && r.history.failures(r.historyKey(i))+1 >= r.deadLetterAfter {
			return r.deadLetter(i, err)
		}
	default:
	}
	return r.fail(i, err)
}

// deadLetter gives a started record to the sink, or fails it.
func (r *run) deadLetter(i int32, err error) bool {
	if r.sink == nil || r.timeUp() {
		return r.fail(i, err)
	}
	if putErr := r.sink.put(r, i, err); putErr != nil {
		return r.fail(i, putErr)
	}
	return r.conclude(settlement{at: i, outcome: deadLettered, err: err})
}

// fail leaves a started record in the reply. It returns false: nothing behind
// it in its lane may start.
func (r *run) fail(i int32, err error) bool {
	r.lose(i, err, blames(err))
	return false
}

// lose is fail, with a word on whether the failure is counted against the
// record.
func (r *run) lose(i int32, err error, blame bool) {
	s := settlement{at: i, outcome: failed, err: err}
	if blame {
		s.times = r.history.failures(r.historyKey(i)) + 1
	}
	if !r.conclude(s) {
		return
	}
	if blame {
		r.history.failed(r.historyKey(i))
	}
	if r.incomplete != nil {
		r.halted.Store(true)
	}
	if r.circuit > 0 && ClassOf(err) == ClassTransient && r.streak.Add(1) >= int64(r.circuit) {
		r.halted.Store(true)
	}
}

// release takes back that records have started, which leaves them deferred.
func (r *run) release(list []int32) {
	for _, i := range list {
		r.state[i].CompareAndSwap(started, unstarted)
	}
}

// conclude settles a started record for reasons that are to be kept. False: it
// was frozen before.
func (r *run) conclude(s settlement) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.state[s.at].CompareAndSwap(started, s.outcome) {
		return false
	}
	r.settled = append(r.settled, s)
	return true
}

func (r *run) recordError(i int32, err error) *RecordError {
	return &RecordError{TopicPartition: r.placeOf(i).topic, Offset: r.offsets[i], Class: ClassOf(err), Err: err}
}

// placeOf finds the partition of a record.
func (r *run) placeOf(i int32) *place {
	return &r.places[sort.Search(len(r.places), func(p int) bool { return int(i) < r.places[p].end })]
}

// runContext carries the run to the typed handlers, see startDecoding.
type runContext struct {
	context.Context
	run *run
}

type runKey struct{}

func (c runContext) Value(key any) any {
	if key == (runKey{}) {
		return c.run
	}
	return c.Context.Value(key)
}
