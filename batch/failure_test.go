package batch_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
)

func TestClassOf(t *testing.T) {
	permanent, skip := batch.Permanent(errBoom), batch.Skip(errBoom)
	config := &schema.Error{Kind: schema.KindConfig}
	down := &schema.Error{Kind: schema.KindUnavailable}
	tests := []struct {
		name string
		err  error
		want batch.Class
	}{
		{"nil", nil, batch.ClassNone},
		{"nil marked permanent", batch.Permanent(nil), batch.ClassNone},
		{"nil marked skip", batch.Skip(nil), batch.ClassNone},
		{"an error", errBoom, batch.ClassTransient},
		{"permanent", permanent, batch.ClassPermanent},
		{"permanent, wrapped", fmt.Errorf("save: %w", permanent), batch.ClassPermanent},
		{"permanent skip", batch.Permanent(skip), batch.ClassPermanent},
		{"skipped permanent", batch.Skip(fmt.Errorf("x: %w", permanent)), batch.ClassSkip},
		{"joined with an error", errors.Join(errBoom, permanent), batch.ClassPermanent},
		{"skip joined with an error", errors.Join(skip, errBoom), batch.ClassTransient},
		{"an error joined with a skip", errors.Join(errBoom, skip), batch.ClassTransient},
		{"skips joined", errors.Join(skip, skip), batch.ClassSkip},
		{"skip joined with permanent", errors.Join(skip, permanent), batch.ClassPermanent},
		{"config joined with permanent", errors.Join(permanent, config), batch.ClassConfig},
		{"permanent joined with config", errors.Join(config, permanent), batch.ClassConfig},
		{"a decode error", &schema.Error{Kind: schema.KindDecode}, batch.ClassPermanent},
		{"a registry that is down", down, batch.ClassTransient},
		{"a registry that is down, marked permanent", batch.Permanent(down), batch.ClassPermanent},
		{"an unsupported rule", &schema.Error{Kind: schema.KindUnsupportedRule}, batch.ClassConfig},
		{"a nil pointer that became an error", (*schema.Error)(nil), batch.ClassTransient},
		{"an undecodable record", &kafkaevent.Error{}, batch.ClassPermanent},
		{"a deadline", context.DeadlineExceeded, batch.ClassTransient},
		{"an error that unwraps to nothing", fmt.Errorf("%w", error(nil)), batch.ClassTransient},
	}
	for _, tt := range tests {
		if got := batch.ClassOf(tt.err); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// letters is a sink that keeps what it takes.
type letters struct {
	calls
	errs []error
}

func (l *letters) Put(_ context.Context, d batch.DeadLetter) error {
	l.add(d.Record)
	l.errs = append(l.errs, d.Err)
	return nil
}

func TestDeadLetter(t *testing.T) {
	t.Run("takes a permanent failure and the partition goes on", func(t *testing.T) {
		var sink letters
		res, err := batch.NewPartial(failing(new(calls), failAt(1, batch.Permanent(errBoom))), silent, batch.WithDeadLetter(&sink)).
			Process(t.Context(), event(part("orders", 0, 4)))
		if err != nil {
			t.Fatal(err)
		}
		checkCounts(t, res, batch.Result{Records: 4, Succeeded: 3, DeadLettered: 1})
		if diff := cmp.Diff([]string{"orders-0:1"}, sink.list()); diff != "" || !errors.Is(sink.errs[0], errBoom) || len(named(res.Response)) > 0 {
			t.Errorf("%s%v, named %v", diff, sink.errs, res.Response)
		}
	})
	t.Run("does not take a transient failure", func(t *testing.T) {
		var sink letters
		res, err := batch.NewPartial(failing(new(calls), failAt(1, errBoom)), silent, batch.WithDeadLetter(&sink)).
			Process(t.Context(), event(part("orders", 0, 4)))
		if err != nil {
			t.Fatal(err)
		}
		checkCounts(t, res, batch.Result{Records: 4, Succeeded: 1, Failed: 1, Deferred: 2})
		if len(sink.list()) > 0 {
			t.Error(sink.list())
		}
	})
	t.Run("does not take a configuration error", func(t *testing.T) {
		var sink letters
		res, err := batch.NewPartial(failing(new(calls), failAt(0, &schema.Error{Kind: schema.KindConfig})), silent,
			batch.WithDeadLetter(&sink), batch.WithDeadLetterAfter(1), batch.WithRetry(batch.RetryPolicy{MaxAttempts: 5})).
			Process(t.Context(), event(part("orders", 0, 1)))
		if err != nil {
			t.Fatal(err)
		}
		checkCounts(t, res, batch.Result{Records: 1, Failed: 1})
	})
	t.Run("takes an undecodable record, outside of middleware", func(t *testing.T) {
		var sink letters
		broken := strings.Replace(string(payload(event(part("orders", 0, 2)))), text([]byte(`{"n":0}`)), `"%"`, 1)
		var c calls
		_, err := batch.NewPartial(failing(&c, failAt(-1, nil)), silent, batch.WithDeadLetter(&sink)).Invoke(t.Context(), []byte(broken))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"orders-0:0"}, sink.list()) + cmp.Diff([]string{"orders-0:1"}, c.list()); diff != "" {
			t.Error(diff)
		}
	})
	for name, put := range map[string]func() error{
		"a failing sink fails the record":   func() error { return errors.New("queue is full") },
		"a panicking sink fails the record": func() error { panic("x") },
	} {
		t.Run(name, func(t *testing.T) {
			sink := batch.DeadLetterSinkFunc(func(context.Context, batch.DeadLetter) error { return put() })
			res, err := batch.NewPartial(failing(new(calls), failAt(1, batch.Permanent(errBoom))), silent, batch.WithDeadLetter(sink)).
				Process(t.Context(), event(part("orders", 0, 3)))
			if err != nil {
				t.Fatal(err)
			}
			checkCounts(t, res, batch.Result{Records: 3, Succeeded: 1, Failed: 1, Deferred: 1})
			if _, ok := errors.AsType[*batch.DeadLetterError](res.Failures[0]); !ok || !errors.Is(res.Failures[0], errBoom) {
				t.Errorf("failure %v", res.Failures[0])
			}
		})
	}
}

