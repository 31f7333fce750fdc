package batch_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent"
)

// sleeper handles each record in d, minding its context.
func sleeper(d time.Duration) batch.Handler {
	return batch.HandlerFunc(func(ctx context.Context, _ *kafkaevent.Record) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}

func TestDeadlineReserve(t *testing.T) {
	tests := []struct {
		name  string
		left  time.Duration
		opts  []batch.Option
		wants time.Duration // of the handlers' context
	}{
		{"half of little", 600 * time.Millisecond, nil, 300 * time.Millisecond},
		{"500 ms of a few seconds", 3 * time.Second, nil, 2500 * time.Millisecond},
		{"5 % of much", 800 * time.Second, nil, 760 * time.Second},
		{"an explicit one is obeyed", 10 * time.Second, []batch.Option{batch.WithDeadlineReserve(4 * time.Second)}, 6 * time.Second},
		{"zero runs to the deadline", 10 * time.Second, []batch.Option{batch.WithDeadlineReserve(0)}, 10 * time.Second},
		{"negative is the default", 10 * time.Second, []batch.Option{batch.WithDeadlineReserve(-1)}, 9500 * time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), tt.left)
				defer cancel()
				p := batch.NewPartial(batch.HandlerFunc(func(ctx context.Context, _ *kafkaevent.Record) error {
					end, ok := ctx.Deadline()
					if got := time.Until(end); !ok || got != tt.wants {
						t.Errorf("the handler has %v, want %v", got, tt.wants)
					}
					return nil
				}), tt.opts...)
				if _, err := p.Process(ctx, event(part("orders", 0, 1))); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestNothingStartsBelowTheReserve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		began := time.Now()
		p := batch.NewPartial(sleeper(4*time.Second), silent, batch.WithDeadlineReserve(time.Second))
		res, err := p.Process(ctx, event(part("orders", 0, 5), part("orders", 1, 2)))
		if err != nil {
			t.Fatal(err)
		}
		checkCounts(t, res, batch.Result{Records: 7, Succeeded: 2, Failed: 1, Deferred: 4})
		want := []string{"orders-0:2", "orders-0:3", "orders-0:4", "orders-1:0", "orders-1:1"}
		if diff := cmp.Diff(want, named(res.Response)); diff != "" {
			t.Error(diff)
		}
		if took := time.Since(began); took != 9*time.Second {
			t.Errorf("replied after %v, want 9s", took)
		}
		if !errors.Is(res.Failures[0], context.DeadlineExceeded) {
			t.Errorf("failure %v", res.Failures[0])
		}
	})
}

func TestHandlerThatIgnoresItsContextIsAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		began := time.Now()
		var c calls
		var returned atomic.Bool
		p := batch.NewPartial(batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error {
			c.add(r)
			if r.Partition == 0 && r.Offset == 1 {
				time.Sleep(time.Hour)
				r.Offset, r.Topic, r.Value = 99, "other", nil // of no consequence
				returned.Store(true)
			}
			return nil
		}), silent)
		res, err := p.Process(ctx, event(part("orders", 0, 3), part("orders", 1, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 9550*time.Millisecond {
			t.Errorf("replied after %v, want 9.5s and a grace of 50ms", took)
		}
		checkCounts(t, res, batch.Result{Records: 4, Succeeded: 1, Failed: 1, Deferred: 2})
		if diff := cmp.Diff([]string{"orders-0:1", "orders-0:2", "orders-1:0"}, named(res.Response)); diff != "" {
			t.Error(diff)
		}
		if _, ok := errors.AsType[*batch.AbandonedError](res.Failures[0]); !ok || !errors.Is(res.Failures[0], context.DeadlineExceeded) {
			t.Errorf("failure %v", res.Failures[0])
		}
		before := res.LogValue().String()
		time.Sleep(2 * time.Hour)
		if !returned.Load() {
			t.Fatal("the abandoned handler has not returned")
		}
		if after := res.LogValue().String(); after != before {
			t.Errorf("the result changed from %s to %s", before, after)
		}
		if diff := cmp.Diff([]string{"orders-0:0", "orders-0:1"}, c.list()); diff != "" {
			t.Errorf("an abandoned worker went on:\n%s", diff)
		}
	})
}

func TestHandlerWithinTheGraceCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		p := batch.NewPartial(batch.HandlerFunc(func(ctx context.Context, _ *kafkaevent.Record) error {
			<-ctx.Done()
			time.Sleep(10 * time.Millisecond)
			return nil
		}), silent)
		res, err := p.Process(ctx, event(part("orders", 0, 2)))
		if err != nil {
			t.Fatal(err)
		}
		checkCounts(t, res, batch.Result{Records: 2, Succeeded: 1, Deferred: 1})
	})
}

func TestZeroCopyWaitsInsteadOfAbandoning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		p := batch.NewPartial(batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error {
			time.Sleep(9900 * time.Millisecond)
			return nil
		}), silent, batch.WithZeroCopy())
		got, err := p.Invoke(ctx, payload(event(part("orders", 0, 2))))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"orders-0:1"}, reply(t, got)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestCancelledInvocation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		res, err := batch.NewPartial(sleeper(700*time.Millisecond), silent).Process(ctx, event(part("orders", 0, 4)))
		if err != nil {
			t.Fatal(err)
		}
		checkCounts(t, res, batch.Result{Records: 4, Succeeded: 1, Failed: 1, Deferred: 2})
	})
}

func TestAllOrNothingOutOfTimeIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		p := batch.NewAllOrNothing(batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error {
			time.Sleep(9500 * time.Millisecond)
			return nil
		}), silent)
		_, err := p.Process(ctx, event(part("orders", 0, 2)))
		if e, ok := errors.AsType[*batch.IncompleteBatchError](err); !ok || e.Deferred != 1 {
			t.Errorf("error %v", err)
		}
	})
}

func TestReserveAsLongAsTheTimeLeftIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		var log bytes.Buffer
		p := batch.NewPartial(sleeper(0), batch.WithDeadlineReserve(5*time.Second),
			batch.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		res, err := p.Process(ctx, event(part("orders", 0, 2)))
		if err != nil {
			t.Fatal(err)
		}
		checkCounts(t, res, batch.Result{Records: 2, Deferred: 2})
		if got := log.String(); !strings.Contains(got, "level=ERROR") || !strings.Contains(got, "left=3s reserve=5s") {
			t.Errorf("log:\n%s", got)
		}
	})
}
