package middleware_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/batch/middleware"
	"github.com/mskit-go/mskit/kafkaevent"
)

var (
	errBoom = errors.New("boom")
	silent  = batch.WithLogger(slog.New(slog.DiscardHandler))
)

func event(n int) *kafkaevent.Event {
	p := kafkaevent.Partition{Key: "orders-0"}
	for i := range n {
		p.Records = append(p.Records, kafkaevent.Record{
			TopicPartition: kafkaevent.TopicPartition{Topic: "orders"},
			Offset:         int64(i),
			Timestamp:      time.UnixMilli(1_700_000_000_000 + int64(i)).UTC(),
			Key:            []byte("S3CR3T"),
			Value:          []byte("S3CR3T"),
		})
	}
	return &kafkaevent.Event{Source: "aws:kafka", Partitions: []kafkaevent.Partition{p}}
}

func process(t *testing.T, p *batch.Processor, n int) *batch.Result {
	t.Helper()
	res, err := p.Process(t.Context(), event(n))
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestTimeout(t *testing.T) {
	tests := []struct {
		name   string
		limit  time.Duration
		handle func(ctx context.Context) error
		want   string
	}{
		{"in time", time.Second, func(context.Context) error { return nil }, "<nil>"},
		{"too late", time.Second, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, "middleware: the record took more than 1s: context deadline exceeded"},
		{"late and done", time.Second, func(ctx context.Context) error { <-ctx.Done(); return nil }, "<nil>"},
		{"another error", time.Second, func(ctx context.Context) error { <-ctx.Done(); return errBoom }, "boom"},
		{"a deadline of its own", time.Hour, func(context.Context) error { return context.DeadlineExceeded }, "context deadline exceeded"},
		{"no limit", 0, func(ctx context.Context) error {
			if _, ok := ctx.Deadline(); ok {
				return errors.New("there is a deadline")
			}
			return nil
		}, "<nil>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := middleware.Timeout(tt.limit)(batch.HandlerFunc(func(ctx context.Context, _ *kafkaevent.Record) error { return tt.handle(ctx) }))
				err := h.HandleRecord(t.Context(), &event(1).Partitions[0].Records[0])
				if fmt.Sprint(err) != tt.want {
					t.Errorf("%v, want %s", err, tt.want)
				}
				if e, ok := errors.AsType[*middleware.RecordTimeoutError](err); ok && (e.Limit != tt.limit || batch.ClassOf(e) != batch.ClassTransient) {
					t.Errorf("%#v", e)
				}
			})
		})
	}
}

func TestTimeoutLeavesTheRestOfTheBatchItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := batch.NewPartial(batch.HandlerFunc(func(ctx context.Context, r *kafkaevent.Record) error {
			if r.Offset == 1 {
				<-ctx.Done()
			}
			return ctx.Err()
		}), silent, batch.WithOrder(batch.Unordered), batch.WithMiddleware(middleware.Timeout(time.Second)))
		if res := process(t, p, 3); res.Succeeded != 2 || res.Failed != 1 {
			t.Errorf("%+v", res)
		}
	})
}

func TestLog(t *testing.T) {
	var buf bytes.Buffer
	log := slog.New(slog.NewTextHandler(&buf, &slog.HandlerOptions{Level: slog.LevelDebug}))
	h := batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error {
		return []error{nil, batch.Skip(errBoom), batch.Permanent(errBoom)}[r.Offset]
	})
	process(t, batch.NewPartial(h, silent, batch.WithMiddleware(middleware.Log(log))), 3)
	lines := strings.Split(strings.TrimSpace(buf.String()), "\n")
	for i, want := range [][]string{
		{"level=DEBUG", "topic=orders partition=0 offset=0 keyBytes=6 valueBytes=6 duration=", "age="},
		{"level=INFO", "offset=1", "class=skip error=boom"},
		{"level=WARN", "offset=2", "class=permanent error=boom"},
	} {
		for _, w := range want {
			if !strings.Contains(lines[i], w) {
				t.Errorf("no %q in %s", w, lines[i])
			}
		}
	}
	if strings.Contains(buf.String(), "S3CR3T") {
		t.Error("payload in the log")
	}
}

func TestIdempotent(t *testing.T) {
	store := middleware.NewMemoryStore(0)
	var handled []int64
	fail := map[int64]error{1: errBoom, 2: batch.Permanent(errBoom), 3: batch.Skip(errBoom)}
	h := batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error {
		handled = append(handled, r.Offset)
		return fail[r.Offset]
	})
	run := func(namespace string) *batch.Result {
		handled = nil
		p := batch.NewPartial(h, silent, batch.WithOrder(batch.Unordered), batch.WithMiddleware(middleware.Idempotent(namespace, store)))
		return process(t, p, 4)
	}

	first := run("a")
	if diff := cmp.Diff([]int64{0, 1, 2, 3}, handled); diff != "" || first.Failed != 2 || first.Skipped != 1 {
		t.Errorf("first delivery: %s%+v", diff, first)
	}
	again := run("a") // what failed is handled again, what was done is not
	if diff := cmp.Diff([]int64{1, 2}, handled); diff != "" || again.Failed != 2 || again.Skipped != 2 {
		t.Errorf("second delivery: %s%+v", diff, again)
	}
	run("b")
	if diff := cmp.Diff([]int64{0, 1, 2, 3}, handled); diff != "" {
		t.Errorf("another namespace: %s", diff)
	}
}