func TestRetry(t *testing.T) {
	policy := batch.RetryPolicy{MaxAttempts: 3, BaseDelay: time.Second, MaxDelay: 4 * time.Second}
	tests := []struct {
		name   string
		fail   int // attempts that fail
		err    error
		panics bool
		want   batch.Result
		calls  int
	}{
		{"succeeds at last", 2, errBoom, false, batch.Result{Records: 1, Succeeded: 1}, 3},
		{"is reported in the end", 9, errBoom, false, batch.Result{Records: 1, Failed: 1}, 3},
		{"permanent is not tried again", 9, batch.Permanent(errBoom), false, batch.Result{Records: 1, Failed: 1}, 1},
		{"skip is not tried again", 9, batch.Skip(errBoom), false, batch.Result{Records: 1, Skipped: 1}, 1},
		{"config is not tried again", 9, &batch.ConfigurationError{Msg: "x"}, false, batch.Result{Records: 1, Failed: 1}, 1},
		{"a panic is tried again", 1, nil, true, batch.Result{Records: 1, Succeeded: 1}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				attempts, wrapped := 0, 0
				h := batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error {
					if attempts++; attempts > tt.fail {
						return nil
					}
					if tt.panics {
						panic("x")
					}
					return tt.err
				})
				count := func(next batch.Handler) batch.Handler {
					return batch.HandlerFunc(func(ctx context.Context, r *kafkaevent.Record) error {
						wrapped++
						return next.HandleRecord(ctx, r)
					})
				}
				res, err := batch.NewPartial(h, silent, batch.WithRetry(policy), batch.WithMiddleware(count)).
					Process(t.Context(), event(part("orders", 0, 1)))
				if err != nil {
					t.Fatal(err)
				}
				checkCounts(t, res, tt.want)
				if attempts != tt.calls || wrapped != tt.calls {
					t.Errorf("%d attempts, %d through the middleware, want %d", attempts, wrapped, tt.calls)
				}
			})
		})
	}
}

