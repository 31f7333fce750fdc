package batch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
)

var errBoom = errors.New("boom")

// failing fails at the named records and notes every call.
func failing(c *calls, how func(r *kafkaevent.Record) error) batch.Handler {
	return batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error {
		c.add(r)
		return how(r)
	})
}

func failAt(offset int64, err error) func(*kafkaevent.Record) error {
	return func(r *kafkaevent.Record) error {
		if r.Partition == 0 && r.Offset == offset {
			return err
		}
		return nil
	}
}

func TestPartialReply(t *testing.T) {
	three := func() *kafkaevent.Event { return event(part("orders", 0, 4), part("orders", 1, 2)) }
	broken := func() *kafkaevent.Event {
		e, err := kafkaevent.Parse([]byte(strings.Replace(string(payload(three())), text([]byte(`{"n":1}`)), `"%%%"`, 1)))
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	tests := []struct {
		name   string
		event  *kafkaevent.Event
		handle func(*kafkaevent.Record) error
		calls  []string
		want   []string
		result batch.Result
	}{
		{
			name:   "success is an empty list",
			event:  three(),
			handle: failAt(-1, nil),
			calls:  []string{"orders-0:0", "orders-0:1", "orders-0:2", "orders-0:3", "orders-1:0", "orders-1:1"},
			result: batch.Result{Records: 6, Succeeded: 6},
		},
		{
			name:   "a failure stops its partition and names the rest of it",
			event:  three(),
			handle: failAt(1, errBoom),
			calls:  []string{"orders-0:0", "orders-0:1", "orders-1:0", "orders-1:1"},
			want:   []string{"orders-0:1", "orders-0:2", "orders-0:3"},
			result: batch.Result{Records: 6, Succeeded: 3, Failed: 1, Deferred: 2},
		},
		{
			name:   "a permanent failure without a sink is reported",
			event:  three(),
			handle: failAt(3, batch.Permanent(errBoom)),
			calls:  []string{"orders-0:0", "orders-0:1", "orders-0:2", "orders-0:3", "orders-1:0", "orders-1:1"},
			want:   []string{"orders-0:3"},
			result: batch.Result{Records: 6, Succeeded: 5, Failed: 1},
		},
		{
			name:   "a skip is handled",
			event:  three(),
			handle: failAt(1, batch.Skip(errBoom)),
			calls:  []string{"orders-0:0", "orders-0:1", "orders-0:2", "orders-0:3", "orders-1:0", "orders-1:1"},
			result: batch.Result{Records: 6, Succeeded: 5, Skipped: 1},
		},
		{
			name:  "a panic is that record's failure",
			event: three(),
			handle: func(r *kafkaevent.Record) error {
				if r.Partition == 0 && r.Offset == 2 {
					panic("boom")
				}
				return nil
			},
			calls:  []string{"orders-0:0", "orders-0:1", "orders-0:2", "orders-1:0", "orders-1:1"},
			want:   []string{"orders-0:2", "orders-0:3"},
			result: batch.Result{Records: 6, Succeeded: 4, Failed: 1, Deferred: 1},
		},
		{
			name:  "Goexit is that record's failure",
			event: three(),
			handle: func(r *kafkaevent.Record) error {
				if r.Partition == 0 && r.Offset == 2 {
					runtime.Goexit()
				}
				return nil
			},
			calls:  []string{"orders-0:0", "orders-0:1", "orders-0:2", "orders-1:0", "orders-1:1"},
			want:   []string{"orders-0:2", "orders-0:3"},
			result: batch.Result{Records: 6, Succeeded: 4, Failed: 1, Deferred: 1},
		},
		{
			name:   "an undecodable record fails before the handler sees it",
			event:  broken(),
			handle: failAt(-1, nil),
			calls:  []string{"orders-0:0", "orders-1:0", "orders-1:1"},
			want:   []string{"orders-0:1", "orders-0:2", "orders-0:3"},
			result: batch.Result{Records: 6, Succeeded: 3, Failed: 1, Deferred: 2},
		},
		{
			name:   "no records are a success",
			event:  event(part("orders", 0, 0)),
			handle: failAt(-1, nil),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c calls
			p := batch.NewPartial(failing(&c, tt.handle), silent)
			res, err := p.Process(t.Context(), tt.event)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.calls, c.list()); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.want, named(res.Response)); diff != "" {
				t.Errorf("named (-want +got):\n%s", diff)
			}
			checkCounts(t, res, tt.result)
		})
	}
}

