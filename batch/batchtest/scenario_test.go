package batchtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/batch/batchtest"
	"github.com/mskit-go/mskit/filter"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
	"github.com/mskit-go/mskit/schema"
)

var scenarioRecords = flag.Int("scenario-records", 20_000, "how many records TestNothingIsLostWhateverHappens handles")

// TestNothingIsLostWhateverHappens drives random processors with random handlers
// through random event source mappings. Run checks every reply and, by the
// ledger, that nothing is lost, nothing overtakes and nothing starts after a
// reply; the rest is checked here. A failing scenario is named by its seed.
func TestNothingIsLostWhateverHappens(t *testing.T) {
	sum := make(tally)
	for seed := uint64(1); sum["records"] < *scenarioRecords && !t.Failed(); seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newScenario(seed, sum).run(t) })
		})
	}
	t.Log(sum)
	// A test of faults that meets none would prove nothing.
	for _, what := range []string{
		"redelivered", "duplicates", "given up", "filtered out", "timeouts",
		"failed", "deferred", "skipped", "filtered", "dead letters", "abandoned",
	} {
		if sum[what] == 0 {
			t.Errorf("no %s in %d records", what, sum["records"])
		}
	}
}

// tally counts what all scenarios together have met.
type tally map[string]int

// scenario is one processor, one handler, one mapping and one log.
type scenario struct {
	rand     *rand.Rand
	seed     uint64
	sum      tally
	trouble  float64 // how much of what the handler does goes wrong
	zeroCopy bool
	partial  bool
	order    batch.Order
	log      []kafkaevent.Record
	want     map[string]*kafkaevent.Record // of the log, by ID
	ledger   batchtest.Ledger

	mu       sync.Mutex
	attempts map[string]int
	kept     []*kafkaevent.Record // whose memory has to stay
	problems []string
}

// timeout is the function's.
const timeout = 10 * time.Second

func newScenario(seed uint64, sum tally) *scenario {
	random := rand.New(rand.NewPCG(seed, 1))
	s := &scenario{
		rand:     random,
		seed:     seed,
		sum:      sum,
		trouble:  pick(random, 0.01, 0.05, 0.05, 0.2),
		zeroCopy: random.Float64() < 0.25,
		partial:  random.Float64() < 0.8,
		order:    pick(random, batch.ByPartition, batch.ByPartition, batch.ByKey, batch.ByKey, batch.Unordered),
		want:     make(map[string]*kafkaevent.Record),
		attempts: make(map[string]int),
	}
	s.ledger.Exempt = dropped
	s.write()
	return s
}

func pick[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }

func (s *scenario) chance(p float64) bool { return s.rand.Float64() < p }

// value is that of every record but tombstones. Those to be dropped do not pass
// the processor's filter.
type value struct {
	Nonce int  `json:"nonce"`
	Drop  bool `json:"drop"`
}

func dropped(r *kafkaevent.Record) bool {
	var v value
	return json.Unmarshal(r.Value, &v) == nil && v.Drop
}

// write fills the log: gaps, tombstones, keys that are absent, empty and shared.
func (s *scenario) write() {
	partitions, keys := pick(s.rand, 1, 2, 5, 16), pick(s.rand, 1, 3, 20)
	offsets := make([]int64, partitions)
	for i := range pick(s.rand, 2, 20, 100, 300, 600) {
		p := s.rand.IntN(partitions)
		offsets[p] += 1 + s.rand.Int64N(3)
		opts := []kafkaeventtest.Option{kafkaeventtest.WithPartition(int32(p)), kafkaeventtest.WithOffset(offsets[p])}
		if k := s.rand.IntN(keys + 1); k > 0 {
			opts = append(opts, kafkaeventtest.WithKey(strings.Repeat("k", k-1)))
		}
		if s.chance(0.1) {
			opts = append(opts, kafkaeventtest.WithHeader("h", "\xff"))
		}
		r := kafkaeventtest.JSON("bills-eu.v1", value{Nonce: i, Drop: s.chance(0.1)}, opts...)
		if s.chance(0.05) {
			r.Value = nil
		}
		s.log = append(s.log, r)
		s.want[r.ID()] = &r
	}
}