func TestEveryAttemptAndTheSinkGetTheRecordAsItCame(t *testing.T) {
	unpack := func(next batch.Handler) batch.Handler {
		return batch.HandlerFunc(func(ctx context.Context, r *kafkaevent.Record) error {
			r.Value = append([]byte("unpacked "), r.Value...)
			return next.HandleRecord(ctx, r)
		})
	}
	var got []string
	h := batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error {
		if got = append(got, string(r.Value)); len(got) == 1 {
			return errBoom
		}
		return batch.Permanent(errBoom)
	})
	sink := batch.DeadLetterSinkFunc(func(_ context.Context, l batch.DeadLetter) error {
		got = append(got, string(l.Record.Value))
		return nil
	})
	p := batch.NewPartial(h, silent, batch.WithMiddleware(unpack), batch.WithDeadLetter(sink),
		batch.WithRetry(batch.RetryPolicy{MaxAttempts: 2, BaseDelay: 1, MaxDelay: 1}))
	if _, err := p.Process(t.Context(), event(part("orders", 0, 1))); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`unpacked {"n":0}`, `unpacked {"n":0}`, `{"n":0}`}, got); diff != "" {
		t.Error(diff)
	}
}

func TestRetryDoesNotPassTheReserve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		began := time.Now()
		p := batch.NewPartial(failing(new(calls), failAt(0, errBoom)), silent,
			batch.WithRetry(batch.RetryPolicy{MaxAttempts: 1000, BaseDelay: time.Second, MaxDelay: time.Second}))
		res, err := p.Process(ctx, event(part("orders", 0, 1)))
		if err != nil {
			t.Fatal(err)
		}
		checkCounts(t, res, batch.Result{Records: 1, Failed: 1})
		if !errors.Is(res.Failures[0], errBoom) || time.Since(began) > 9500*time.Millisecond {
			t.Errorf("failed after %v with %v", time.Since(began), res.Failures[0])
		}
	})
}

func TestDeadLetterAfter(t *testing.T) {
	var sink letters
	p := batch.NewPartial(failing(new(calls), failAt(1, errBoom)), silent, batch.WithDeadLetter(&sink), batch.WithDeadLetterAfter(3))
	for delivery := 1; delivery <= 3; delivery++ {
		res, err := p.Process(t.Context(), event(part("orders", 0, 3)))
		if err != nil {
			t.Fatal(err)
		}
		if delivery < 3 {
			checkCounts(t, res, batch.Result{Records: 3, Succeeded: 1, Failed: 1, Deferred: 1})
			continue
		}
		checkCounts(t, res, batch.Result{Records: 3, Succeeded: 2, DeadLettered: 1})
	}
	if diff := cmp.Diff([]string{"orders-0:1"}, sink.list()); diff != "" {
		t.Error(diff)
	}
}

func TestDeadLetterAfterForgetsASuccess(t *testing.T) {
	var sink letters
	fail := true
	p := batch.NewPartial(failing(new(calls), func(*kafkaevent.Record) error {
		if fail {
			return errBoom
		}
		return nil
	}), silent, batch.WithDeadLetter(&sink), batch.WithDeadLetterAfter(2))
	for _, fail = range []bool{true, false, true, false, true} {
		if _, err := p.Process(t.Context(), event(part("orders", 0, 1))); err != nil {
			t.Fatal(err)
		}
	}
	if len(sink.list()) > 0 {
		t.Errorf("dead-lettered %v", sink.list())
	}
}

