package batch_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent"
)

func TestByKeyStopsOneKey(t *testing.T) {
	// Keys k0, k1 alternate: offsets 0, 2, 4 and 1, 3, 5.
	for _, n := range []int{1, 4} {
		t.Run(fmt.Sprint("concurrency ", n), func(t *testing.T) {
			p := batch.NewPartial(batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error {
				return failAt(2, errBoom)(r)
			}), silent, batch.WithOrder(batch.ByKey), batch.WithConcurrency(n))
			res, err := p.Process(t.Context(), event(part("orders", 0, 6), part("orders", 1, 6)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"orders-0:2", "orders-0:4"}, named(res.Response)); diff != "" {
				t.Error(diff)
			}
			checkCounts(t, res, batch.Result{Records: 12, Succeeded: 10, Failed: 1, Deferred: 1})
		})
	}
}

func TestByKeyLanes(t *testing.T) {
	p := part("orders", 0, 6)
	for i, key := range [][]byte{nil, {}, []byte("a"), nil, {}, []byte("a")} {
		p.Records[i].Key = key
	}
	failing := func(offset int64) []string {
		h := batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error { return failAt(offset, errBoom)(r) })
		res, err := batch.NewPartial(h, silent, batch.WithOrder(batch.ByKey)).Process(t.Context(), event(p))
		if err != nil {
			t.Fatal(err)
		}
		return named(res.Response)
	}
	got := [][]string{failing(0), failing(1), failing(2)}
	want := [][]string{
		{"orders-0:0", "orders-0:3"}, // no key
		{"orders-0:1", "orders-0:4"}, // an empty key
		{"orders-0:2", "orders-0:5"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestUnorderedNamesOnlyTheFailed(t *testing.T) {
	for _, n := range []int{1, 4} {
		h := batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error {
			if r.Offset%3 == 1 {
				return errBoom
			}
			return nil
		})
		p := batch.NewPartial(h, silent, batch.WithOrder(batch.Unordered), batch.WithConcurrency(n))
		res, err := p.Process(t.Context(), event(part("orders", 0, 6), part("orders", 1, 2)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"orders-0:1", "orders-0:4", "orders-1:1"}, named(res.Response)); diff != "" {
			t.Error(diff)
		}
		checkCounts(t, res, batch.Result{Records: 8, Succeeded: 5, Failed: 3})
	}
}

// crew notes how many handlers run at once, over all and per lane.
type crew struct {
	mu    sync.Mutex
	busy  map[string]int
	all   int
	most  int
	wrong string
	next  map[string]int64
}

func (c *crew) enter(lane string, offset int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all++
	c.most = max(c.most, c.all)
	if c.busy[lane]++; c.busy[lane] > 1 {
		c.wrong = lane + ": two at once"
	}
	if offset < c.next[lane] {
		c.wrong = fmt.Sprintf("%s: %d after %d", lane, offset, c.next[lane])
	}
	c.next[lane] = offset
}

func (c *crew) leave(lane string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all--
	c.busy[lane]--
}

func TestConcurrencyKeepsTheOrderOfLanes(t *testing.T) {
	tests := []struct {
		order batch.Order
		lane  func(r *kafkaevent.Record) string
		took  time.Duration // 4 partitions of 10 records and 2 keys, 8 at once, 1 ms each
		most  int
	}{
		{batch.ByPartition, func(r *kafkaevent.Record) string { return r.TopicPartition.String() }, 10 * time.Millisecond, 4},
		{batch.ByKey, func(r *kafkaevent.Record) string { return r.TopicPartition.String() + string(r.Key) }, 5 * time.Millisecond, 8},
		{batch.Unordered, func(r *kafkaevent.Record) string { return r.ID() }, 5 * time.Millisecond, 8},
	}
	for _, tt := range tests {
		t.Run(tt.order.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := crew{busy: map[string]int{}, next: map[string]int64{}}
				h := batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error {
					c.enter(tt.lane(r), r.Offset)
					defer c.leave(tt.lane(r))
					time.Sleep(time.Millisecond)
					return nil
				})
				began := time.Now()
				res, err := batch.NewPartial(h, batch.WithOrder(tt.order), batch.WithConcurrency(8)).
					Process(t.Context(), event(part("orders", 0, 10), part("orders", 1, 10), part("orders", 2, 10), part("orders", 3, 10)))
				if err != nil || res.Succeeded != 40 {
					t.Fatalf("%d succeeded, %v", res.Succeeded, err)
				}
				if c.wrong != "" {
					t.Error(c.wrong)
				}
				if took := time.Since(began); took != tt.took || c.most != tt.most {
					t.Errorf("took %v with up to %d at once, want %v with %d", took, c.most, tt.took, tt.most)
				}
			})
		})
	}
}

func TestSixteenLanesAtConcurrencySixteen(t *testing.T) {
	took := func(n int) time.Duration {
		var d time.Duration
		synctest.Test(t, func(t *testing.T) {
			var parts []kafkaevent.Partition
			for i := range int32(16) {
				parts = append(parts, part("orders", i, 20))
			}
			began := time.Now()
			if _, err := batch.NewPartial(sleeper(time.Millisecond), batch.WithConcurrency(n)).Process(t.Context(), event(parts...)); err != nil {
				t.Error(err)
			}
			d = time.Since(began)
		})
		return d
	}
	if one, sixteen := took(1), took(16); one < 12*sixteen {
		t.Errorf("%v at concurrency 16 and %v at 1, want 12 times faster", sixteen, one)
	}
}

func TestAllOrNothingStartsNothingAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var started atomic.Int64
		h := batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error {
			started.Add(1)
			if r.Partition == 0 {
				return errBoom
			}
			time.Sleep(time.Millisecond)
			return nil
		})
		p := batch.NewAllOrNothing(h, silent, batch.WithConcurrency(4))
		if _, err := p.Process(t.Context(), event(part("orders", 0, 9), part("orders", 1, 9), part("orders", 2, 9))); err == nil {
			t.Error("no error")
		}
		if n := started.Load(); n > 3 {
			t.Errorf("%d records started, want at most the 3 that could before the failure", n)
		}
	})
}
