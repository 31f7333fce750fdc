package demo

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/batch/deadletter"
	"github.com/mskit-go/mskit/batch/middleware"
	"github.com/mskit-go/mskit/examples/mixed/handler"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
)

var (
	errBusy    = errors.New("the warehouse is busy")
	errArticle = errors.New("the warehouse has no such article")
	errKilled  = errors.New("the process was killed")
)

// warehouse is what the function works with. It keeps a ledger of what it did.
type warehouse struct {
	mu        sync.Mutex
	busy      map[string]int // how often an order is yet to be turned away
	shipped   map[string]int // how often, by order
	cancelled map[string]int
	killed    bool
}

func newWarehouse(records []*record) *warehouse {
	w := &warehouse{busy: make(map[string]int), shipped: make(map[string]int), cancelled: make(map[string]int)}
	for _, r := range records {
		if r.busy > 0 {
			w.busy[r.order] = r.busy
		}
	}
	return w
}

func (w *warehouse) Ship(_ context.Context, _ string, o handler.Order) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch sku := o.Lines[0].SKU; {
	case w.killed || sku == killerSKU:
		w.killed = true
		return errKilled
	case sku == unknownSKU:
		return batch.Permanent(errArticle)
	case w.busy[o.ID] > 0:
		w.busy[o.ID]--
		return errBusy
	}
	w.shipped[o.ID]++
	return nil
}

func (w *warehouse) Cancel(_ context.Context, orderID string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.killed {
		return errKilled
	}
	w.cancelled[orderID]++
	return nil
}

// revive is for the sandbox that takes a dead one's place. It says whether one
// had died.
func (w *warehouse) revive() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	was := w.killed
	w.killed = false
	return was
}

func (w *warehouse) dead() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.killed
}

// function is the function as the mapping sees it: a sandbox with a processor,
// and a new sandbox after one has died. Of the function's own counts it keeps
// those of invocations whose reply got through.
type function struct {
	warehouse *warehouse
	registry  schema.Registry
	handled   middleware.Store
	letters   batch.DeadLetterSink
	pause     time.Duration

	processor *batch.Processor
	last      batch.Result

	counts Counts
}

// Counts are those of the function, over all replies that got through.
type Counts struct {
	Succeeded    int `json:"succeeded"`
	Filtered     int `json:"filtered"`
	Skipped      int `json:"skipped"` // duplicates, and what was done before a crash
	DeadLettered int `json:"deadLettered"`
	Crashes      int `json:"crashes"`
}

// Invoke is not for concurrent use: the mapping delivers one batch after the
// other.
func (f *function) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	time.Sleep(f.pause)
	if f.processor == nil {
		f.processor = handler.New(f.registry, f.warehouse, f.handled, f.letters,
			batch.WithLogger(slog.New(slog.DiscardHandler)),
			batch.WithObserver(batch.ObserverFunc(func(_ context.Context, r *batch.Result) { f.last = *r })))
	}
	reply, err := f.processor.Invoke(ctx, payload)
	if f.warehouse.revive() {
		// A process takes its reply along, whatever it had done.
		f.processor = nil
		f.counts.Crashes++
		return nil, errKilled
	}
	f.counts.Succeeded += f.last.Succeeded
	f.counts.Filtered += f.last.Filtered
	f.counts.Skipped += f.last.Skipped
	f.counts.DeadLettered += f.last.DeadLettered
	return reply, err
}

// letterSink sends dead letters to their topic, as long as the process lives.
func (s *stage) letterSink(w *warehouse) batch.DeadLetterSink {
	topic := deadletter.Topic(lettersTopic, deadletter.ProducerFunc(func(ctx context.Context, m deadletter.Message) error {
		r := &kgo.Record{Topic: m.Topic, Key: m.Key, Value: m.Value, Timestamp: m.Timestamp, Headers: headers(m.Headers)}
		return s.client.ProduceSync(ctx, r).FirstErr()
	}))
	return batch.DeadLetterSinkFunc(func(ctx context.Context, l batch.DeadLetter) error {
		if w.dead() {
			return errKilled
		}
		return topic.Put(ctx, l)
	})
}

func headers(h kafkaevent.Headers) []kgo.RecordHeader {
	converted := make([]kgo.RecordHeader, len(h))
	for i, x := range h {
		converted[i] = kgo.RecordHeader{Key: x.Key, Value: x.Value}
	}
	return converted
}
