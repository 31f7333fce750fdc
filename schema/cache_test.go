package schema_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mskit-go/mskit/schema"
)

// fakeRegistry answers as its function says and counts.
type fakeRegistry struct {
	answer func(ctx context.Context, id schema.ID) (*schema.Schema, error)
	latest func(ctx context.Context, subject string) (*schema.Schema, error)
	asked  atomic.Int64
}

func (r *fakeRegistry) Schema(ctx context.Context, id schema.ID) (*schema.Schema, error) {
	r.asked.Add(1)
	return r.answer(ctx, id)
}

func (r *fakeRegistry) Latest(ctx context.Context, subject string) (*schema.Schema, error) {
	r.asked.Add(1)
	return r.latest(ctx, subject)
}

func (r *fakeRegistry) Framing() schema.Framing { return schema.Confluent() }

func known(_ context.Context, id schema.ID) (*schema.Schema, error) {
	return &schema.Schema{ID: id, Format: schema.FormatAvro, Text: `"string"`}, nil
}

func failing(kind schema.Kind) func(context.Context, schema.ID) (*schema.Schema, error) {
	return func(context.Context, schema.ID) (*schema.Schema, error) {
		return nil, &schema.Error{Kind: kind, Msg: "told to fail"}
	}
}

func hanging(ctx context.Context, _ schema.ID) (*schema.Schema, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func wantKind(t *testing.T, err error, kind schema.Kind) {
	t.Helper()
	e, ok := errors.AsType[*schema.Error](err)
	if !ok || e.Kind != kind {
		t.Fatalf("got error %v, want one of kind %v", err, kind)
	}
	if schema.Retryable(err) != kind.Retryable() {
		t.Fatalf("Retryable(%v) = %v", err, schema.Retryable(err))
	}
}

func TestCacheAsksOnceForAnID(t *testing.T) {
	r := &fakeRegistry{answer: known}
	c := schema.Cached(r)
	first, err := c.Schema(t.Context(), schema.ConfluentID(7))
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.Schema(t.Context(), schema.ConfluentID(7))
	if err != nil || again != first {
		t.Errorf("got %v, %v, want the same schema", again, err)
	}
	if n := r.asked.Load(); n != 1 {
		t.Errorf("%d requests", n)
	}
	s := c.Stats()
	if s.Hits != 1 || s.Fetches != 1 || s.Schemas != 1 || s.Bytes != len(`"string"`) {
		t.Errorf("stats %+v", s)
	}
	if n := testing.AllocsPerRun(100, func() {
		if _, err := c.Schema(t.Context(), schema.ConfluentID(7)); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("a hit costs %v allocations", n)
	}
}

func TestCacheMakesOneRequestForManyOnAColdID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		r := &fakeRegistry{answer: func(ctx context.Context, id schema.ID) (*schema.Schema, error) {
			<-release
			return known(ctx, id)
		}}
		c := schema.Cached(r)
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				if s, err := c.Schema(t.Context(), schema.ConfluentID(7)); err != nil || s.ID != schema.ConfluentID(7) {
					t.Errorf("got %v, %v", s, err)
				}
			})
		}
		synctest.Wait() // all 64 wait
		if n := r.asked.Load(); n != 1 {
			t.Errorf("%d requests", n)
		}
		close(release)
		wg.Wait()
		if s := c.Stats(); s.Joined != 63 || s.Fetches != 1 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestCacheGivesEachCallerAnErrorOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		r := &fakeRegistry{answer: func(ctx context.Context, id schema.ID) (*schema.Schema, error) {
			<-release
			return failing(schema.KindUnknownSchema)(ctx, id)
		}}
		c := schema.Cached(r)
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				_, err := c.Schema(t.Context(), schema.ConfluentID(7))
				e, _ := errors.AsType[*schema.Error](err)
				e.At(schema.Input{Topic: fmt.Sprint(i)}) // a race if it is shared
				if e.ID != schema.ConfluentID(7) {
					t.Errorf("id %v", e.ID)
				}
			})
		}
		synctest.Wait()
		close(release)
		wg.Wait()
		_, err := c.Schema(t.Context(), schema.ConfluentID(7))
		if e, _ := errors.AsType[*schema.Error](err); e.Topic != "" {
			t.Error("one caller's topic got into another's error")
		}
	})
}

func TestCacheGoesOnWhenOneCallerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		r := &fakeRegistry{answer: func(ctx context.Context, id schema.ID) (*schema.Schema, error) {
			select {
			case <-release:
				return known(ctx, id)
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}}
		c := schema.Cached(r)
		impatient, giveUp := context.WithCancel(t.Context())
		first, second := make(chan error, 1), make(chan error, 1)
		go func() { _, err := c.Schema(impatient, schema.ConfluentID(7)); first <- err }()
		synctest.Wait()
		go func() { _, err := c.Schema(t.Context(), schema.ConfluentID(7)); second <- err }()
		synctest.Wait()

		giveUp()
		err := <-first
		wantKind(t, err, schema.KindUnavailable)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v does not wrap the context's error", err)
		}
		close(release)
		if err := <-second; err != nil {
			t.Errorf("the other caller got %v", err)
		}
	})
}

func TestCacheEndsARequestNobodyWaitsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan struct{})
		r := &fakeRegistry{answer: func(ctx context.Context, id schema.ID) (*schema.Schema, error) {
			defer close(ended)
			return hanging(ctx, id)
		}}
		c := schema.Cached(r)
		ctx, cancel := context.WithCancel(schema.BeginInvocation(t.Context()))
		go func() {
			synctest.Wait()
			cancel()
		}()
		_, err := c.Schema(ctx, schema.ConfluentID(7))
		wantKind(t, err, schema.KindUnavailable)
		<-ended

		// The registry is not blamed, and whoever comes now makes a new request.
		r.answer = known
		if _, err := c.Schema(context.WithoutCancel(ctx), schema.ConfluentID(7)); err != nil {
			t.Errorf("the next one got %v", err)
		}
		if s := c.Stats(); s.Failures != 0 || s.Fetches != 2 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestCacheMakesNoRequestOnAnEndedContext(t *testing.T) {
	r := &fakeRegistry{answer: known}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := schema.Cached(r).Schema(ctx, schema.ConfluentID(7))
	wantKind(t, err, schema.KindUnavailable)
	if n := r.asked.Load(); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestCacheBoundsAHangingRegistry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &fakeRegistry{answer: hanging}
		c := schema.Cached(r, schema.WithFetchTimeout(5*time.Second))
		ctx := schema.BeginInvocation(t.Context())
		start := time.Now()
		for id := range 10_000 {
			_, err := c.Schema(ctx, schema.ConfluentID(uint32(id)))
			wantKind(t, err, schema.KindUnavailable)
		}
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("10,000 records took %v", took)
		}
		if n := r.asked.Load(); n != 1 {
			t.Errorf("%d requests", n)
		}
	})
}

func TestCacheObeysTheCallersDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := schema.Cached(&fakeRegistry{answer: hanging})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := c.Schema(ctx, schema.ConfluentID(7))
		wantKind(t, err, schema.KindUnavailable)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
	})
}

func TestCacheBudgetsFailuresPerInvocation(t *testing.T) {
	for _, kind := range []schema.Kind{schema.KindUnavailable, schema.KindThrottled, schema.KindUnauthorized} {
		t.Run(kind.String(), func(t *testing.T) {
			r := &fakeRegistry{answer: failing(kind)}
			c := schema.Cached(r)
			warm := schema.ConfluentID(1_000_000)
			r.answer = known
			if err := c.Preload(t.Context(), warm); err != nil {
				t.Fatal(err)
			}
			r.answer = failing(kind)
			r.asked.Store(0)

			for invocation := range 3 {
				ctx := schema.BeginInvocation(t.Context())
				for id := range 1000 {
					_, err := c.Schema(ctx, schema.ConfluentID(uint32(id)))
					wantKind(t, err, kind)
				}
				if n := r.asked.Load(); n != int64(3*(invocation+1)) {
					t.Fatalf("%d requests after invocation %d", n, invocation+1)
				}
				if _, err := c.Schema(ctx, warm); err != nil {
					t.Errorf("what is cached fails too: %v", err)
				}
			}
			if s := c.Stats(); s.Failures != 9 || s.Spared != 3*997 {
				t.Errorf("stats %+v", s)
			}
		})
	}
}

