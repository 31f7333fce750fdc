package batch_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
)

// claims is what a slice function and a sink have said is handled.
type claims struct {
	mu      sync.Mutex
	handled map[string]bool
	last    map[string]int64 // by lane, the last that was handled
	wrong   string
}

func (c *claims) add(lane string, r *kafkaevent.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := fmt.Sprintf("%v:%d", r.TopicPartition, r.Offset)
	if c.handled[id] {
		c.wrong = id + " was handled twice"
	}
	c.handled[id] = true
	if last, ok := c.last[lane]; ok && last > r.Offset {
		c.wrong = fmt.Sprintf("%s was handled after %d", id, last)
	}
	c.last[lane] = r.Offset
}

// The reply names exactly what no slice function has handled, in one delivery,
// whatever the function does.
func TestSlicesNameWhatIsNotHandled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		by := rapid.SampledFrom([]batch.Order{batch.ByPartition, batch.ByKey, batch.Unordered}).Draw(t, "order")
		lane := func(r *kafkaevent.Record) string {
			if by == batch.ByKey {
				return r.TopicPartition.String() + string(r.Key)
			}
			return r.TopicPartition.String()
		}
		c := claims{handled: make(map[string]bool), last: make(map[string]int64)}
		// What the calls do, drawn before the goroutines run.
		script := rapid.SliceOfN(rapid.IntRange(0, 9), 60, 60).Draw(t, "script")
		index := rapid.SliceOfN(rapid.IntRange(-1, 12), 60, 60).Draw(t, "index")
		var mu sync.Mutex
		next := 0
		fn := func(_ context.Context, list []batch.Message[order]) error {
			mu.Lock()
			n := next % len(script)
			next++
			mu.Unlock()
			var err error
			switch script[n] {
			case 0:
				err = errBoom
			case 1:
				err = batch.Permanent(errBoom)
			case 2:
				panic("boom")
			case 3:
				runtime.Goexit()
			default:
				for _, m := range list {
					c.add(lane(m.Record), m.Record)
				}
				return nil
			}
			i := index[n]
			for _, m := range list[:min(max(i, 0), len(list))] {
				if i < len(list) {
					c.add(lane(m.Record), m.Record)
				}
			}
			return &batch.SliceError{Index: i, Err: err}
		}
		sink := batch.DeadLetterSinkFunc(func(_ context.Context, l batch.DeadLetter) error {
			if l.Record.Offset%4 == 3 {
				return errors.New("the sink is full")
			}
			c.add(lane(l.Record), l.Record)
			return nil
		})
		deletes := batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error {
			c.add(lane(r), r)
			return nil
		})

		var parts []kafkaevent.Partition
		for i := range rapid.IntRange(1, 4).Draw(t, "partitions") {
			p := part("orders", int32(i), rapid.IntRange(0, 12).Draw(t, "records"))
			for ri := range p.Records {
				switch rapid.IntRange(0, 9).Draw(t, "kind") {
				case 0:
					p.Records[ri].Value = nil
				case 1:
					p.Records[ri].Value = []byte("not JSON")
				}
			}
			parts = append(parts, p)
		}
		h := batch.OnTombstone(batch.Slices(schema.JSON[order](), fn, batch.WithMaxSlice(rapid.IntRange(0, 4).Draw(t, "most"))), deletes)
		res, err := batch.NewPartial(h, silent, batch.WithOrder(by), batch.WithDeadLetter(sink),
			batch.WithConcurrency(rapid.IntRange(1, 4).Draw(t, "concurrency")),
			batch.WithRetry(batch.RetryPolicy{MaxAttempts: rapid.IntRange(1, 3).Draw(t, "attempts"), BaseDelay: time.Nanosecond, MaxDelay: time.Nanosecond}),
		).Process(context.Background(), event(parts...))
		if err != nil {
			t.Fatal(err)
		}
		if c.wrong != "" {
			t.Error(c.wrong)
		}
		var want []string
		for _, p := range parts {
			for _, r := range p.Records {
				if id := fmt.Sprintf("%v:%d", r.TopicPartition, r.Offset); !c.handled[id] {
					want = append(want, id)
				}
			}
		}
		if diff := cmp.Diff(want, named(res.Response), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("not handled and named differ (-want +got):\n%s", diff)
		}
		if res.Failed+res.Deferred != len(want) || len(res.Failures) != res.Failed {
			t.Errorf("%d failed, %d failures, %d deferred of %d", res.Failed, len(res.Failures), res.Deferred, len(want))
		}
	})
}
