package esm_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mskit-go/mskit/cmd/mskit/esm"
)

// start runs a mapping that goes on until it is stopped.
func start(t *testing.T, function esm.Invoker, config esm.Config) (m *esm.Mapping, stop func()) {
	t.Helper()
	config.UntilEnd = false
	m, err := esm.New(t.Context(), function, config)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- m.Run(t.Context()) }()
	return m, func() {
		m.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		m.Close()
	}
}

// A mapping that waits for records when the group throws it out, as after the
// sleep of a laptop, joins it again.
func TestAnIdleMemberThatIsThrownOutComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := orders(t, 40)
		var l ledger
		m, stop := start(t, l.taking(), broker.Config(topic))
		defer stop()
		time.Sleep(time.Minute)
		if err := evict(t.Context(), t, broker); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		broker.Produce(t, &kgo.Record{Topic: topic, Value: []byte("late")})
		time.Sleep(time.Minute)
		if s := m.Summary(); s.Succeeded != 41 {
			t.Errorf("%+v, want the late record taken too", s)
		}
		wantCommitted(t, broker)
	})
}

// A rebalance that begins while a batch fills up gets its turn when the batch
// fails.
func TestARebalanceDuringTheWindowGetsItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := orders(t, 40)
		config := broker.Config(topic)
		config.RetryDelay = time.Second
		config.MaximumBatchingWindow = time.Minute
		_, stopFirst := start(t, &calls{fail: 1 << 30}, config)
		defer stopFirst()
		time.Sleep(30 * time.Second)

		var l ledger
		config.MaximumBatchingWindow = -1
		second, stopSecond := start(t, l.taking(), config)
		defer stopSecond()
		time.Sleep(5 * time.Minute)
		if s := second.Summary(); s.Succeeded != 20 {
			t.Errorf("%+v, want the second member to have taken its half", s)
		}
	})
}

// Stop does not wait for all the halves of a batch that fails.
func TestStopWaitsForNoMoreThanTheInvocationUnderWay(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*esm.Config)
		fail   int
		size   int // of each record
	}{
		"of a batch that is halved for its failure": {func(c *esm.Config) { c.BisectBatchOnFunctionError = true }, 1 << 30, 1},
		"of a batch that is halved for its size":    {func(*esm.Config) {}, 0, 700_000},
		"of a batch that is tried again at once":    {func(*esm.Config) {}, 1 << 30, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const n = 16
				broker := orders(t, 0)
				for range n {
					broker.Produce(t, &kgo.Record{Topic: topic, Value: make([]byte, test.size)})
				}
				config := broker.Config(topic)
				config.BatchSize = n
				config.MaximumBatchingWindow = 10 * time.Second
				test.change(&config)
				function := &calls{fail: test.fail}
				m, stop := start(t, invoker(func(ctx context.Context, payload []byte) ([]byte, error) {
					time.Sleep(time.Minute)
					return function.Invoke(ctx, payload)
				}), config)
				time.Sleep(30 * time.Second)
				stop()
				s := m.Summary()
				if s.Invocations != 1 || s.Succeeded+s.Returned != s.Records {
					t.Errorf("%+v, want the rest left after one invocation", s)
				}
				wantAccounted(t, s)
				if got := broker.Lag(t, "mskit", topic); got != int64(n-s.Succeeded) {
					t.Errorf("lag %d, want %d", got, n-s.Succeeded)
				}
			})
		})
	}
}
