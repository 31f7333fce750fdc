package batch_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/filter"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
)

// bulk notes the offsets of every call.
type bulk struct {
	calls [][]int64
	err   func(call int, list []batch.Message[order]) error
}

func (b *bulk) insert(_ context.Context, list []batch.Message[order]) error {
	var offsets []int64
	for _, m := range list {
		offsets = append(offsets, m.Offset)
	}
	b.calls = append(b.calls, offsets)
	if b.err == nil {
		return nil
	}
	return b.err(len(b.calls), list)
}

// once fails the first call only.
func once(err error) func(int, []batch.Message[order]) error {
	return func(call int, _ []batch.Message[order]) error {
		if call == 1 {
			return err
		}
		return nil
	}
}

func always(err error) func(int, []batch.Message[order]) error {
	return func(int, []batch.Message[order]) error { return err }
}

func TestSlices(t *testing.T) {
	at := func(i int, err error) error { return &batch.SliceError{Index: i, Err: err} }
	retry := batch.WithRetry(batch.RetryPolicy{MaxAttempts: 2, BaseDelay: 1, MaxDelay: 1})
	tests := []struct {
		name   string
		err    func(int, []batch.Message[order]) error
		opts   []batch.Option
		calls  [][]int64
		result batch.Result
		letter []string
	}{
		{
			name: "one call for a partition", calls: [][]int64{{0, 1, 2, 3}},
			result: batch.Result{Records: 4, Succeeded: 4},
		},
		{
			name: "before the index is done, behind it is deferred", err: always(at(1, errBoom)),
			calls: [][]int64{{0, 1, 2, 3}}, result: batch.Result{Records: 4, Succeeded: 1, Failed: 1, Deferred: 2},
		},
		{
			name: "a retry goes on from the index", err: once(at(1, errBoom)), opts: []batch.Option{retry},
			calls: [][]int64{{0, 1, 2, 3}, {1, 2, 3}}, result: batch.Result{Records: 4, Succeeded: 4},
		},
		{
			name: "attempts count for each record", opts: []batch.Option{retry},
			err: func(call int, _ []batch.Message[order]) error {
				if call < 4 {
					return at(min(call-1, 1), errBoom)
				}
				return nil
			},
			calls: [][]int64{{0, 1, 2, 3}, {0, 1, 2, 3}, {1, 2, 3}, {2, 3}}, result: batch.Result{Records: 4, Succeeded: 4},
		},
		{
			name: "a permanent failure goes to the sink and the rest goes on", err: once(batch.Permanent(at(1, errBoom))),
			calls: [][]int64{{0, 1, 2, 3}, {2, 3}}, letter: []string{"orders-0:1"},
			result: batch.Result{Records: 4, Succeeded: 3, DeadLettered: 1},
		},
		{
			name: "a permanent failure inside of the slice error too", err: once(at(3, batch.Permanent(errBoom))),
			calls: [][]int64{{0, 1, 2, 3}}, letter: []string{"orders-0:3"},
			result: batch.Result{Records: 4, Succeeded: 3, DeadLettered: 1},
		},
		{
			name: "a skip", err: once(batch.Skip(at(0, errBoom))),
			calls: [][]int64{{0, 1, 2, 3}, {1, 2, 3}}, result: batch.Result{Records: 4, Succeeded: 3, Skipped: 1},
		},
		{
			name: "any other error is not blamed on a record", err: always(batch.Permanent(errBoom)), opts: []batch.Option{batch.WithDeadLetterAfter(1)},
			calls: [][]int64{{0, 1, 2, 3}}, result: batch.Result{Records: 4, Failed: 1, Deferred: 3},
		},
		{
			name: "nor is an index that does not exist", err: always(at(4, errBoom)),
			calls: [][]int64{{0, 1, 2, 3}}, result: batch.Result{Records: 4, Failed: 1, Deferred: 3},
		},
		{
			name: "a skipped slice is handled", err: always(batch.Skip(errBoom)),
			calls: [][]int64{{0, 1, 2, 3}}, result: batch.Result{Records: 4, Skipped: 4},
		},
		{
			name: "a panic defers the rest", err: func(int, []batch.Message[order]) error { panic("x") },
			calls: [][]int64{{0, 1, 2, 3}}, result: batch.Result{Records: 4, Failed: 1, Deferred: 3},
		},
		{
			name: "Goexit defers the rest", err: func(int, []batch.Message[order]) error { runtime.Goexit(); return nil },
			calls: [][]int64{{0, 1, 2, 3}}, result: batch.Result{Records: 4, Failed: 1, Deferred: 3},
		},
		{
			name: "by key", opts: []batch.Option{batch.WithOrder(batch.ByKey)}, err: once(at(0, errBoom)),
			calls: [][]int64{{0, 2}, {1, 3}}, result: batch.Result{Records: 4, Succeeded: 2, Failed: 1, Deferred: 1},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := bulk{err: tt.err}
			var sink letters
			opts := append([]batch.Option{silent, batch.WithDeadLetter(&sink)}, tt.opts...)
			res, err := batch.NewPartial(batch.Slices(schema.JSON[order](), b.insert), opts...).Process(t.Context(), event(part("orders", 0, 4)))
			if err != nil {
				t.Fatal(err)
			}
			checkCounts(t, res, tt.result)
			if diff := cmp.Diff(tt.calls, b.calls) + cmp.Diff(tt.letter, sink.list()); diff != "" {
				t.Error(diff)
			}
			if n := len(named(res.Response)); n != res.Failed+res.Deferred {
				t.Errorf("%d named", n)
			}
		})
	}
}