func TestIdempotentKnowsRecordsByTheirTimestampToo(t *testing.T) {
	m := middleware.Idempotent("a", middleware.NewMemoryStore(0))
	n := 0
	h := m(batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { n++; return nil }))
	r := event(1).Partitions[0].Records[0]
	for _, at := range []time.Time{r.Timestamp, r.Timestamp.Add(time.Millisecond), {}, {}} {
		r.Timestamp = at
		err := h.HandleRecord(t.Context(), &r)
		if err != nil && !errors.Is(err, middleware.ErrHandledBefore) {
			t.Fatal(err)
		}
	}
	if n != 3 {
		t.Errorf("handled %d times, want 3", n)
	}
}

func TestIdempotentByAKeyOfOnesOwn(t *testing.T) {
	byHeader := middleware.WithKey(func(r *kafkaevent.Record) string { return r.Headers().Get("id") })
	n := 0
	h := middleware.Idempotent("a", middleware.NewMemoryStore(0), byHeader, nil)(
		batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { n++; return nil }))
	for i := range event(4).Partitions[0].Records {
		r := &event(4).Partitions[0].Records[i]
		if i < 2 {
			r.SetHeaders(kafkaevent.Headers{{Key: "id", Value: []byte("same")}})
		}
		_ = h.HandleRecord(t.Context(), r)
	}
	if n != 3 {
		t.Errorf("handled %d times, want 3: one id, and two records without", n)
	}
}

func TestIdempotentWhileAnotherDeliveryIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := middleware.NewMemoryStore(0)
		r := &event(1).Partitions[0].Records[0]
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		m := middleware.Idempotent("a", store)
		// The first is abandoned: its invocation is over, and it goes on.
		release := make(chan struct{})
		go func() {
			_ = m(batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { <-release; return errBoom })).HandleRecord(ctx, r)
		}()
		synctest.Wait()

		n := 0
		h := m(batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { n++; return nil }))
		if err := h.HandleRecord(ctx, r); !errors.Is(err, middleware.ErrInProgress) || batch.ClassOf(err) != batch.ClassTransient {
			t.Errorf("during the lease: %v", err)
		}
		time.Sleep(70 * time.Second)
		if err := h.HandleRecord(t.Context(), r); err != nil || n != 1 {
			t.Errorf("after the lease: %v", err)
		}
		close(release) // its release must not free what others have done
		synctest.Wait()
		if err := h.HandleRecord(t.Context(), r); !errors.Is(err, middleware.ErrHandledBefore) {
			t.Errorf("after both: %v", err)
		}
	})
}

// failingStore fails where it is told to.
type failingStore struct {
	middleware.Store
	claim, complete error
}

func (s failingStore) Claim(ctx context.Context, c middleware.Claim) (middleware.State, error) {
	if s.claim != nil {
		return 0, s.claim
	}
	return s.Store.Claim(ctx, c)
}

func (s failingStore) Complete(ctx context.Context, c middleware.Claim) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.complete != nil {
		return s.complete
	}
	return s.Store.Complete(ctx, c)
}

func TestIdempotentWithAStoreThatFails(t *testing.T) {
	for name, s := range map[string]failingStore{
		"claim":    {claim: errBoom},
		"complete": {complete: errBoom},
	} {
		s.Store = middleware.NewMemoryStore(0)
		p := batch.NewPartial(batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return nil }), silent,
			batch.WithMiddleware(middleware.Idempotent("a", s)))
		res := process(t, p, 1)
		if res.Failed != 1 || !errors.Is(res.Failures[0], errBoom) || res.Failures[0].Class != batch.ClassTransient {
			t.Errorf("%s: %+v", name, res)
		}
	}
}

func TestIdempotentNotesASuccessAfterTheDeadline(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	h := middleware.Idempotent("a", failingStore{Store: middleware.NewMemoryStore(0)})(
		batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { cancel(); return nil }))
	if err := h.HandleRecord(ctx, &event(1).Partitions[0].Records[0]); err != nil {
		t.Error(err)
	}
}

func TestIdempotentReleasesWhenTheHandlerPanicsOrExits(t *testing.T) {
	for name, how := range map[string]func(){"panic": func() { panic("x") }, "exit": runtime.Goexit} {
		store := middleware.NewMemoryStore(0)
		p := batch.NewPartial(batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { how(); return nil }), silent,
			batch.WithMiddleware(middleware.Idempotent("a", store)))
		if res := process(t, p, 1); res.Failed != 1 {
			t.Errorf("%s: %+v", name, res)
		}
		how = func() {}
		if res := process(t, p, 1); res.Succeeded != 1 {
			t.Errorf("after %s: %+v", name, res)
		}
	}
}

func TestIdempotentConfiguration(t *testing.T) {
	for _, m := range []batch.Middleware{
		middleware.Idempotent("", middleware.NewMemoryStore(0)),
		middleware.Idempotent("a", nil),
	} {
		p := batch.NewPartial(batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return nil }),
			batch.WithMiddleware(middleware.Log(nil), m))
		if _, err := p.Process(t.Context(), event(1)); err == nil {
			t.Error("no error")
		}
	}
}

func TestMemoryStoreForgetsTheOldest(t *testing.T) {
	s := middleware.NewMemoryStore(2)
	state := func(key string) middleware.State {
		c := middleware.Claim{Key: key, Owner: "o", Until: time.Now().Add(time.Hour)}
		st, _ := s.Claim(t.Context(), c)
		if st == middleware.Claimed {
			_ = s.Complete(t.Context(), c)
			_ = s.Complete(t.Context(), c)
		}
		return st
	}
	var got []middleware.State
	for _, key := range []string{"a", "b", "c", "c", "b", "a"} {
		got = append(got, state(key))
	}
	want := []middleware.State{middleware.Claimed, middleware.Claimed, middleware.Claimed, middleware.Done, middleware.Done, middleware.Claimed}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