func TestCacheTakesASecondForAnInvocationWhenNobodySays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &fakeRegistry{answer: failing(schema.KindUnavailable)}
		c := schema.Cached(r, schema.WithFailureBudget(1))
		for second := range 3 {
			for range 100 {
				_, err := c.Schema(t.Context(), schema.ConfluentID(7))
				wantKind(t, err, schema.KindUnavailable)
			}
			if n := r.asked.Load(); n != int64(second+1) {
				t.Fatalf("%d requests in second %d", n, second)
			}
			time.Sleep(time.Second)
		}
	})
}

func TestCacheGivesAnUnknownIDAGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &fakeRegistry{answer: failing(schema.KindUnknownSchema)}
		c := schema.Cached(r)
		ask := func(ctx context.Context) error {
			_, err := c.Schema(ctx, schema.ConfluentID(7))
			return err
		}
		invocations := 0
		invoke := func(kind schema.Kind, requests int64) {
			t.Helper()
			invocations++
			ctx := schema.BeginInvocation(t.Context())
			for range 100 {
				wantKind(t, ask(ctx), kind)
			}
			if n := r.asked.Load(); n != requests {
				t.Fatalf("invocation %d: %d requests, want %d", invocations, n, requests)
			}
		}
		invoke(schema.KindUnknownSchema, 1)
		invoke(schema.KindUnknownSchema, 1) // too soon after the first answer
		time.Sleep(31 * time.Second)
		invoke(schema.KindUnknownSchema, 2)
		time.Sleep(31 * time.Second)
		invoke(schema.KindNoSuchSchema, 3)
		invoke(schema.KindNoSuchSchema, 3)

		// A long invocation does not use the grace up either.
		ctx := schema.BeginInvocation(t.Context())
		time.Sleep(31 * time.Second)
		wantKind(t, ask(ctx), schema.KindNoSuchSchema)
		time.Sleep(31 * time.Second)
		wantKind(t, ask(ctx), schema.KindNoSuchSchema)
		if n := r.asked.Load(); n != 4 {
			t.Errorf("%d requests", n)
		}

		// Registered at last.
		r.answer = known
		time.Sleep(31 * time.Second)
		if err := ask(schema.BeginInvocation(t.Context())); err != nil {
			t.Error(err)
		}
	})
}

func TestCacheUsesUpNoBudgetOnUnknownIDs(t *testing.T) {
	r := &fakeRegistry{answer: failing(schema.KindUnknownSchema)}
	c := schema.Cached(r)
	ctx := schema.BeginInvocation(t.Context())
	for id := range 10 {
		_, err := c.Schema(ctx, schema.ConfluentID(uint32(id)))
		wantKind(t, err, schema.KindUnknownSchema)
	}
	if n := r.asked.Load(); n != 10 {
		t.Errorf("%d requests", n)
	}
}

func TestCacheRemembersUnusableSchemas(t *testing.T) {
	for _, kind := range []schema.Kind{schema.KindInvalidSchema, schema.KindTooLarge, schema.KindConfig} {
		r := &fakeRegistry{answer: failing(kind)}
		c := schema.Cached(r)
		ctx := schema.BeginInvocation(t.Context())
		for range 100 {
			_, err := c.Schema(ctx, schema.ConfluentID(7))
			wantKind(t, err, kind)
		}
		if n := r.asked.Load(); n != 1 {
			t.Errorf("%v: %d requests", kind, n)
		}
	}
}

