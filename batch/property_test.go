package batch_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/batch/batchtest"
	"github.com/mskit-go/mskit/filter"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
)

// behaviour is what a handler does with a record, attempt by attempt; after the
// last it succeeds.
type behaviour []act

type act string

const (
	fail      act = "fail"
	permanent act = "permanent" // in every attempt
	skip      act = "skip"
	panics    act = "panic"
	exits     act = "exit"
	waits     act = "wait"  // a second, minding its context
	hangs     act = "hang"  // a minute, whatever its context says
	writes    act = "write" // over its record, then fails
)

// scenario is a log, a processor and an event source mapping.
type scenario struct {
	Log       []kafkaevent.Record
	Acts      map[string]behaviour // by record ID
	Order     batch.Order
	Partial   bool
	Options   []batch.Option
	Described []string
	Sink      bool
	Config    batchtest.Config
}

func (s *scenario) optionf(o batch.Option, format string, args ...any) {
	s.Options = append(s.Options, o)
	s.Described = append(s.Described, fmt.Sprintf(format, args...))
}

func drawScenario(t *rapid.T) *scenario {
	s := &scenario{
		Acts:    make(map[string]behaviour),
		Order:   rapid.SampledFrom([]batch.Order{batch.ByPartition, batch.ByKey, batch.Unordered}).Draw(t, "order"),
		Partial: rapid.IntRange(0, 3).Draw(t, "partial") > 0,
		Sink:    rapid.Bool().Draw(t, "sink"),
	}
	s.optionf(batch.WithOrder(s.Order), "%v", s.Order)
	n := rapid.IntRange(1, 8).Draw(t, "concurrency")
	s.optionf(batch.WithConcurrency(n), "concurrency %d", n)
	if attempts := rapid.IntRange(1, 3).Draw(t, "attempts"); attempts > 1 {
		s.optionf(batch.WithRetry(batch.RetryPolicy{MaxAttempts: attempts, BaseDelay: time.Millisecond}), "%d attempts", attempts)
	}
	if k := rapid.IntRange(0, 6).Draw(t, "circuit"); k > 0 {
		s.optionf(batch.WithCircuitBreaker(k), "circuit %d", k)
	}
	if k := rapid.IntRange(0, 3).Draw(t, "dead letter after"); k > 0 {
		s.optionf(batch.WithDeadLetterAfter(k), "dead letter after %d", k)
	}
	if rapid.IntRange(0, 3).Draw(t, "zero copy") == 0 {
		s.optionf(batch.WithZeroCopy(), "zero copy")
	}
	s.drawLog(t)
	s.Config = batchtest.Config{
		ReportBatchItemFailures:    s.Partial,
		Redelivery:                 rapid.SampledFrom([]batchtest.Redelivery{batchtest.NamedRecords, batchtest.FromLowestOffset}).Draw(t, "redelivery"),
		BatchSize:                  rapid.IntRange(1, 60).Draw(t, "batch size"),
		BisectBatchOnFunctionError: rapid.Bool().Draw(t, "bisect"),
		Pollers:                    rapid.IntRange(1, 3).Draw(t, "pollers"),
		Timeout:                    10 * time.Second,
		Order:                      s.Order,
		Patience:                   400,
		Faults: batchtest.RandomFaults(rapid.Uint64().Draw(t, "seed"),
			rapid.SampledFrom([]float64{0, 0.1, 0.4}).Draw(t, "faults")),
	}
	return s
}

func (s *scenario) drawLog(t *rapid.T) {
	acts := []act{fail, skip, panics, exits, waits, writes}
	if s.Sink {
		acts = append(acts, permanent) // without a sink it would come for ever
	}
	faulty := rapid.IntRange(0, 40).Draw(t, "percent of faulty records")
	hanging := rapid.IntRange(0, 9).Draw(t, "percent of hanging records") - 7
	n := rapid.IntRange(1, 120).Draw(t, "records")
	offsets := make(map[int]int)
	for i := range n {
		partition := rapid.IntRange(0, 4).Draw(t, "partition")
		opts := []kafkaeventtest.Option{
			kafkaeventtest.WithPartition(int32(partition)), kafkaeventtest.WithOffset(int64(offsets[partition])),
		}
		if key := rapid.SampledFrom([]string{"none", "", "a", "b", "c"}).Draw(t, "key"); key != "none" {
			opts = append(opts, kafkaeventtest.WithKey(key))
		}
		r := kafkaeventtest.Text("orders", fmt.Sprintf(`{"n":%d}`, i%10), opts...)
		offsets[partition]++
		s.Log = append(s.Log, r)
		switch p := rapid.IntRange(0, 99).Draw(t, "act"); {
		case p < hanging:
			s.Acts[r.ID()] = behaviour{hangs}
		case p < faulty:
			s.Acts[r.ID()] = rapid.SliceOfN(rapid.SampledFrom(acts), 1, 3).Draw(t, "acts")
		}
	}
}

// handler plays the records' behaviours.
func (s *scenario) handler() batch.Handler {
	var mu sync.Mutex
	attempts := make(map[string]int)
	return batch.HandlerFunc(func(ctx context.Context, r *kafkaevent.Record) error {
		id := r.ID()
		mu.Lock()
		n := attempts[id]
		attempts[id]++
		mu.Unlock()
		acts := s.Acts[id]
		if len(acts) > 0 && acts[0] == permanent {
			return batch.Permanent(errBoom)
		}
		if n >= len(acts) {
			return nil
		}
		switch acts[n] {
		case skip:
			return batch.Skip(errBoom)
		case panics:
			panic("boom")
		case exits:
			runtime.Goexit()
		case waits:
			return sleeper(time.Second).HandleRecord(ctx, r)
		case hangs:
			time.Sleep(time.Minute)
			return nil
		case writes:
			r.Offset, r.Topic, r.Key, r.Value = -1, "", nil, nil
		default:
		}
		return errBoom
	})
}