// checkCounts compares the six counts and what must hold for every result.
func checkCounts(t *testing.T, res *batch.Result, want batch.Result) {
	t.Helper()
	counts := func(r *batch.Result) [7]int {
		return [7]int{r.Records, r.Succeeded, r.Failed, r.Deferred, r.Filtered, r.Skipped, r.DeadLettered}
	}
	if got, want := counts(res), counts(&want); got != want {
		t.Errorf("records, succeeded, failed, deferred, filtered, skipped, dead-lettered = %v, want %v", got, want)
	}
	if sum := res.Succeeded + res.Failed + res.Deferred + res.Filtered + res.Skipped + res.DeadLettered; sum != res.Records {
		t.Errorf("the counts add up to %d of %d records", sum, res.Records)
	}
	if len(res.Failures) != res.Failed {
		t.Errorf("%d failures for Failed = %d", len(res.Failures), res.Failed)
	}
}

func TestInvokeReply(t *testing.T) {
	e := event(part("orders", 0, 2), part("a.b-c", 7, 1))
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"success", nil, `{"batchItemFailures":[]}`},
		{
			"everything failed", errBoom,
			`{"batchItemFailures":[{"itemIdentifier":{"partition":"orders-0","offset":0}},` +
				`{"itemIdentifier":{"partition":"orders-0","offset":1}},` +
				`{"itemIdentifier":{"partition":"a.b-c-7","offset":0}}]}`,
		},
	}
	for _, tt := range tests {
		for _, opts := range [][]batch.Option{nil, {batch.WithZeroCopy()}} {
			t.Run(tt.name, func(t *testing.T) {
				h := batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return tt.err })
				got, err := batch.NewPartial(h, append(opts, silent)...).Invoke(t.Context(), payload(e))
				if err != nil {
					t.Fatal(err)
				}
				if string(got) != tt.want {
					t.Errorf("reply\n%s, want\n%s", got, tt.want)
				}
			})
		}
	}
}

func TestReplyEchoesTheEventsKey(t *testing.T) {
	p := part("orders", 0, 2)
	p.Key = "a <\"strange\"> key-01"
	res, err := batch.NewPartial(batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return errBoom }), silent).
		Process(t.Context(), event(p))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(res)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{p.Key + ":0", p.Key + ":1"}, reply(t, text)); diff != "" {
		t.Error(diff)
	}
}

func TestReplyNamesNothingTwice(t *testing.T) {
	p := part("orders", 0, 3)
	p.Records[2].Offset = 1
	res, err := batch.NewPartial(batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return errBoom }), silent).
		Process(t.Context(), event(p))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"orders-0:0", "orders-0:1"}, named(res.Response)); diff != "" {
		t.Error(diff)
	}
}

func TestReplyOverSixMegabytes(t *testing.T) {
	p := part(strings.Repeat("x", 700), 0, 10_000)
	res, err := batch.NewPartial(batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return errBoom }), silent).
		Process(t.Context(), event(p))
	if e, ok := errors.AsType[*batch.ReplyTooLargeError](err); !ok || e.Size < 6<<20 {
		t.Errorf("error %v", err)
	}
	if !errors.Is(res.Err, err) {
		t.Errorf("result has error %v", res.Err)
	}
}

func TestAllOrNothing(t *testing.T) {
	var c calls
	p := batch.NewAllOrNothing(failing(&c, failAt(1, errBoom)), silent)
	got, err := p.Invoke(t.Context(), payload(event(part("orders", 0, 3), part("orders", 1, 2))))
	if got != nil {
		t.Errorf("reply %s beside an error", got)
	}
	e, ok := errors.AsType[*batch.IncompleteBatchError](err)
	if !ok || e.Records != 5 || e.Deferred != 3 || len(e.Failures) != 1 {
		t.Fatalf("error %#v", err)
	}
	if !errors.Is(err, errBoom) {
		t.Error("the handler's error is not in the tree")
	}
	if r, ok := errors.AsType[*batch.RecordError](err); !ok || r.Topic != "orders" || r.Partition != 0 || r.Offset != 1 {
		t.Errorf("record error %v", r)
	}
	if diff := cmp.Diff([]string{"orders-0:0", "orders-0:1"}, c.list()); diff != "" {
		t.Errorf("started after the first failure (-want +got):\n%s", diff)
	}
	const want = "batch: of 5 records 1 failed and 3 were not started; record orders/0/1: boom"
	if err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}

	got, err = batch.NewAllOrNothing(failing(&c, failAt(-1, nil)), silent).Invoke(t.Context(), payload(event(part("orders", 0, 3))))
	if err != nil || string(got) != `{"batchItemFailures":[]}` {
		t.Errorf("success: %s, %v", got, err)
	}
}