func TestCacheSurvivesBadRegistries(t *testing.T) {
	for _, tc := range []struct {
		name   string
		answer func(context.Context, schema.ID) (*schema.Schema, error)
		says   string
	}{
		{"panics", func(context.Context, schema.ID) (*schema.Schema, error) { panic("SECRET") }, "panicked with a string"},
		{"exits", func(context.Context, schema.ID) (*schema.Schema, error) { runtime.Goexit(); return nil, nil }, "left its goroutine"},
		{"answers nothing", func(context.Context, schema.ID) (*schema.Schema, error) { return nil, nil }, "neither a schema nor an error"},
		{"answers nothing, with a nil pointer for an error", func(context.Context, schema.ID) (*schema.Schema, error) { return nil, (*schema.Error)(nil) }, "neither a schema nor an error"},
		{"wraps a nil pointer", func(context.Context, schema.ID) (*schema.Schema, error) { return nil, nilWrapperError{} }, "wrapped"},
		{"foreign error", func(context.Context, schema.ID) (*schema.Schema, error) { return nil, errors.New("oops") }, "oops"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := schema.Cached(&fakeRegistry{answer: tc.answer}).Schema(t.Context(), schema.ConfluentID(7))
			wantKind(t, err, schema.KindUnavailable)
			if !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "SECRET") {
				t.Errorf("error says %q, want %q", err, tc.says)
			}
		})
	}
}

// nilWrapperError wraps a nil pointer that became an error.
type nilWrapperError struct{}

func (nilWrapperError) Error() string { return "wrapped" }
func (nilWrapperError) Unwrap() error { return (*schema.Error)(nil) }

func TestCacheIsBounded(t *testing.T) {
	r := &fakeRegistry{answer: known}
	c := schema.Cached(r, schema.WithMaxSchemas(3))
	get := func(id uint32) {
		t.Helper()
		if _, err := c.Schema(t.Context(), schema.ConfluentID(id)); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []uint32{1, 2, 3, 1, 4} { // 2 goes
		get(id)
	}
	r.asked.Store(0)
	for _, id := range []uint32{1, 3, 4} {
		get(id)
	}
	if n := r.asked.Load(); n != 0 {
		t.Errorf("%d requests for what should be kept", n)
	}
	get(2)
	if n, s := r.asked.Load(), c.Stats(); n != 1 || s.Schemas != 3 || s.Evicted != 2 {
		t.Errorf("%d requests, stats %+v", n, s)
	}
}

func TestCacheIsBoundedByBytes(t *testing.T) {
	r := &fakeRegistry{answer: func(_ context.Context, id schema.ID) (*schema.Schema, error) {
		shared := &schema.Schema{Text: strings.Repeat("y", 500)}
		return &schema.Schema{ID: id, Text: strings.Repeat("x", 500), References: []schema.Reference{{Schema: shared}}}, nil
	}}
	c := schema.Cached(r, schema.WithMaxSchemaBytes(2500))
	for id := range 10 {
		if _, err := c.Schema(t.Context(), schema.ConfluentID(uint32(id))); err != nil {
			t.Fatal(err)
		}
	}
	if s := c.Stats(); s.Schemas != 2 || s.Bytes != 2000 {
		t.Errorf("stats %+v", s)
	}
	// One that is too large alone is kept until the next.
	c = schema.Cached(r, schema.WithMaxSchemaBytes(1))
	for range 2 {
		if _, err := c.Schema(t.Context(), schema.ConfluentID(1)); err != nil {
			t.Fatal(err)
		}
	}
	if s := c.Stats(); s.Fetches != 1 {
		t.Errorf("stats %+v", s)
	}
}

func TestCacheTakesCyclesFromForeignRegistries(t *testing.T) {
	s := &schema.Schema{ID: schema.ConfluentID(1), Text: "x"}
	s.References = []schema.Reference{{Schema: s}, {Schema: s}}
	c := schema.Cached(&fakeRegistry{answer: func(context.Context, schema.ID) (*schema.Schema, error) { return s, nil }})
	if got, err := c.Schema(t.Context(), s.ID); err != nil || got != s {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestCacheKeepsTheLatestVersionForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		version := 1
		r := &fakeRegistry{latest: func(context.Context, string) (*schema.Schema, error) {
			return &schema.Schema{ID: schema.ConfluentID(uint32(version)), Version: version}, nil
		}}
		c := schema.Cached(r)
		want := func(v int, requests int64) {
			t.Helper()
			s, err := c.Latest(schema.BeginInvocation(t.Context()), "orders-value")
			if err != nil || s.Version != v || r.asked.Load() != requests {
				t.Fatalf("got %+v, %v after %d requests, want version %d after %d", s, err, r.asked.Load(), v, requests)
			}
		}
		want(1, 1)
		version = 2
		time.Sleep(59 * time.Second)
		want(1, 1)
		time.Sleep(time.Second)
		want(2, 2)

		// The schema is known by its id now.
		if _, err := c.Schema(t.Context(), schema.ConfluentID(2)); err != nil || r.asked.Load() != 2 {
			t.Errorf("got %v after %d requests", err, r.asked.Load())
		}

		// While the registry is down the old version goes on, with one request in
		// a while.
		r.latest = func(context.Context, string) (*schema.Schema, error) {
			return nil, &schema.Error{Kind: schema.KindUnavailable}
		}
		time.Sleep(time.Minute)
		for range 100 {
			want(2, 3)
		}
		time.Sleep(time.Minute)
		want(2, 4)
	})
}

