package esmtest_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mskit-go/mskit/cmd/mskit/esm"
	"github.com/mskit-go/mskit/cmd/mskit/esm/esmtest"
)

type function func(ctx context.Context, payload []byte) ([]byte, error)

func (f function) Invoke(ctx context.Context, payload []byte) ([]byte, error) { return f(ctx, payload) }

func TestBrokerShowsWhatATopicHasAndAGroupCommitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := esmtest.NewBroker(t, 2, "orders", "empty")
		broker.Produce(t,
			&kgo.Record{Topic: "orders", Partition: 1, Value: []byte("b")},
			&kgo.Record{Topic: "orders", Partition: 0, Value: []byte("a")},
			&kgo.Record{Topic: "orders", Partition: 1, Value: []byte("c")},
		)
		var got []string
		for _, r := range broker.Read(t, "orders") {
			got = append(got, fmt.Sprint(r.Partition, r.Offset, " ", string(r.Value)))
		}
		if want := []string{"0 0 a", "1 0 b", "1 1 c"}; !slices.Equal(got, want) {
			t.Errorf("read %q, want %q", got, want)
		}
		if n := len(broker.Read(t, "empty")); n != 0 {
			t.Errorf("read %d records of an empty topic", n)
		}
		if lag := broker.Lag(t, "mskit", "orders"); lag != 3 {
			t.Errorf("lag %d before a mapping ran, want 3", lag)
		}
		take := function(func(context.Context, []byte) ([]byte, error) { return []byte("null"), nil })
		if _, err := esm.Run(t.Context(), take, broker.Config("orders")); err != nil {
			t.Fatal(err)
		}
		if at := broker.Committed("mskit", "orders"); at[0] != 1 || at[1] != 2 || broker.Lag(t, "mskit", "orders") != 0 {
			t.Errorf("committed %v, want the ends", at)
		}
	})
}

func TestFaulty(t *testing.T) {
	for name, test := range map[string]struct {
		fault esmtest.Fault
		calls int
		fails bool
		takes time.Duration
	}{
		"none":         {esmtest.NoFault, 1, false, time.Second},
		"crash before": {esmtest.CrashBefore, 0, true, 0},
		"crash after":  {esmtest.CrashAfter, 1, true, time.Second},
		"timed out":    {esmtest.TimedOut, 1, true, 10 * time.Second},
		"duplicate":    {esmtest.Duplicate, 2, false, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls, began := 0, time.Now()
				f := &esmtest.Faulty{
					Timeout: 10 * time.Second,
					Fault:   func(int) esmtest.Fault { return test.fault },
					Function: function(func(ctx context.Context, payload []byte) ([]byte, error) {
						if deadline, _ := ctx.Deadline(); deadline.Sub(began) != 10*time.Second || string(payload) != "event" {
							t.Errorf("payload %q, deadline after %v", payload, deadline.Sub(began))
						}
						calls++
						time.Sleep(time.Second)
						return payload, nil
					}),
				}
				reply, err := f.Invoke(t.Context(), []byte("event"))
				if calls != test.calls || (err != nil) != test.fails || (string(reply) == "event") == test.fails || time.Since(began) != test.takes {
					t.Errorf("%d calls, reply %q, error %v after %v", calls, reply, err, time.Since(began))
				}
			})
		})
	}
}

func TestRandomFaultsRepeatThemselves(t *testing.T) {
	list := func(seed uint64, fraction float64) []esmtest.Fault {
		next := esmtest.RandomFaults(seed, fraction)
		var faults []esmtest.Fault
		for n := range 200 {
			faults = append(faults, next(n+1))
		}
		return faults
	}
	half := list(1, 0.5)
	if !slices.Equal(half, list(1, 0.5)) || slices.Equal(half, list(2, 0.5)) {
		t.Error("want the same faults of the same seed, and others of another")
	}
	for fault := esmtest.NoFault; fault <= esmtest.Duplicate; fault++ {
		if !slices.Contains(half, fault) {
			t.Errorf("fault %d never came", fault)
		}
	}
	if slices.Contains(list(1, 1), esmtest.NoFault) {
		t.Error("of all invocations some did not fail")
	}
}