func TestInvalidEvent(t *testing.T) {
	for _, text := range []string{"", "null", "{", `{"Records":[{"eventSource":"aws:sqs"}]}`, `[{"topic":"orders"}]`} {
		called := 0
		p := batch.NewPartial(
			batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return nil }),
			silent,
			batch.WithObserver(batch.ObserverFunc(func(_ context.Context, r *batch.Result) {
				called++
				if r.Err == nil {
					t.Error("the observer sees no error")
				}
			})),
		)
		got, err := p.Invoke(t.Context(), []byte(text))
		if _, ok := errors.AsType[*batch.InvalidEventError](err); !ok || got != nil {
			t.Errorf("%q: %s, %v", text, got, err)
		}
		if called != 1 {
			t.Errorf("%q: observer called %d times", text, called)
		}
	}
	if _, err := batch.NewPartial(batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return nil })).Process(t.Context(), nil); err == nil {
		t.Error("a nil event is no event")
	}
}

type brokenDecoder struct{}

func (brokenDecoder) Decode(context.Context, schema.Input) (int, error) { panic("must not run") }
func (brokenDecoder) ConfigError() error {
	return &schema.Error{Kind: schema.KindConfig, Msg: "no framing to be had"}
}

func TestConfigurationErrors(t *testing.T) {
	ok := batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return nil })
	value := func(context.Context, batch.Message[int]) error { return nil }
	tests := []struct {
		name string
		p    *batch.Processor
		want string
	}{
		{"nil handler", batch.NewPartial(nil), "batch: configuration: the handler is nil"},
		{"nil func", batch.NewPartial(batch.HandlerFunc(nil)), "batch: configuration: the handler is nil (batch.HandlerFunc)"},
		{"nil decoder", batch.NewPartial(batch.Values(nil, value)), "batch: configuration: the decoder of Values is nil"},
		{"nil function", batch.NewPartial(batch.Values[int](brokenDecoder{}, nil)), "batch: configuration: schema: value: configuration: no framing to be had"},
		{"nil typed function", batch.NewPartial(batch.Values[int](schema.JSON[int](), nil)), "batch: configuration: the function of Values is nil"},
		{"decoder says so", batch.NewAllOrNothing(batch.Values(brokenDecoder{}, value)), "batch: configuration: schema: value: configuration: no framing to be had"},
		{"below a tombstone handler", batch.NewPartial(batch.OnTombstone(ok, nil)), "batch: configuration: the tombstone handler of OnTombstone is nil"},
		{"unknown order", batch.NewPartial(ok, batch.WithOrder(17)), "batch: configuration: unknown order 17"},
		{"middleware returns nil", batch.NewPartial(ok, batch.WithMiddleware(func(batch.Handler) batch.Handler { return nil })), "batch: configuration: the handler that a middleware returned is nil"},
		{"middleware panics", batch.NewPartial(ok, batch.WithMiddleware(func(batch.Handler) batch.Handler { panic(1) })), "batch: configuration: panic with a value of type int"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for range 2 {
				_, err := tt.p.Invoke(t.Context(), payload(event(part("orders", 0, 1))))
				if _, ok := errors.AsType[*batch.ConfigurationError](err); !ok || err.Error() != tt.want {
					t.Errorf("%v, want %s", err, tt.want)
				}
			}
		})
	}
}

func TestProcessorServesSeveralInvocationsAtOnce(t *testing.T) {
	t.Parallel()
	p := batch.NewPartial(batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error {
		if r.Offset == 3 {
			return errBoom
		}
		return nil
	}), silent, batch.WithConcurrency(4))
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			got, err := p.Invoke(t.Context(), payload(event(part("orders", 0, 5))))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"orders-0:3", "orders-0:4"}, reply(t, got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNoAllocationPerRecord(t *testing.T) {
	e := event(part("orders", 0, 1000), part("orders", 1, 1000))
	for _, concurrency := range []int{1, 16} {
		p := batch.NewPartial(batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return nil }),
			silent, batch.WithConcurrency(concurrency))
		n := testing.AllocsPerRun(10, func() {
			if _, err := p.Process(t.Context(), e); err != nil {
				t.Error(err)
			}
		})
		if n > 60 {
			t.Errorf("%v allocations for 2,000 records at concurrency %d", n, concurrency)
		}
	}
}