func TestCacheKeepsTheLatestVersionThatAnotherCallerGot(t *testing.T) {
	version, asking := 0, make(chan context.CancelFunc, 1)
	r := &fakeRegistry{latest: func(context.Context, string) (*schema.Schema, error) {
		version++
		return &schema.Schema{Version: version}, nil
	}}
	synctest.Test(t, func(t *testing.T) {
		c := schema.Cached(r)
		for range 50 { // of two things that happen at once, either may come first
			if _, err := c.Latest(t.Context(), "orders-value"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Minute)
			before := version
			answer := r.latest
			r.latest = func(ctx context.Context, subject string) (*schema.Schema, error) {
				time.Sleep(time.Second)
				(<-asking)()
				return answer(ctx, subject)
			}
			var wg sync.WaitGroup
			ctx, cancel := context.WithCancel(t.Context())
			asking <- cancel
			for _, ctx := range []context.Context{ctx, t.Context()} {
				wg.Go(func() { _, _ = c.Latest(ctx, "orders-value") })
			}
			wg.Wait()
			r.latest = answer
			if s, err := c.Latest(t.Context(), "orders-value"); err != nil || s.Version != before+1 {
				t.Fatalf("got version %d, %v, want %d", s.Version, err, before+1)
			}
			time.Sleep(2 * time.Minute)
		}
	})
}

func TestCacheWithoutLatestSaysSo(t *testing.T) {
	c := schema.Cached(registryFunc(known))
	_, err := c.Latest(t.Context(), "orders-value")
	wantKind(t, err, schema.KindConfig)
	if c.Framing() != nil {
		t.Error("a framing out of nothing")
	}
}

func TestCachePreloads(t *testing.T) {
	r := &fakeRegistry{
		answer: func(ctx context.Context, id schema.ID) (*schema.Schema, error) {
			if id == schema.ConfluentID(13) {
				return nil, &schema.Error{Kind: schema.KindUnknownSchema}
			}
			return known(ctx, id)
		},
		latest: func(_ context.Context, subject string) (*schema.Schema, error) {
			return &schema.Schema{ID: schema.ConfluentID(99), Subject: subject}, nil
		},
	}
	c := schema.Cached(r)
	var ids []schema.ID
	for id := range 40 {
		ids = append(ids, schema.ConfluentID(uint32(id)))
	}
	err := c.Preload(t.Context(), ids...)
	if schema.KindOf(err) != schema.KindUnknownSchema || !strings.Contains(err.Error(), "13") {
		t.Errorf("got %v", err)
	}
	if err := c.PreloadLatest(t.Context(), "a", "b"); err != nil {
		t.Error(err)
	}
	if s := c.Stats(); s.Schemas != 40 || s.Fetches != 42 {
		t.Errorf("stats %+v", s)
	}
}