func (s *scenario) mapping() batchtest.Config {
	cfg := batchtest.Config{
		ReportBatchItemFailures:    s.partial,
		Redelivery:                 pick(s.rand, batchtest.NamedRecords, batchtest.FromLowestOffset),
		BatchSize:                  pick(s.rand, 1, 7, 100, 1000),
		BisectBatchOnFunctionError: s.chance(0.3),
		OnFailure:                  pick(s.rand, batchtest.ToBucket, batchtest.ToTopic),
		SelfManaged:                s.chance(0.5),
		Timeout:                    timeout,
		RetryDelay:                 pick(s.rand, 0, time.Second, 30*time.Second),
		Pollers:                    pick(s.rand, 1, 1, 3),
		Faults:                     batchtest.RandomFaults(s.seed, pick(s.rand, 0, 0.1, 0.3)),
		Ledger:                     &s.ledger,
		Order:                      s.order,
	}
	if s.chance(0.3) {
		cfg.MaximumRetryAttempts = new(pick(s.rand, 0, 1, 3))
	}
	if s.chance(0.1) {
		cfg.MaximumRecordAge = 2 * time.Minute
	}
	if s.chance(0.3) {
		cfg.MaximumPayload = 8 << 10
	}
	if s.chance(0.3) {
		cfg.Filter = func(r *kafkaevent.Record) (bool, error) { return r.Offset%7 != 0, nil }
	}
	if s.chance(0.3) { // the value of nonce 77 is no base64
		sound, broken := []byte(`"value":"eyJub25jZSI6Nzcs`), []byte(`"value":"eyJub25jZSI6Nzc!`)
		cfg.Rewrite = func(b []byte) []byte { return bytes.Replace(b, sound, broken, 1) }
	}
	return cfg
}

func (s *scenario) processor() *batch.Processor {
	opts := []batch.Option{
		silent,
		batch.WithOrder(s.order),
		batch.WithConcurrency(pick(s.rand, 1, 2, 8, 64)),
		batch.WithFilter(filter.MustCompile(`{"value":{"drop":[false]}}`)),
		batch.WithObserver(batch.ObserverFunc(s.observe)),
	}
	if s.chance(0.6) {
		opts = append(opts, batch.WithDeadLetter(s.ledger.Sink(batch.DeadLetterSinkFunc(s.put))))
	}
	if s.chance(0.3) {
		opts = append(opts, batch.WithDeadLetterAfter(pick(s.rand, 1, 2, 4)))
	}
	if s.chance(0.3) {
		opts = append(opts, batch.WithCircuitBreaker(pick(s.rand, 1, 3, 10)))
	}
	if s.chance(0.4) {
		opts = append(opts, batch.WithRetry(batch.RetryPolicy{
			MaxAttempts: pick(s.rand, 2, 4), BaseDelay: 50 * time.Millisecond, MaxDelay: time.Second,
		}))
	}
	if s.chance(0.2) {
		opts = append(opts, batch.WithDeadlineReserve(pick(s.rand, 0, time.Second, 5*time.Second)))
	}
	if s.zeroCopy {
		opts = append(opts, batch.WithZeroCopy())
	}
	h := batch.Handler(batch.HandlerFunc(s.handle))
	if s.chance(0.3) { // takes no middleware
		many := batch.Slices(schema.Bytes(), s.handleSlice, batch.WithMaxSlice(pick(s.rand, 0, 1, 5)))
		h = batch.OnTombstone(many, s.ledger.Middleware(h))
	} else {
		opts = append(opts, batch.WithMiddleware(s.ledger.Middleware))
	}
	if s.partial {
		return batch.NewPartial(h, opts...)
	}
	return batch.NewAllOrNothing(h, opts...)
}

// luck is the same for the same record and attempt, whatever runs beside it.
func (s *scenario) luck(id string, attempt int) *rand.Rand {
	h := fnv.New64()
	_, _ = h.Write([]byte(id))
	return rand.New(rand.NewPCG(s.seed^h.Sum64(), uint64(attempt)))
}

var errTrouble = errors.New("trouble")

// handle does what handlers do to a processor.
func (s *scenario) handle(ctx context.Context, r *kafkaevent.Record) error {
	id := r.ID()
	s.check(r)
	luck := s.luck(id, s.attempt(r, id))
	if luck.Float64() < 0.2 {
		time.Sleep(time.Duration(luck.IntN(200)) * time.Millisecond)
	}
	defer s.check(r)
	poison := s.luck(id, 0).Float64() < s.trouble/20
	if !poison && luck.Float64() >= s.trouble {
		return nil
	}
	switch luck.IntN(8) {
	case 0:
		panic("trouble")
	case 1:
		runtime.Goexit()
	case 2:
		return batch.Permanent(errTrouble)
	case 3:
		return batch.Skip(errTrouble)
	case 4: // minds its context
		<-ctx.Done()
		return ctx.Err()
	case 5: // does not
		time.Sleep(timeout - time.Second + time.Duration(luck.IntN(3000))*time.Millisecond)
		return nil
	}
	return errTrouble
}

