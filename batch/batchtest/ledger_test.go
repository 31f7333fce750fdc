package batchtest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/batch/batchtest"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
)

// loop is a handler written by hand: it calls do for every record and replies
// with what do returns.
func loop(ledger *batchtest.Ledger, do func(r *kafkaevent.Record) error) handler {
	h := ledger.Middleware(batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error { return do(r) }))
	return func(ctx context.Context, e *kafkaevent.Event) (string, error) {
		for r := range e.Records() {
			_ = h.HandleRecord(ctx, r)
		}
		return "", nil
	}
}

func TestLedgerFindsASwallowedError(t *testing.T) {
	var ledger batchtest.Ledger
	h := loop(&ledger, func(r *kafkaevent.Record) error {
		switch r.Offset {
		case 1:
			return errors.New("failed")
		case 2:
			return batch.Skip(errors.New("not worth it"))
		}
		return nil
	})
	ft := &fakeT{}
	batchtest.Run(ft, h, log(1, 3), batchtest.Config{Ledger: &ledger})
	ft.want(t, "record t/0/1 is lost")
}

func TestLedgerExempts(t *testing.T) {
	ledger := batchtest.Ledger{Exempt: func(r *kafkaevent.Record) bool { return r.Offset == 1 }}
	h := loop(&ledger, func(r *kafkaevent.Record) error {
		if r.Offset == 1 {
			return errors.New("failed")
		}
		return nil
	})
	batchtest.Run(t, h, log(1, 3), batchtest.Config{Ledger: &ledger})
}

func TestLedgerFindsABrokenOrder(t *testing.T) {
	records := []kafkaevent.Record{
		kafkaeventtest.Text("t", "0", kafkaeventtest.WithKey("a")),
		kafkaeventtest.Text("t", "1", kafkaeventtest.WithKey("b")),
		kafkaeventtest.Text("t", "2", kafkaeventtest.WithKey("a")),
		kafkaeventtest.Text("t", "3"),
		kafkaeventtest.Text("t", "4"),
	}
	run := func(order batch.Order, sequence ...int) *fakeT {
		var ledger batchtest.Ledger
		ok := ledger.Middleware(batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return nil }))
		h := handler(func(ctx context.Context, e *kafkaevent.Event) (string, error) {
			for _, i := range sequence {
				if err := ok.HandleRecord(ctx, &e.Partitions[0].Records[i]); err != nil {
					return "", err
				}
			}
			return "", nil
		})
		ft := &fakeT{}
		batchtest.Run(ft, h, records, batchtest.Config{Ledger: &ledger, Order: order})
		return ft
	}
	run(batch.ByPartition, 0, 1, 2, 3, 4, 1, 0).want(t) // duplicates may come in any order
	run(batch.ByPartition, 0, 2, 1, 3, 4).want(t, "record t/0/2 was handled before t/0/1")
	run(batch.ByKey, 1, 3, 0, 4, 2).want(t)
	run(batch.ByKey, 2, 1, 0, 4, 3).want(t, "record t/0/2 was handled before t/0/0", "record t/0/4 was handled before t/0/3")
	run(batch.Unordered, 4, 3, 2, 1, 0).want(t)
}

func TestLedgerFindsALateStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ledger batchtest.Ledger
		ok := ledger.Middleware(batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return nil }))
		h := handler(func(ctx context.Context, e *kafkaevent.Event) (string, error) {
			if e.Len() == 1 {
				time.Sleep(2 * time.Second)
				return "", ok.HandleRecord(ctx, &e.Partitions[0].Records[0])
			}
			first, second := &e.Partitions[0].Records[0], &e.Partitions[0].Records[1]
			go func() {
				time.Sleep(time.Second)
				_ = ok.HandleRecord(ctx, second)
			}()
			return "", ok.HandleRecord(ctx, first)
		})
		ft := &fakeT{}
		batchtest.Run(ft, h, log(1, 3), batchtest.Config{Ledger: &ledger, BatchSize: 2})
		ft.want(t, "t/0/1 is lost", "record t/0/1 was started after its invocation had ended")
	})
}

func TestLedgerCounts(t *testing.T) {
	var ledger batchtest.Ledger
	h := loop(&ledger, func(*kafkaevent.Record) error { return nil })
	batchtest.Run(t, h, log(1, 2), batchtest.Config{Ledger: &ledger, Faults: func(inv batchtest.Invocation) batchtest.Fault {
		if inv.Attempt < 3 {
			return batchtest.CrashAfter
		}
		return batchtest.NoFault
	}})
	if ledger.Handled("t/0/1") != 3 || ledger.Handled("t/0/9") != 0 || ledger.Duplicates() != 4 {
		t.Errorf("handled %d times, %d duplicates", ledger.Handled("t/0/1"), ledger.Duplicates())
	}
}

func TestLedgerNotesTheSink(t *testing.T) {
	for name, tt := range map[string]struct {
		sink batch.DeadLetterSink
		want int
	}{
		"none":           {nil, 1},
		"one that works": {batch.DeadLetterSinkFunc(func(context.Context, batch.DeadLetter) error { return nil }), 1},
		"one that fails": {batch.DeadLetterSinkFunc(func(context.Context, batch.DeadLetter) error { return errors.New("full") }), 0},
	} {
		var ledger batchtest.Ledger
		err := ledger.Sink(tt.sink).Put(t.Context(), batch.DeadLetter{Record: batchtest.Record([]byte("x"))})
		if got := ledger.Handled("test/0/0"); got != tt.want || (err == nil) != (tt.want == 1) {
			t.Errorf("%s: handled %d times, %v", name, got, err)
		}
	}
}

func TestMessages(t *testing.T) {
	m := batchtest.Message("text", kafkaeventtest.WithTopic("orders"), kafkaeventtest.WithOffset(7), kafkaeventtest.WithKey("k"))
	if m.ID() != "orders/0/7" || m.Value != "text" || string(m.Record.Value) != "text" || string(m.Record.Key) != "k" {
		t.Errorf("message is %v %q %q", m, m.Value, m.Record.Value)
	}
	if b := batchtest.Message([]byte{1}); string(b.Record.Value) != "\x01" {
		t.Errorf("bytes are %q", b.Record.Value)
	}
	if n := batchtest.Message(make(chan int)); n.Record.Value == nil || len(n.Record.Value) != 0 || n.Tombstone() {
		t.Errorf("a value without JSON is %#v", n.Record.Value)
	}
	k := batchtest.KeyedMessage(7, Order{ID: 1}, kafkaeventtest.WithPartition(2))
	if k.Key != 7 || string(k.Record.Key) != "7" || string(k.Record.Value) != `{"id":1}` || k.Partition != 2 {
		t.Errorf("message is %v %q %q", k, k.Record.Key, k.Record.Value)
	}
	if r := batchtest.Record(nil); !r.Tombstone() || r.ID() != "test/0/0" {
		t.Errorf("record is %v", r)
	}
}