func TestCacheConfiguration(t *testing.T) {
	empty := schema.Cached(nil)
	wantKind(t, empty.ConfigError(), schema.KindConfig)
	_, err := empty.Schema(t.Context(), schema.ConfluentID(1))
	wantKind(t, err, schema.KindConfig)
	if empty.Framing() != nil {
		t.Error("a framing out of nothing")
	}
	empty = schema.Cached((*fakeRegistry)(nil))
	wantKind(t, empty.ConfigError(), schema.KindConfig)
	if empty.Framing() != nil {
		t.Error("a framing out of a nil pointer")
	}
	c := schema.Cached(&fakeRegistry{answer: known}, nil, schema.WithMaxSchemas(-1), schema.WithMaxSchemaBytes(0), schema.WithFetchTimeout(-1),
		schema.WithLatestTTL(0), schema.WithUnknownGrace(0, 0), schema.WithFailureBudget(0))
	if err := c.ConfigError(); err != nil {
		t.Error(err)
	}
	if _, err := c.Schema(t.Context(), schema.ConfluentID(1)); err != nil {
		t.Error(err)
	}
	_, err = c.Schema(t.Context(), schema.ID{})
	wantKind(t, err, schema.KindConfig)
	if _, err := c.Framing().Parse(schema.Input{Data: []byte{0, 0, 0, 0, 1}}); err != nil {
		t.Error("the registry's framing is not forwarded")
	}
}

func TestCacheUnderConcurrency(t *testing.T) {
	r := &fakeRegistry{answer: func(ctx context.Context, id schema.ID) (*schema.Schema, error) {
		n, _ := id.Confluent()
		switch n % 4 {
		case 0:
			return nil, &schema.Error{Kind: schema.KindUnknownSchema}
		case 1:
			return nil, &schema.Error{Kind: schema.KindUnavailable}
		default:
			return known(ctx, id)
		}
	}}
	c := schema.Cached(r, schema.WithMaxSchemas(5))
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			ctx := schema.BeginInvocation(t.Context())
			for i := range 200 {
				ctx, cancel := context.WithCancel(ctx)
				if i%7 == 0 {
					cancel()
				}
				s, err := c.Schema(ctx, schema.ConfluentID(uint32((g+i)%12)))
				if (s == nil) == (err == nil) {
					t.Errorf("got %v, %v", s, err)
				}
				cancel()
				c.Stats()
			}
		})
	}
	wg.Wait()
}

func ExampleCached() {
	registry := schema.Static(&schema.Schema{ID: schema.ConfluentID(7), Format: schema.FormatAvro, Text: `"string"`})
	c := schema.Cached(registry) // a confluent.Client or a glue.Client in earnest
	for range 3 {
		s, err := c.Schema(context.Background(), schema.ConfluentID(7))
		fmt.Println(s.Text, err)
	}
	fmt.Println(c.Stats().Fetches, "request")
	// Output:
	// "string" <nil>
	// "string" <nil>
	// "string" <nil>
	// 1 request
}

func ExampleBeginInvocation() {
	c := schema.Cached(schema.Static())
	ctx := schema.BeginInvocation(context.Background())
	for range 1000 { // records
		_, err := c.Schema(ctx, schema.ConfluentID(7))
		if !schema.Retryable(err) {
			fmt.Println(err)
		}
	}
	fmt.Println(c.Stats().Fetches, "request")
	// Output: 1 request
}