func TestAnOutageOfTheRegistryDrainsNothing(t *testing.T) {
	var sink letters
	p := batch.NewPartial(failing(new(calls), failAt(0, &schema.Error{Kind: schema.KindUnavailable})), silent,
		batch.WithDeadLetter(&sink), batch.WithDeadLetterAfter(2))
	for range 5 {
		res, err := p.Process(t.Context(), event(part("orders", 0, 1)))
		if err != nil {
			t.Fatal(err)
		}
		checkCounts(t, res, batch.Result{Records: 1, Failed: 1})
	}
}

func TestARecordWhoseHandlerHangsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sink letters
		p := batch.NewPartial(failing(new(calls), func(r *kafkaevent.Record) error {
			if r.Offset == 0 {
				time.Sleep(time.Minute)
			}
			return nil
		}), silent, batch.WithDeadLetter(&sink), batch.WithDeadLetterAfter(2))
		deliver := func() *batch.Result {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			res, err := p.Process(ctx, event(part("orders", 0, 2)))
			if err != nil {
				t.Fatal(err)
			}
			return res
		}
		checkCounts(t, deliver(), batch.Result{Records: 2, Failed: 1, Deferred: 1})
		checkCounts(t, deliver(), batch.Result{Records: 2, Failed: 1, Deferred: 1})
		checkCounts(t, deliver(), batch.Result{Records: 2, Succeeded: 1, DeadLettered: 1})
		if e, ok := errors.AsType[*batch.RepeatedFailureError](sink.errs[0]); !ok || e.Failures != 2 {
			t.Errorf("dead letter says %v", sink.errs[0])
		}
		time.Sleep(time.Hour)
	})
}