func TestSlicesAreCutAtWhatIsNotTheirs(t *testing.T) {
	p := part("orders", 0, 8)
	p.Records[2].Value = nil                // a delete
	p.Records[4].Value = []byte(`not JSON`) // undecodable
	p.Records[6].Value = []byte(`{"n":-1}`) // filtered
	var b bulk
	var deleted calls
	h := batch.OnTombstone(batch.Slices(schema.JSON[order](), b.insert, batch.WithMaxSlice(2)), failing(&deleted, failAt(-1, nil)))
	var sink letters
	res, err := batch.NewPartial(h, silent, batch.WithDeadLetter(&sink),
		batch.WithFilter(filter.MustCompile(`{"value":{"n":[{"numeric":[">=",0]}]}}`))).Process(t.Context(), event(p))
	if err != nil {
		t.Fatal(err)
	}
	checkCounts(t, res, batch.Result{Records: 8, Succeeded: 6, Filtered: 1, DeadLettered: 1})
	if diff := cmp.Diff([][]int64{{0, 1}, {3}, {5, 7}}, b.calls); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"orders-0:2"}, deleted.list()) + cmp.Diff([]string{"orders-0:4"}, sink.list()); diff != "" {
		t.Error(diff)
	}
}

func TestAFailedSliceStopsBeforeWhatFollows(t *testing.T) {
	for _, tt := range []struct {
		order  batch.Order
		result batch.Result
		calls  [][]int64
	}{
		{batch.ByPartition, batch.Result{Records: 6, Failed: 1, Deferred: 5}, [][]int64{{0, 1}}},
		{batch.Unordered, batch.Result{Records: 6, Succeeded: 4, Failed: 1, Deferred: 1}, [][]int64{{0, 1}, {3, 4}, {5}}},
	} {
		t.Run(tt.order.String(), func(t *testing.T) {
			p := part("orders", 0, 6)
			p.Records[2].Value = nil
			b := bulk{err: once(errBoom)}
			deleted := 0
			h := batch.OnTombstone(batch.Slices(schema.JSON[order](), b.insert, batch.WithMaxSlice(2)),
				batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { deleted++; return nil }))
			res, err := batch.NewPartial(h, silent, batch.WithOrder(tt.order)).Process(t.Context(), event(p))
			if err != nil {
				t.Fatal(err)
			}
			checkCounts(t, res, tt.result)
			if diff := cmp.Diff(tt.calls, b.calls); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAbandonedSlice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		h := batch.Slices(schema.JSON[order](), func(context.Context, []batch.Message[order]) error { time.Sleep(time.Hour); return nil })
		res, err := batch.NewPartial(h, silent, batch.WithDeadLetterAfter(1)).Process(ctx, event(part("orders", 0, 3), part("orders", 1, 1)))
		if err != nil {
			t.Fatal(err)
		}
		checkCounts(t, res, batch.Result{Records: 4, Failed: 3, Deferred: 1})
		time.Sleep(2 * time.Hour)
	})
}

func TestASliceIsNotGoneOnWithWhenTimeIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		b := bulk{err: func(int, []batch.Message[order]) error {
			time.Sleep(time.Minute) // minds no context
			return batch.Skip(&batch.SliceError{Index: 0, Err: errBoom})
		}}
		h := batch.Slices(schema.JSON[order](), b.insert)
		// Zero copy waits for the function, so its outcome counts.
		res, err := batch.NewPartial(h, silent, batch.WithZeroCopy()).Process(ctx, event(part("orders", 0, 3)))
		if err != nil {
			t.Fatal(err)
		}
		checkCounts(t, res, batch.Result{Records: 3, Skipped: 1, Deferred: 2})
		if len(b.calls) != 1 {
			t.Errorf("%d calls, want one", len(b.calls))
		}
	})
}

