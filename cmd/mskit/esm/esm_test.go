package esm_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/cmd/mskit/esm"
	"github.com/mskit-go/mskit/cmd/mskit/esm/esmtest"
	"github.com/mskit-go/mskit/filter"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
)

const topic = "orders"

type order struct {
	ID  int  `json:"id"`
	Bad bool `json:"bad"`
}

// orders is a broker with n orders over four partitions; every hundredth is bad.
func orders(t *testing.T, n int) *esmtest.Broker {
	t.Helper()
	broker := esmtest.NewBroker(t, 4, topic)
	records := make([]*kgo.Record, n)
	for i := range records {
		value := fmt.Sprintf(`{"id":%d,"bad":%t}`, i, i%100 == 7)
		records[i] = &kgo.Record{Topic: topic, Partition: int32(i % 4), Key: fmt.Append(nil, i%16), Value: []byte(value)}
	}
	broker.Produce(t, records...)
	return broker
}

// wantCommitted fails the test unless the group has committed the end of every
// partition.
func wantCommitted(t *testing.T, broker *esmtest.Broker) {
	t.Helper()
	if n := broker.Lag(t, "mskit", topic); n != 0 {
		t.Errorf("lag %d, want the end of the log committed", n)
	}
}

// ledger is what the function has taken, by partition and in order.
type ledger struct {
	mu    sync.Mutex
	taken map[kafkaevent.TopicPartition][]int64
}

func (l *ledger) take(r *kafkaevent.Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.taken == nil {
		l.taken = make(map[kafkaevent.TopicPartition][]int64)
	}
	l.taken[r.TopicPartition] = append(l.taken[r.TopicPartition], r.Offset)
}

// wantAll fails the test unless every offset was taken, first times in order.
func (l *ledger) wantAll(t *testing.T, n int) {
	t.Helper()
	total := 0
	for tp, offsets := range l.taken {
		next := int64(0)
		for _, o := range offsets {
			if o > next {
				t.Errorf("%v: offset %d came before %d", tp, o, next)
			}
			if o == next {
				next++
			}
		}
		total += int(next)
	}
	if total != n {
		t.Errorf("%d records taken, want %d", total, n)
	}
}

// wantEach fails the test unless every offset was taken, in whatever order.
func (l *ledger) wantEach(t *testing.T, n int) {
	t.Helper()
	total := 0
	for _, offsets := range l.taken {
		slices.Sort(offsets)
		total += len(slices.Compact(offsets))
	}
	if total != n {
		t.Errorf("%d records taken, want %d", total, n)
	}
}

var silent = batch.WithLogger(slog.New(slog.DiscardHandler))

func TestEveryRecordIsAccountedFor(t *testing.T) {
	const n = 5000
	broker := orders(t, n)
	var l ledger
	dead := 0
	handle := func(_ context.Context, m batch.Message[order]) error {
		l.take(m.Record)
		if m.Value.Bad {
			return batch.Permanent(errors.New("bad"))
		}
		return nil
	}
	p := batch.NewPartial(batch.Values(schema.JSON[order](), handle), silent,
		batch.WithDeadLetter(batch.DeadLetterSinkFunc(func(context.Context, batch.DeadLetter) error { dead++; return nil })))
	got, err := esm.Run(t.Context(), p, broker.Config(topic))
	if err != nil {
		t.Fatal(err)
	}
	if got.Records != n || got.Succeeded != n || dead != n/100 {
		t.Errorf("%+v and %d dead letters, want %d taken and %d", got, dead, n, n/100)
	}
	l.wantAll(t, n)
	wantCommitted(t, broker)
}

func TestPartialRepliesAreRedelivered(t *testing.T) {
	for _, fromLowest := range []bool{false, true} {
		t.Run(fmt.Sprintf("from lowest offset %t", fromLowest), func(t *testing.T) {
			const n = 1000
			broker := orders(t, n)
			var l ledger
			tries := make(map[string]int)
			handle := func(_ context.Context, r *kafkaevent.Record) error {
				if tries[r.ID()]++; tries[r.ID()] == 1 && r.Offset%50 == 3 {
					return errors.New("not yet")
				}
				l.take(r)
				return nil
			}
			config := broker.Config(topic)
			config.FromLowestOffset = fromLowest
			got, err := esm.Run(t.Context(), batch.NewPartial(batch.HandlerFunc(handle), silent), config)
			if err != nil || got.Succeeded != n || got.PartialFailures == 0 {
				t.Errorf("%+v, %v, want all taken after partial failures", got, err)
			}
			l.wantAll(t, n)
			wantCommitted(t, broker)
		})
	}
}

func TestRetriedIsWhatIsDeliveredBeyondTheFirstTime(t *testing.T) {
	for name, reply := range map[string]func(e *kafkaevent.Event) ([]byte, error){
		"partial reply": func(e *kafkaevent.Event) ([]byte, error) {
			return fmt.Appendf(nil, `{"batchItemFailures":[{"itemIdentifier":{"partition":%q,"offset":%d}}]}`, e.Partitions[0].Key, e.Partitions[0].Records[0].Offset), nil
		},
		"failure, in halves": func(*kafkaevent.Event) ([]byte, error) { return nil, errors.New("down") },
	} {
		t.Run(name, func(t *testing.T) {
			const n = 100
			broker := orders(t, n)
			delivered := 0
			config := broker.Config(topic)
			config.MaximumRetryAttempts = new(2)
			config.BisectBatchOnFunctionError = true
			got, err := esm.Run(t.Context(), invoker(func(_ context.Context, payload []byte) ([]byte, error) {
				e, err := kafkaevent.Parse(payload)
				if err != nil {
					return nil, err
				}
				delivered += e.Len()
				return reply(e)
			}), config)
			if err != nil || got.Retried == 0 || got.Retried != delivered-n {
				t.Errorf("%+v, %v, want %d retried", got, err, delivered-n)
			}
		})
	}
}

