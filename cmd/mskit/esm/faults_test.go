package esm_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/cmd/mskit/esm"
	"github.com/mskit-go/mskit/cmd/mskit/esm/esmtest"
	"github.com/mskit-go/mskit/kafkaevent"
)

// taking is a processor that writes what it takes into the ledger, after a
// second of work for each batch.
func (l *ledger) taking() esm.Invoker {
	p := batch.NewPartial(batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error { l.take(r); return nil }), silent)
	return invoker(func(ctx context.Context, payload []byte) ([]byte, error) {
		time.Sleep(time.Second)
		return p.Invoke(ctx, payload)
	})
}

// wantAccounted fails the test unless every record that was read became
// something.
func wantAccounted(t *testing.T, s esm.Summary) {
	t.Helper()
	if s.Records != s.Settled()+s.Returned {
		t.Errorf("%+v: the records do not add up", s)
	}
}

func TestFaultyFunctionsLoseNothing(t *testing.T) {
	const n = 1000
	once := func(f esmtest.Fault) func(int) esmtest.Fault {
		return func(n int) esmtest.Fault {
			if n%3 == 1 {
				return f
			}
			return esmtest.NoFault
		}
	}
	for name, fault := range map[string]func(int) esmtest.Fault{
		"crash before":    once(esmtest.CrashBefore),
		"crash after":     once(esmtest.CrashAfter),
		"timed out":       once(esmtest.TimedOut),
		"duplicate":       once(esmtest.Duplicate),
		"any, seldom":     esmtest.RandomFaults(1, 0.2),
		"any, most times": esmtest.RandomFaults(2, 0.8),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				broker := orders(t, n)
				config := broker.Config(topic)
				config.RetryDelay = time.Second
				var l ledger
				s, err := esm.Run(t.Context(), &esmtest.Faulty{Function: l.taking(), Fault: fault}, config)
				if err != nil || s.Succeeded != n || s.Records != n {
					t.Errorf("%+v, %v, want every record taken once", s, err)
				}
				wantAccounted(t, s)
				l.wantAll(t, n)
				wantCommitted(t, broker)
			})
		})
	}
}

func TestTimedOutTakesAsLongAsTheFunctionHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker, began := orders(t, 4), time.Now()
		function := &esmtest.Faulty{Function: &calls{}, Timeout: 14 * time.Minute, Fault: func(n int) esmtest.Fault {
			if n == 1 {
				return esmtest.TimedOut
			}
			return esmtest.NoFault
		}}
		s, err := esm.Run(t.Context(), function, broker.Config(topic))
		if d := time.Since(began).Truncate(time.Second); err != nil || s.Succeeded != 4 || d != 14*time.Minute {
			t.Errorf("%+v, %v after %v, want the timeout to pass", s, err, d)
		}
	})
}

// Killed before a commit, a mapping leaves the batch to the next one.
func TestACrashBeforeTheCommitLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 1000
		broker := orders(t, n)
		var l ledger
		crash := errors.New("killed")
		config := broker.Config(topic)
		crashes, succeeded := 0, 0
		for {
			batches := 0
			config.BeforeCommit = func(context.Context) error {
				if batches++; batches == 3 {
					return crash
				}
				return nil
			}
			s, err := esm.Run(t.Context(), l.taking(), config)
			wantAccounted(t, s)
			succeeded += s.Succeeded
			if err == nil {
				break
			}
			if !errors.Is(err, crash) || s.LostCommits != 1 {
				t.Fatalf("%+v, error %v, want the crash", s, err)
			}
			if crashes++; crashes > n {
				t.Fatal("no progress")
			}
		}
		if want := n + crashes*config.BatchSize; crashes == 0 || succeeded < n || config.BatchSize != 0 && succeeded > want {
			t.Errorf("%d crashes and %d successes", crashes, succeeded)
		}
		l.wantAll(t, n)
		wantCommitted(t, broker)
	})
}

// A failing destination ends the mapping, and the records come again.
func TestAFailingDestinationLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 20
		broker := orders(t, n)
		full := errors.New("disk full")
		config := broker.Config(topic)
		config.MaximumRetryAttempts = new(1)
		config.BisectBatchOnFunctionError = true
		puts := 0
		config.OnFailure = esm.DestinationFunc(func(context.Context, *esm.Failure) error {
			if puts++; puts == 5 {
				return full
			}
			return nil
		})
		s, err := esm.Run(t.Context(), &calls{fail: 1 << 30}, config)
		if !errors.Is(err, full) || s.GivenUp != 4 || s.Returned != n-4 {
			t.Errorf("%+v, error %v, want the destination's", s, err)
		}
		wantAccounted(t, s)
		if got := broker.Lag(t, "mskit", topic); got != n {
			t.Errorf("lag %d, want nothing committed", got)
		}
		if s, err = esm.Run(t.Context(), &calls{fail: 1 << 30}, config); err != nil || s.GivenUp != n {
			t.Errorf("%+v, %v, want all given up", s, err)
		}
		wantCommitted(t, broker)
	})
}

