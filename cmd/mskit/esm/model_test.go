package esm_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/batch/batchtest"
	"github.com/mskit-go/mskit/cmd/mskit/esm"
	"github.com/mskit-go/mskit/cmd/mskit/esm/esmtest"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
)

// moody is a function that fails as its seed has it, as a whole or for some
// records, and keeps what it was called with.
type moody struct {
	random *rand.Rand
	calls  [][]string
}

func newMoody(seed uint64) *moody { return &moody{random: rand.New(rand.NewPCG(seed, 0))} }

func (m *moody) Invoke(_ context.Context, payload []byte) ([]byte, error) {
	e, err := kafkaevent.Parse(payload)
	if err != nil {
		return nil, err
	}
	var ids []string
	reply := batch.Response{}
	for r := range e.Records() {
		ids = append(ids, r.ID())
		if m.random.IntN(3) == 0 {
			reply.BatchItemFailures = append(reply.BatchItemFailures, batch.ItemFailure{
				ItemIdentifier: batch.ItemIdentifier{Partition: r.TopicPartition.String(), Offset: r.Offset},
			})
		}
	}
	m.calls = append(m.calls, ids)
	switch m.random.IntN(3) {
	case 0:
		return nil, errors.New("down")
	case 1:
		return []byte(`{"batchItemFailures":[]}`), nil
	default:
		return json.Marshal(reply)
	}
}

// failures are the records in an on-failure destination, in order.
func failures(t *testing.T, messages [][]byte) []string {
	t.Helper()
	var ids []string
	for _, m := range messages {
		f, err := kafkaevent.ParseFailure(m)
		if err != nil {
			t.Fatal(err)
		}
		e, err := f.Event()
		if err != nil {
			t.Fatal(err)
		}
		for r := range e.Records() {
			ids = append(ids, r.ID())
		}
	}
	return ids
}

// Package batchtest is the model of this package: of one partition, both deliver
// the same batches and give the same records up.
func TestDeliversWhatBatchtestDelivers(t *testing.T) {
	const n = 60
	for seed := range uint64(24) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				broker := esmtest.NewBroker(t, 1, topic)
				var log []kafkaevent.Record
				for i := range n {
					value := fmt.Append(nil, i)
					log = append(log, kafkaeventtest.Value(topic, value))
					broker.Produce(t, &kgo.Record{Topic: topic, Value: value})
				}
				model := batchtest.Config{
					ReportBatchItemFailures:    true,
					BatchSize:                  7,
					MaximumRetryAttempts:       new(int(seed % 4)),
					BisectBatchOnFunctionError: seed%2 == 0,
					OnFailure:                  batchtest.ToBucket,
				}
				if seed%3 == 0 {
					model.Redelivery = batchtest.FromLowestOffset
				}
				want := newMoody(seed)
				report := batchtest.Run(t, want, log, model)

				var given []string
				config := broker.Config(topic)
				config.BatchSize = model.BatchSize
				config.MaximumRetryAttempts = model.MaximumRetryAttempts
				config.BisectBatchOnFunctionError = model.BisectBatchOnFunctionError
				config.FromLowestOffset = model.Redelivery == batchtest.FromLowestOffset
				config.OnFailure = esm.DestinationFunc(func(_ context.Context, f *esm.Failure) error {
					for r := range f.Event.Records() {
						given = append(given, r.ID())
					}
					return nil
				})
				got := newMoody(seed)
				s, err := esm.Run(t.Context(), got, config)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.EqualFunc(got.calls, want.calls, slices.Equal[[]string]) {
					t.Errorf("delivered\n%v, want\n%v", got.calls, want.calls)
				}
				if want := failures(t, report.OnFailure); !slices.Equal(given, want) || s.GivenUp != len(want) {
					t.Errorf("%+v, gave up %v, want %v", s, given, want)
				}
				wantAccounted(t, s)
			})
		})
	}
}

// Whatever goes wrong at once, every record is taken or in the destination in
// the end.
func TestAStormLosesNothing(t *testing.T) {
	const n = 400
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				broker := orders(t, n)
				var l ledger
				config := broker.Config(topic)
				config.BatchSize = 20
				config.RetryDelay = time.Second
				config.MaximumRetryAttempts = new(2)
				config.BisectBatchOnFunctionError = seed%2 == 0
				config.FromLowestOffset = seed%3 == 0
				config.OnFailure = esm.DestinationFunc(func(_ context.Context, f *esm.Failure) error {
					for r := range f.Event.Records() {
						l.take(r)
					}
					return nil
				})
				crash := errors.New("killed")
				member := func(seed uint64, done chan<- struct{}) {
					defer close(done)
					random := rand.New(rand.NewPCG(seed, 1))
					config := config
					config.BeforeCommit = func(context.Context) error {
						if random.IntN(10) == 0 {
							return crash
						}
						return nil
					}
					function := &esmtest.Faulty{Function: l.taking(), Fault: esmtest.RandomFaults(seed, 0.3)}
					for {
						s, err := esm.Run(t.Context(), function, config)
						wantAccounted(t, s)
						if err == nil {
							return
						}
						if !errors.Is(err, crash) {
							t.Error(err)
							return
						}
					}
				}
				a, b := make(chan struct{}), make(chan struct{})
				go member(2*seed, a)
				time.Sleep(5 * time.Second)
				go member(2*seed+1, b)
				<-a
				<-b
				l.wantEach(t, n)
				wantCommitted(t, broker)
			})
		})
	}
}