// collector is a TB for batchtest whose errors are not the test's yet.
type collector struct {
	testing.TB

	mu   sync.Mutex
	errs []string
}

func (c *collector) Helper() {}

func (c *collector) Errorf(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.errs = append(c.errs, fmt.Sprintf(format, args...))
}

// Nothing is lost, nothing is out of order, every reply keeps the contract and
// nothing starts after the reply, whatever happens. The number of scenarios is
// -rapid.checks.
func TestNothingIsLost(t *testing.T) {
	records, deliveries := 0, new(atomic.Int64) // pollers deliver at the same time
	rapid.Check(t, func(rt *rapid.T) {
		s := drawScenario(rt)
		even := filter.MustCompile(`{"value":{"n":[0,2,4,6,8]}}`)
		filtered := rapid.IntRange(0, 3).Draw(rt, "filtered") == 0
		tb := &collector{}
		synctest.Test(t, func(t *testing.T) {
			tb.TB = t
			ledger := &batchtest.Ledger{}
			s.Config.Ledger = ledger
			opts := append(slices.Clone(s.Options), silent,
				batch.WithMiddleware(ledger.Middleware),
				batch.WithObserver(batch.ObserverFunc(func(_ context.Context, r *batch.Result) {
					deliveries.Add(int64(r.Records))
					checkResult(tb, r)
				})))
			if s.Sink {
				opts = append(opts, batch.WithDeadLetter(ledger.Sink(nil)))
			}
			if filtered {
				opts = append(opts, batch.WithFilter(even))
				ledger.Exempt = func(r *kafkaevent.Record) bool { ok, err := even.Match(r); return !ok && err == nil }
			}
			p := batch.NewAllOrNothing(s.handler(), opts...)
			if s.Partial {
				p = batch.NewPartial(s.handler(), opts...)
			}
			report := batchtest.Run(tb, p, s.Log, s.Config)
			if done := len(report.IDs(batchtest.Done)); done != len(s.Log) {
				tb.Errorf("%d of %d records are done: %v", done, len(s.Log), report)
			}
			time.Sleep(time.Hour) // until what was abandoned has ended
		})
		records += len(s.Log)
		for _, e := range tb.errs {
			rt.Errorf("%s\nwith %s, partial %v, %+v", e, strings.Join(s.Described, ", "), s.Partial, s.Config)
		}
	})
	t.Logf("%d records, %d deliveries", records, deliveries.Load())
}

// checkResult checks what holds for every result.
func checkResult(t testing.TB, r *batch.Result) {
	t.Helper()
	if sum := r.Succeeded + r.Failed + r.Deferred + r.Filtered + r.Skipped + r.DeadLettered; sum != r.Records {
		t.Errorf("the counts of %+v add up to %d", r.LogValue(), sum)
	}
	if len(r.Failures) != r.Failed {
		t.Errorf("%d failures for %+v", len(r.Failures), r.LogValue())
	}
	if len(r.Response.BatchItemFailures) != r.Failed+r.Deferred {
		t.Errorf("%d named for %+v", len(r.Response.BatchItemFailures), r.LogValue())
	}
	for _, f := range r.Failures {
		if f.Topic != "orders" || f.Offset < 0 || f.Err == nil || f.Class == batch.ClassNone || f.Class == batch.ClassSkip {
			t.Errorf("failure %v of class %v", f, f.Class)
		}
	}
}

// A handler whose outcome depends on the record alone gives the same result
// however many run at once.
func TestConcurrencyDoesNotChangeTheOutcome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScenario(t)
		run := func(concurrency int) *batch.Result {
			h := batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error {
				acts := s.Acts[r.ID()]
				switch {
				case len(acts) == 0:
					return nil
				case acts[0] == skip:
					return batch.Skip(errBoom)
				case acts[0] == permanent:
					return batch.Permanent(errBoom)
				case acts[0] == panics:
					panic("boom")
				case acts[0] == exits:
					runtime.Goexit()
				}
				return errBoom
			})
			opts := []batch.Option{silent, batch.WithOrder(s.Order), batch.WithConcurrency(concurrency)}
			if s.Sink {
				opts = append(opts, batch.WithDeadLetter(batch.DeadLetterSinkFunc(func(_ context.Context, l batch.DeadLetter) error {
					if l.Record.Offset%5 == 4 {
						return errors.New("the sink is full")
					}
					return nil
				})))
			}
			res, err := batch.NewPartial(h, opts...).Process(context.Background(), kafkaeventtest.Event(s.Log...))
			if err != nil {
				t.Fatal(err)
			}
			return res
		}
		one, many := run(1), run(rapid.IntRange(2, 8).Draw(t, "n"))
		texts := func(r *batch.Result) []string {
			list := named(r.Response)
			for _, f := range r.Failures {
				list = append(list, f.Error())
			}
			return append(list, fmt.Sprint(r.Succeeded, r.Failed, r.Deferred, r.Skipped, r.DeadLettered))
		}
		if diff := cmp.Diff(texts(one), texts(many)); diff != "" {
			t.Errorf("concurrency changed the outcome (-1 +n):\n%s", diff)
		}
	})
}
