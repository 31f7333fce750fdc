package esm_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mskit-go/mskit/cmd/mskit/esm"
	"github.com/mskit-go/mskit/cmd/mskit/esm/esmtest"
	"github.com/mskit-go/mskit/kafkaevent"
)

// calls is a function that notes when it is called and fails a few times.
type calls struct {
	began time.Time
	fail  int
	at    []time.Duration
	sizes []int
}

func (c *calls) Invoke(_ context.Context, payload []byte) ([]byte, error) {
	c.at = append(c.at, time.Since(c.began))
	e, err := kafkaevent.Parse(payload)
	if err != nil {
		return nil, err
	}
	c.sizes = append(c.sizes, e.Len())
	if len(c.at) <= c.fail {
		return nil, errors.New("down")
	}
	return []byte("null"), nil
}

func TestRetryDelaysDoubleUpToTheirMaximum(t *testing.T) {
	for name, test := range map[string]struct {
		delay, most time.Duration
		want        []time.Duration
	}{
		"default maximum": {10 * time.Second, 0, []time.Duration{0, 10 * time.Second, 30 * time.Second, 70 * time.Second, 130 * time.Second, 190 * time.Second}},
		"own maximum":     {time.Minute, time.Hour, []time.Duration{0, time.Minute, 3 * time.Minute, 7 * time.Minute, 15 * time.Minute, 31 * time.Minute}},
		"longer than the maximum": {
			5 * time.Minute, 0,
			[]time.Duration{0, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 20 * time.Minute, 25 * time.Minute},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				broker := orders(t, 10)
				config := broker.Config(topic)
				config.RetryDelay, config.MaximumRetryDelay = test.delay, test.most
				c := &calls{began: time.Now(), fail: 5}
				s, err := esm.Run(t.Context(), c, config)
				if err != nil || s.Succeeded != 10 || s.FailedInvocations != 5 {
					t.Errorf("%+v, %v, want all taken at last", s, err)
				}
				for i := range c.at {
					c.at[i] -= c.at[0]
				}
				if !reflect.DeepEqual(c.at[1:], test.want[1:]) {
					t.Errorf("called at %v, want %v", c.at, test.want)
				}
			})
		})
	}
}

func TestABatchWaitsForItsWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := esmtest.NewBroker(t, 1, topic)
		config := broker.Config(topic)
		config.UntilEnd = false
		config.MaximumBatchingWindow = 5 * time.Minute
		c := &calls{}
		m, err := esm.New(t.Context(), c, config)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		done := make(chan error)
		go func() { done <- m.Run(t.Context()) }()
		synctest.Wait()
		time.Sleep(time.Hour) // nothing comes, nothing is called
		c.began = time.Now()
		for range 9 {
			broker.Produce(t, &kgo.Record{Topic: topic})
			time.Sleep(70 * time.Second)
		}
		m.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		// The second window begins with the record after 350 s, and Stop ends it.
		if c.at[0].Truncate(time.Second) != 5*time.Minute || !reflect.DeepEqual(c.sizes, []int{5, 4}) {
			t.Errorf("called at %v with %v records, want five after 5 minutes and the rest", c.at, c.sizes)
		}
		wantCommitted(t, broker)
	})
}

func TestAFullBatchDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := orders(t, 20)
		config := broker.Config(topic)
		config.UntilEnd, config.BatchSize, config.MaximumBatchingWindow = false, 10, 5*time.Minute
		c := &calls{began: time.Now()}
		m, err := esm.New(t.Context(), c, config)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		for range 2 {
			if ok, err := m.Step(t.Context()); !ok || err != nil {
				t.Errorf("step %t, %v", ok, err)
			}
		}
		if d := time.Since(c.began); !reflect.DeepEqual(c.sizes, []int{10, 10}) || d > time.Second {
			t.Errorf("batches of %v after %v, want two full ones at once", c.sizes, d)
		}
		if ok, err := m.Step(t.Context()); ok || err != nil {
			t.Errorf("step %t, %v, want no more records", ok, err)
		}
	})
}

func TestRecordsThatBecomeTooOldAreGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := esmtest.NewBroker(t, 1, topic)
		began := time.Now()
		broker.Produce(t,
			&kgo.Record{Topic: topic, Timestamp: began.Add(-time.Hour)}, // too old from the start
			&kgo.Record{Topic: topic, Timestamp: began},
			&kgo.Record{Topic: topic, Timestamp: began.Add(time.Minute)},
		)
		config := broker.Config(topic)
		config.MaximumRecordAge = 10 * time.Minute
		config.RetryDelay, config.MaximumRetryDelay = 4*time.Minute, 4*time.Minute
		type given struct {
			offset int64
			calls  int
			after  time.Duration
		}
		var got []given
		config.OnFailure = esm.DestinationFunc(func(_ context.Context, f *esm.Failure) error {
			for r := range f.Event.Records() {
				got = append(got, given{r.Offset, f.InvokeCount, time.Since(began).Truncate(time.Second)})
			}
			if f.Condition != kafkaevent.RetryAttemptsExhausted || (f.Response == nil) != (f.InvokeCount == 0) {
				t.Errorf("failure %+v", f)
			}
			return nil
		})
		s, err := esm.Run(t.Context(), &calls{fail: 1000}, config)
		if err != nil || s.Expired != 3 || s.GivenUp != 3 || s.Invocations != 3 {
			t.Errorf("%+v, %v, want three records given up", s, err)
		}
		// Tried at minutes 0, 4 and 8; at 12 both of the others are too old.
		want := []given{{0, 0, 0}, {1, 3, 12 * time.Minute}, {2, 3, 12 * time.Minute}}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("given up %v, want %v", got, want)
		}
		wantCommitted(t, broker)
	})
}

func TestARecordWithoutATimestampHasNoAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := esmtest.NewBroker(t, 1, topic)
		broker.Produce(t, &kgo.Record{Topic: topic, Timestamp: time.UnixMilli(-1)})
		config := broker.Config(topic)
		config.MaximumRecordAge = time.Minute
		var got collect
		s, err := esm.Run(t.Context(), &got, config)
		if err != nil || s.Succeeded != 1 || !got[0].Timestamp.IsZero() {
			t.Errorf("%+v, %v, timestamps of %v, want none", s, err, got)
		}
	})
}

func TestStopEndsRun(t *testing.T) {
	for name, test := range map[string]struct {
		stopAfter time.Duration
		function  func(n int) (time.Duration, error) // how long call n takes and what it comes to
		want      esm.Summary
	}{
		"while it waits for records": {
			time.Hour, func(int) (time.Duration, error) { return 0, nil },
			esm.Summary{Records: 8, Succeeded: 8, Invocations: 1},
		},
		"during an invocation, which is waited for": {
			time.Minute, func(int) (time.Duration, error) { return 5 * time.Minute, nil },
			esm.Summary{Records: 8, Succeeded: 8, Invocations: 1},
		},
		"before a retry, which comes again": {
			time.Minute, func(int) (time.Duration, error) { return 0, errors.New("down") },
			esm.Summary{Records: 8, Returned: 8, Invocations: 1, FailedInvocations: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				broker := orders(t, 8)
				config := broker.Config(topic)
				config.UntilEnd = false
				config.RetryDelay = time.Hour
				n := 0
				m, err := esm.New(t.Context(), invoker(func(context.Context, []byte) ([]byte, error) {
					n++
					d, err := test.function(n)
					time.Sleep(d)
					return []byte("null"), err
				}), config)
				if err != nil {
					t.Fatal(err)
				}
				time.AfterFunc(test.stopAfter, m.Stop)
				if err := m.Run(t.Context()); err != nil {
					t.Error(err)
				}
				m.Close()
				if got := m.Summary(); got != test.want {
					t.Errorf("%+v, want %+v", got, test.want)
				}
				if got, want := broker.Lag(t, "mskit", topic), int64(test.want.Returned); got != want {
					t.Errorf("lag %d, want %d", got, want)
				}
			})
		})
	}
}