// invoker is a function of the whole payload.
type invoker func(ctx context.Context, payload []byte) ([]byte, error)

func (f invoker) Invoke(ctx context.Context, payload []byte) ([]byte, error) { return f(ctx, payload) }

func TestWhatFailsIsGivenUpAlone(t *testing.T) {
	const n = 1000
	for name, reply := range map[string]func() ([]byte, error){
		"function error": func() ([]byte, error) { return nil, errors.New("down") },
		"text":           func() ([]byte, error) { return []byte("text"), nil },
		"named twice": func() ([]byte, error) {
			return []byte(`{"batchItemFailures":[{"itemIdentifier":{"partition":"orders-0","offset":5}},{"itemIdentifier":{"partition":"orders-0","offset":5}}]}`), nil
		},
		"stranger": func() ([]byte, error) {
			return []byte(`{"batchItemFailures":[{"itemIdentifier":{"partition":"x-0","offset":1}}]}`), nil
		},
		"flat id": func() ([]byte, error) { return []byte(`{"batchItemFailures":[{"itemIdentifier":"orders-0-1"}]}`), nil },
	} {
		t.Run(name, func(t *testing.T) {
			broker := orders(t, n)
			var given []string
			config := broker.Config(topic)
			config.MaximumRetryAttempts = new(2)
			config.BisectBatchOnFunctionError = true
			config.OnFailure = esm.DestinationFunc(func(_ context.Context, f *esm.Failure) error {
				for r := range f.Event.Records() {
					given = append(given, fmt.Sprint(f.Condition, " ", r.Offset, " ", f.InvokeCount > 2, " ", f.Response.FunctionError))
				}
				return nil
			})
			got, err := esm.Run(t.Context(), invoker(func(_ context.Context, payload []byte) ([]byte, error) {
				e, err := kafkaevent.Parse(payload)
				if err != nil {
					t.Error(err)
				}
				for r := range e.Records() {
					if r.Offset == 5 {
						return reply()
					}
				}
				return []byte(`{"batchItemFailures":[]}`), nil
			}), config)
			if err != nil || got.GivenUp != 4 || got.Succeeded != n-4 || got.Dropped != 0 {
				t.Errorf("%+v, %v, want offset 5 of each partition given up", got, err)
			}
			for _, g := range given {
				if g != "RetryAttemptsExhausted 5 true Unhandled" {
					t.Errorf("given up: %s", g)
				}
			}
			wantCommitted(t, broker)
		})
	}
}

func TestFilteredRecordsAreDone(t *testing.T) {
	const n = 1000
	broker := orders(t, n)
	seen := 0
	config := broker.Config(topic)
	config.Filter = filter.MustCompile(`{"value":{"bad":[true]}}`)
	got, err := esm.Run(t.Context(), batch.NewPartial(batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { seen++; return nil }), silent), config)
	if err != nil || got.Filtered != n-n/100 || got.Succeeded != n/100 || seen != n/100 {
		t.Errorf("%+v, %v, %d seen, want %d", got, err, seen, n/100)
	}
	wantCommitted(t, broker)
}

func TestWhatWasUnderWayComesAgain(t *testing.T) {
	const n = 2000
	broker := orders(t, n)
	var l ledger
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	calls := 0
	p := batch.NewPartial(batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error {
		if calls++; calls == n/2 {
			cancel(stop)
		}
		l.take(r)
		return nil
	}), silent)
	config := broker.Config(topic)
	if _, err := esm.Run(ctx, p, config); !errors.Is(err, stop) {
		t.Fatalf("error %v, want the cause", err)
	}
	if _, err := esm.Run(t.Context(), p, config); err != nil {
		t.Fatal(err)
	}
	l.wantAll(t, n)
	wantCommitted(t, broker)
}

func TestEventsComeFromTheConfiguredSource(t *testing.T) {
	const arn = "arn:aws:kafka:eu-north-1:111122223333:cluster/plant/0f9c1a52-6f1e-4a55-9a77-2d6f3d1b7c10-3"
	for given, want := range map[string]string{"": "SelfManagedKafka", arn: "aws:kafka"} {
		broker := orders(t, 10)
		config := broker.Config(topic)
		config.EventSourceARN = given
		got, err := esm.Run(t.Context(), invoker(func(_ context.Context, payload []byte) ([]byte, error) {
			if e, err := kafkaevent.Parse(payload); err != nil || e.Source != want || e.SourceARN != given {
				t.Errorf("%+v, %v, want events of %s %s", e, err, want, given)
			}
			return []byte(`null`), nil
		}), config)
		if err != nil || got.Succeeded != 10 {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

func TestLargeBatchesAreSplit(t *testing.T) {
	broker := orders(t, 0)
	value := make([]byte, 700_000)
	for range 20 {
		broker.Produce(t, &kgo.Record{Topic: topic, Partition: 1, Value: value})
	}
	largest := 0
	got, err := esm.Run(t.Context(), invoker(func(_ context.Context, payload []byte) ([]byte, error) {
		largest = max(largest, len(payload))
		return []byte(`null`), nil
	}), broker.Config(topic))
	if err != nil || got.Succeeded != 20 || got.Invocations < 3 || largest > 6<<20 {
		t.Errorf("%+v, %v, largest event %d bytes, want it under 6 MiB", got, err, largest)
	}
}