// Two mappings of a group share the topic; what one has under way when the other
// joins or leaves is lost by neither.
func TestRebalancesLoseNothing(t *testing.T) {
	for name, fault := range map[string]func(int) esmtest.Fault{
		"while batches succeed": nil,
		"while batches fail": func(n int) esmtest.Fault {
			if n < 10 || n%2 == 0 {
				return esmtest.CrashAfter
			}
			return esmtest.NoFault
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const n = 1000
				broker := orders(t, n)
				config := broker.Config(topic)
				config.UntilEnd = false
				config.BatchSize = 10
				config.RetryDelay = 20 * time.Second
				var l ledger
				summaries := make(chan esm.Summary)
				run := func(from, until time.Duration) {
					time.Sleep(from)
					m, err := esm.New(t.Context(), &esmtest.Faulty{Function: l.taking(), Fault: fault}, config)
					if err != nil {
						t.Error(err)
						return
					}
					time.AfterFunc(until-from, m.Stop)
					if err := m.Run(t.Context()); err != nil {
						t.Error(err)
					}
					m.Close()
					summaries <- m.Summary()
				}
				go run(0, time.Hour)
				go run(15*time.Second, 100*time.Second)
				go run(40*time.Second, time.Hour)
				var total esm.Summary
				busy := 0
				for range 3 {
					s := <-summaries
					wantAccounted(t, s)
					if s.Records > 0 {
						busy++
					}
					total.Succeeded += s.Succeeded
					total.Returned += s.Returned
				}
				if busy < 2 || total.Succeeded < n || (total.Returned > 0) != (fault != nil) {
					t.Errorf("%+v by %d mappings, want %d taken by several, and batches handed back where they fail", total, busy, n)
				}
				l.wantAll(t, n)
				wantCommitted(t, broker)
			})
		})
	}
}

// A record that fails for ever does not hold up the group: the mapping that has
// it makes room for another.
func TestAMemberThatRetriesLetsOthersJoin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := orders(t, 400)
		config := broker.Config(topic)
		config.UntilEnd = false
		config.RetryDelay = time.Minute
		poisoned, healthy := &esmtest.Faulty{Function: &calls{fail: 1 << 30}}, new(ledger)
		first, err := esm.New(t.Context(), poisoned, config)
		if err != nil {
			t.Fatal(err)
		}
		defer first.Close()
		done := make(chan error)
		go func() { done <- first.Run(t.Context()) }()
		time.Sleep(10 * time.Minute)

		second, err := esm.New(t.Context(), healthy.taking(), config)
		if err != nil {
			t.Fatal(err)
		}
		defer second.Close()
		go func() { done <- second.Run(t.Context()) }()
		time.Sleep(5 * time.Minute)
		if got := second.Summary(); got.Succeeded != 200 {
			t.Errorf("%+v, want the second member to have taken its half", got)
		}
		first.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		first.Close()
		time.Sleep(5 * time.Minute)
		second.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		healthy.wantAll(t, 400)
		wantCommitted(t, broker)
	})
}

// A member that was away for too long commits nothing any more.
func TestALostMemberCommitsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := orders(t, 40)
		config := broker.Config(topic)
		var l ledger
		first := true
		config.BeforeCommit = func(ctx context.Context) error {
			if !first {
				return nil
			}
			first = false
			return evict(ctx, t, broker)
		}
		s, err := esm.Run(t.Context(), l.taking(), config)
		if err != nil || s.LostCommits != 1 || s.Succeeded != 80 {
			t.Errorf("%+v, %v, want the batch a second time", s, err)
		}
		wantAccounted(t, s)
		l.wantAll(t, 40)
		wantCommitted(t, broker)
	})
}

// A batch whose commit the group refuses is read again by a member that keeps
// its partitions.
func TestARefusedCommitBringsTheBatchBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := orders(t, 40)
		refused := broker.Cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Err: kerr.RebalanceInProgress})
		var l ledger
		s, err := esm.Run(t.Context(), l.taking(), broker.Config(topic))
		if err != nil || refused.Hits() != 1 || s.LostCommits != 1 || s.Succeeded != 80 {
			t.Errorf("%+v, %v, want the batch a second time", s, err)
		}
		l.wantAll(t, 40)
		wantCommitted(t, broker)
	})
}

// evict throws the members of the group out, as the broker does with one whose
// heartbeats do not come.
func evict(ctx context.Context, t *testing.T, broker *esmtest.Broker) error {
	t.Helper()
	request := kmsg.NewPtrLeaveGroupRequest()
	request.Group = "mskit"
	for _, m := range broker.Cluster.GroupInfo("mskit").Members {
		member := kmsg.NewLeaveGroupRequestMember()
		member.MemberID = m.MemberID
		request.Members = append(request.Members, member)
	}
	_, err := request.RequestWith(ctx, broker.Connect(t))
	return err
}