// handleSlice is handle for the function of Slices. Of its errors some say which
// record they are about, and some do not.
func (s *scenario) handleSlice(ctx context.Context, list []batch.Message[[]byte]) error {
	for _, m := range list {
		s.ledger.Start(ctx, m.Record)
	}
	for i, m := range list {
		id := m.ID()
		err := s.handle(ctx, m.Record)
		class, named := batch.ClassOf(err), s.luck(id, i).Float64() < 0.7
		switch {
		case class == batch.ClassNone:
			s.ledger.Complete(ctx, m.Record)
		case named:
			if class == batch.ClassSkip {
				s.ledger.Complete(ctx, m.Record)
			}
			return &batch.SliceError{Index: i, Err: err}
		default:
			if class == batch.ClassSkip { // the whole slice
				for _, rest := range list[i:] {
					s.ledger.Complete(ctx, rest.Record)
				}
			}
			return err
		}
	}
	return nil
}

func (s *scenario) attempt(r *kafkaevent.Record, id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attempts[id]++
	if !s.zeroCopy {
		s.kept = append(s.kept, r)
	}
	return s.attempts[id]
}

// put is a dead-letter sink that is full at times.
func (s *scenario) put(_ context.Context, d batch.DeadLetter) error {
	id := d.Record.ID()
	if s.luck(id, -s.attempt(d.Record, id)).Float64() < s.trouble {
		return errTrouble
	}
	return nil
}

// check compares a record with the log: its memory is its own while its handler
// runs, and afterwards, but for zero copy.
func (s *scenario) check(r *kafkaevent.Record) {
	want := s.want[r.ID()]
	if want == nil {
		s.problem("a record that is not in the log: " + r.ID())
		return
	}
	same := func(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) }
	if r.Err() == nil && (!same(r.Key, want.Key) || !same(r.Value, want.Value) || r.Headers().Get("h") != want.Headers().Get("h")) {
		s.problem("another record than in the log: " + r.ID())
	}
}

func (s *scenario) problem(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problems = append(s.problems, text)
}

func (s *scenario) observe(_ context.Context, r *batch.Result) {
	if sum := r.Succeeded + r.Failed + r.Deferred + r.Filtered + r.Skipped + r.DeadLettered; sum != r.Records {
		s.problem(fmt.Sprintf("%d records, but %d outcomes", r.Records, sum))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sum["failed"] += r.Failed
	s.sum["deferred"] += r.Deferred
	s.sum["filtered"] += r.Filtered
	s.sum["skipped"] += r.Skipped
	s.sum["dead letters"] += r.DeadLettered
	for _, f := range r.Failures {
		if _, ok := errors.AsType[*batch.AbandonedError](f); ok {
			s.sum["abandoned"]++
		}
	}
}

func (s *scenario) run(t *testing.T) {
	t.Helper()
	report := batchtest.Run(t, s.processor(), s.log, s.mapping())
	time.Sleep(24 * time.Hour) // until what was abandoned has ended
	synctest.Wait()

	if lost := append(report.IDs(batchtest.Pending), report.IDs(batchtest.Dropped)...); len(lost) > 0 {
		t.Errorf("lost: %q", lost)
	}
	s.checkDestination(t, report)
	for _, r := range s.kept {
		s.check(r)
	}
	for _, problem := range s.problems {
		t.Error(problem)
	}

	s.sum["scenarios"]++
	s.sum["records"] += len(s.log)
	s.sum["invocations"] += len(report.Invocations)
	s.sum["redelivered"] += report.Redelivered()
	s.sum["duplicates"] += s.ledger.Duplicates()
	s.sum["given up"] += len(report.IDs(batchtest.GivenUp))
	s.sum["filtered out"] += len(report.IDs(batchtest.FilteredOut))
	for _, inv := range report.Invocations {
		if inv.Err != nil && strings.Contains(inv.Err.Error(), "timed out") {
			s.sum["timeouts"]++
		}
	}
}

// checkDestination looks for every record that was given up where it has to be.
func (s *scenario) checkDestination(t *testing.T, report *batchtest.Report) {
	t.Helper()
	there := make(map[string]bool)
	for _, body := range report.OnFailure {
		f, err := kafkaevent.ParseFailure(body)
		if err != nil {
			t.Fatal(err)
		}
		event, err := f.Event()
		if err != nil {
			t.Fatal(err)
		}
		for r := range event.Records() {
			s.check(r)
			there[r.ID()] = true
		}
	}
	for _, id := range report.IDs(batchtest.GivenUp) {
		if !there[id] {
			t.Errorf("record %s is neither done nor at the destination", id)
		}
	}
}