func TestSlicesAlone(t *testing.T) {
	// As a plain handler, in a test or below a wrapper, a slice has one record.
	b := bulk{err: always(errBoom)}
	h := batch.Slices(schema.JSON[order](), b.insert)
	r := &part("orders", 0, 1).Records[0]
	if err := h.HandleRecord(t.Context(), r); !errors.Is(err, errBoom) {
		t.Error(err)
	}
	r.Value = []byte("x")
	if err := h.HandleRecord(t.Context(), r); schema.KindOf(err) != schema.KindDecode {
		t.Error(err)
	}
}

func TestSlicesWithMiddlewareIsAConfigurationError(t *testing.T) {
	h := batch.Mux(batch.AnyTopic(batch.OnTombstone(batch.Slices(schema.JSON[order](), new(bulk).insert), batch.Slices(schema.JSON[order](), new(bulk).insert))))
	p := batch.NewPartial(h, batch.WithMiddleware(func(h batch.Handler) batch.Handler { return h }))
	if _, err := p.Process(t.Context(), event()); err == nil {
		t.Error("no error")
	}
}

func ExampleSlices() {
	insert := func(_ context.Context, list []batch.Message[Order]) error {
		i := slices.IndexFunc(list, func(m batch.Message[Order]) bool { return m.Value.Total < 0 })
		if i >= 0 {
			return &batch.SliceError{Index: i, Err: errors.New("negative total")}
		}
		fmt.Println("insert", len(list))
		return nil
	}
	p := batch.NewPartial(batch.Slices(schema.JSON[Order](), insert), discard)

	reply, err := p.Invoke(context.Background(), orders)
	fmt.Println(string(reply), err)
	// Output:
	// {"batchItemFailures":[{"itemIdentifier":{"partition":"orders-0","offset":42}},{"itemIdentifier":{"partition":"orders-0","offset":43}}]} <nil>
}

// handledBySlices runs fn over records 0 to 4, and returns the records that are
// not in the reply.
func handledBySlices(t *testing.T, fn func([]batch.Message[order]) error, opts ...batch.Option) []int64 {
	t.Helper()
	h := batch.Slices(schema.JSON[order](), func(_ context.Context, list []batch.Message[order]) error { return fn(list) })
	res, err := batch.NewPartial(h, append(opts, silent)...).Process(t.Context(), event(part("orders", 0, 5)))
	if err != nil {
		t.Fatal(err)
	}
	done := []int64{0, 1, 2, 3, 4}
	for _, f := range res.Response.BatchItemFailures {
		done = slices.DeleteFunc(done, func(o int64) bool { return o == f.ItemIdentifier.Offset })
	}
	return done
}

func TestSliceErrorsAreReadCautiously(t *testing.T) {
	at := func(i int) error { return &batch.SliceError{Index: i, Err: errBoom} }
	for name, c := range map[string]struct {
		err  error
		want []int64
	}{
		"the lowest of several":     {errors.Join(at(3), at(1)), []int64{0}},
		"one of several is outside": {errors.Join(at(3), at(9)), nil},
		"a skip of what is outside": {batch.Skip(at(7)), nil},
		"a skip of one before zero": {batch.Skip(at(-1)), nil},
	} {
		got := handledBySlices(t, func(list []batch.Message[order]) error {
			if len(list) == 5 {
				return c.err
			}
			return nil
		})
		if len(got)+len(c.want) > 0 && !slices.Equal(got, c.want) {
			t.Errorf("%s: records %v count as handled, want %v", name, got, c.want)
		}
	}
}

func TestSeveralSliceErrorsDeadLetterOnlyTheLowestForItsOwnError(t *testing.T) {
	var sink letters
	got := handledBySlices(t, func([]batch.Message[order]) error {
		return errors.Join(&batch.SliceError{Index: 3, Err: batch.Permanent(errBoom)}, &batch.SliceError{Index: 1, Err: errBoom})
	}, batch.WithDeadLetter(&sink))
	if !slices.Equal(got, []int64{0}) || len(sink.list()) > 0 {
		t.Errorf("handled %v, dead-lettered %v", got, sink.list())
	}
}

func TestFunctionMayReorderItsSlice(t *testing.T) {
	var second []int64
	calls := 0
	got := handledBySlices(t, func(list []batch.Message[order]) error {
		if calls++; calls == 1 {
			slices.Reverse(list)
			return &batch.SliceError{Index: 2, Err: errBoom}
		}
		for _, m := range list {
			second = append(second, m.Offset)
		}
		return nil
	}, batch.WithRetry(batch.RetryPolicy{MaxAttempts: 2, BaseDelay: 1, MaxDelay: 1}))
	if diff := cmp.Diff([]int64{2, 3, 4}, second) + cmp.Diff([]int64{0, 1, 2, 3, 4}, got); diff != "" {
		t.Error(diff)
	}
}