func TestPoisonPillNotice(t *testing.T) {
	var log bytes.Buffer
	p := batch.NewPartial(failing(new(calls), failAt(0, errBoom)), batch.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	for range 5 {
		if _, err := p.Process(t.Context(), event(part("orders", 0, 1))); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(log.String(), "the same record failed again"); n != 1 {
		t.Errorf("%d notices in\n%s", n, log.String())
	}
	if !strings.Contains(log.String(), "failures=5") {
		t.Errorf("no count in\n%s", log.String())
	}
}

func TestCircuitBreaker(t *testing.T) {
	var started atomic.Int64
	h := batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error {
		started.Add(1)
		if r.Partition == 2 {
			return nil
		}
		return errBoom
	})
	parts := func() *kafkaevent.Event {
		var parts []kafkaevent.Partition
		for i := range int32(10) {
			parts = append(parts, part("orders", i, 2))
		}
		return event(parts...)
	}
	res, err := batch.NewPartial(h, silent, batch.WithCircuitBreaker(3)).Process(t.Context(), parts())
	if err != nil {
		t.Fatal(err)
	}
	// Two fail, partition 2 succeeds twice and resets the count, three fail.
	checkCounts(t, res, batch.Result{Records: 20, Succeeded: 2, Failed: 5, Deferred: 13})
	if started.Load() != 7 || len(named(res.Response)) != 18 {
		t.Errorf("%d started, %d named", started.Load(), len(named(res.Response)))
	}
}

func TestGoexitInTheSinkFailsTheRecord(t *testing.T) {
	sink := batch.DeadLetterSinkFunc(func(context.Context, batch.DeadLetter) error { runtime.Goexit(); return nil })
	res, err := batch.NewPartial(failing(new(calls), failAt(1, batch.Permanent(errBoom))), silent, batch.WithDeadLetter(sink)).
		Process(t.Context(), event(part("orders", 0, 3), part("orders", 1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	checkCounts(t, res, batch.Result{Records: 5, Succeeded: 3, Failed: 1, Deferred: 1})
}

func TestMiddlewareThatPanicsFailsTheRecord(t *testing.T) {
	sawPanic := false
	outer := func(next batch.Handler) batch.Handler {
		return batch.HandlerFunc(func(ctx context.Context, r *kafkaevent.Record) error {
			err := next.HandleRecord(ctx, r)
			if r.Offset == 0 {
				_, sawPanic = errors.AsType[*batch.PanicError](err)
			} else {
				panic("x")
			}
			return nil
		})
	}
	h := batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { panic("x") })
	res, err := batch.NewPartial(h, silent, batch.WithMiddleware(nil, outer)).Process(t.Context(), event(part("orders", 0, 2)))
	if err != nil {
		t.Fatal(err)
	}
	checkCounts(t, res, batch.Result{Records: 2, Succeeded: 1, Failed: 1})
	if !sawPanic {
		t.Error("the middleware did not see the handler's panic as an error")
	}
}

// Whatever an outer middleware has to undo, it does not need a defer for.
func TestMiddlewareSeesThePanicOfAnotherAsAnError(t *testing.T) {
	var seen error
	outer := func(next batch.Handler) batch.Handler {
		return batch.HandlerFunc(func(ctx context.Context, r *kafkaevent.Record) error {
			seen = next.HandleRecord(ctx, r)
			return seen
		})
	}
	inner := func(batch.Handler) batch.Handler {
		return batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { panic("x") })
	}
	h := failing(new(calls), failAt(-1, nil))
	if _, err := batch.NewPartial(h, silent, batch.WithMiddleware(outer, nil, inner)).Process(t.Context(), event(part("orders", 0, 1))); err != nil {
		t.Fatal(err)
	}
	if _, ok := errors.AsType[*batch.PanicError](seen); !ok {
		t.Errorf("the outer middleware saw %v", seen)
	}
}

func TestMiddlewareOrder(t *testing.T) {
	var got []string
	note := func(name string) batch.Middleware {
		return func(next batch.Handler) batch.Handler {
			return batch.HandlerFunc(func(ctx context.Context, r *kafkaevent.Record) error {
				got = append(got, name)
				return next.HandleRecord(ctx, r)
			})
		}
	}
	p := batch.NewPartial(failing(new(calls), failAt(-1, nil)), batch.WithMiddleware(note("first"), note("second")), batch.WithMiddleware(note("third")))
	if _, err := p.Process(t.Context(), event(part("orders", 0, 1))); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"first", "second", "third"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestLoggerThatPanicsChangesNothing(t *testing.T) {
	p := batch.NewPartial(failing(new(calls), failAt(0, errBoom)), batch.WithLogger(slog.New(panickingHandler{})))
	res, err := p.Process(t.Context(), event(part("orders", 0, 2)))
	if err != nil {
		t.Fatal(err)
	}
	checkCounts(t, res, batch.Result{Records: 2, Failed: 1, Deferred: 1})
}

type panickingHandler struct{ slog.Handler }

func (panickingHandler) Enabled(context.Context, slog.Level) bool { panic("x") }

func TestObserverPanicsHarmlessly(t *testing.T) {
	seen := 0
	p := batch.NewPartial(batch.Values(schema.JSON[order](), func(context.Context, batch.Message[order]) error { return nil }), silent,
		batch.WithObserver(nil),
		batch.WithObserver(batch.ObserverFunc(func(context.Context, *batch.Result) { panic("x") })),
		batch.WithObserver(batch.ObserverFunc(func(_ context.Context, r *batch.Result) {
			seen++
			if r.DecodeTime <= 0 || r.Duration < r.DecodeTime || r.Succeeded != 3 {
				t.Errorf("%+v", r)
			}
			want := batch.PartitionResult{Key: "orders-0", Records: 3, LastOffset: 2, OldestAge: r.Started.Sub(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))}
			if diff := cmp.Diff([]batch.PartitionResult{want}, r.Partitions); diff != "" {
				t.Error(diff)
			}
		})))
	if _, err := p.Process(t.Context(), event(part("orders", 0, 3))); err != nil || seen != 1 {
		t.Errorf("observed %d times, %v", seen, err)
	}
}
