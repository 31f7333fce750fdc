package esm_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/mskit-go/mskit/cmd/mskit/esm"
	"github.com/mskit-go/mskit/cmd/mskit/esm/esmtest"
)

// offsets are those of records, in order.
func (c collect) offsets() []int64 {
	var list []int64
	for _, r := range c {
		list = append(list, r.Offset)
	}
	return list
}

func TestStartingPosition(t *testing.T) {
	for name, test := range map[string]struct {
		position  esm.StartingPosition
		committed bool // the group has been there before, up to offset 1
		want      []int64
	}{
		"default":                          {"", false, []int64{0, 1, 2, 3, 4}},
		"trim horizon":                     {esm.TrimHorizon, false, []int64{0, 1, 2, 3, 4}},
		"latest":                           {esm.Latest, false, []int64{3, 4}},
		"at timestamp":                     {esm.AtTimestamp, false, []int64{2, 3, 4}},
		"latest of a group with offsets":   {esm.Latest, true, []int64{1, 2, 3, 4}},
		"timestamp of a group with offset": {esm.AtTimestamp, true, []int64{1, 2, 3, 4}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				broker := esmtest.NewBroker(t, 1, topic)
				began := time.Now()
				produce := func(minutes ...int) {
					for _, m := range minutes {
						broker.Produce(t, &kgo.Record{Topic: topic, Timestamp: began.Add(time.Duration(m) * time.Minute)})
					}
				}
				produce(0)
				var got collect
				config := broker.Config(topic)
				if test.committed {
					if _, err := esm.Run(t.Context(), new(collect), config); err != nil {
						t.Fatal(err)
					}
				}
				produce(1, 2)
				config.StartingPosition = test.position
				config.StartingPositionTimestamp = began.Add(90 * time.Second)
				m, err := esm.New(t.Context(), &got, config)
				if err != nil {
					t.Fatal(err)
				}
				defer m.Close()
				produce(3, 4) // before the first poll: latest is where New found it
				if err := m.Run(t.Context()); err != nil {
					t.Error(err)
				}
				if !slices.Equal(got.offsets(), test.want) {
					t.Errorf("delivered %v, want %v", got.offsets(), test.want)
				}
				wantCommitted(t, broker)
			})
		})
	}
}

// What comes between a mapping that starts at the end and its successor is not
// skipped, although nothing was settled by then.
func TestLatestStaysWhereItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := orders(t, 40)
		config := broker.Config(topic)
		config.StartingPosition = esm.Latest
		if s, err := esm.Run(t.Context(), new(collect), config); err != nil || s.Records != 0 {
			t.Errorf("%+v, %v, want nothing", s, err)
		}
		broker.Produce(t, &kgo.Record{Topic: topic, Partition: 2})
		var got collect
		if _, err := esm.Run(t.Context(), &got, config); err != nil || !slices.Equal(got.offsets(), []int64{10}) {
			t.Errorf("delivered %v, %v, want offset 10", got.offsets(), err)
		}
	})
}

// Gaps and markers in the log neither stop a mapping before its end nor keep it
// waiting for a record that never comes.
func TestHolesInTheLog(t *testing.T) {
	value := func(partition int32, key string) *kgo.Record {
		return &kgo.Record{Topic: topic, Partition: partition, Key: []byte(key), Value: []byte("x")}
	}
	transact := func(t *testing.T, broker *esmtest.Broker, end kgo.TransactionEndTry, records ...*kgo.Record) {
		t.Helper()
		client := broker.Connect(t, kgo.TransactionalID("t"))
		if err := client.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if err := client.EndTransaction(t.Context(), end); err != nil {
			t.Fatal(err)
		}
	}
	committed := kgo.FetchIsolationLevel(kgo.ReadCommitted())
	for name, test := range map[string]struct {
		options []kgo.Opt
		log     func(t *testing.T, broker *esmtest.Broker)
		want    []int64
		lag     int64
	}{
		"a marker at the end": {nil, func(t *testing.T, broker *esmtest.Broker) {
			transact(t, broker, kgo.TryCommit, value(0, "a"), value(0, "b"))
		}, []int64{0, 1}, 0},
		"an aborted transaction is delivered by default, as Kafka has it": {nil, func(t *testing.T, broker *esmtest.Broker) {
			transact(t, broker, kgo.TryAbort, value(0, "a"), value(0, "b"))
		}, []int64{0, 1}, 0},
		"an aborted transaction is not, when told so": {[]kgo.Opt{committed}, func(t *testing.T, broker *esmtest.Broker) {
			transact(t, broker, kgo.TryAbort, value(0, "a"), value(0, "b"))
			broker.Produce(t, value(0, "c"))
			transact(t, broker, kgo.TryAbort, value(0, "a"))
		}, []int64{3}, 0},
		"an open transaction is not waited for": {[]kgo.Opt{committed}, func(t *testing.T, broker *esmtest.Broker) {
			broker.Produce(t, value(0, "c"))
			client := broker.Connect(t, kgo.TransactionalID("t"))
			if err := client.BeginTransaction(); err != nil {
				t.Fatal(err)
			}
			if err := client.ProduceSync(t.Context(), value(0, "a")).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}, []int64{0}, 1},
		"deleted records": {nil, func(t *testing.T, broker *esmtest.Broker) {
			broker.Produce(t, value(0, "a"), value(0, "b"), value(0, "c"), value(1, "a"))
			for partition, offset := range map[int32]int64{0: 2, 1: -1} {
				if err := broker.Cluster.DeleteRecords(topic, partition, offset); err != nil {
					t.Fatal(err)
				}
			}
		}, []int64{2}, 0},
		"compaction": {nil, func(t *testing.T, broker *esmtest.Broker) {
			client := broker.Connect(t)
			request := kmsg.NewPtrIncrementalAlterConfigsRequest()
			resource := kmsg.NewIncrementalAlterConfigsRequestResource()
			resource.ResourceType, resource.ResourceName = kmsg.ConfigResourceTypeTopic, topic
			entry := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
			entry.Name, entry.Value = "cleanup.policy", new("compact")
			resource.Configs = append(resource.Configs, entry)
			request.Resources = append(request.Resources, resource)
			if _, err := request.RequestWith(t.Context(), client); err != nil {
				t.Fatal(err)
			}
			for key := range strings.SplitSeq("abacab", "") {
				broker.Produce(t, value(0, key))
			}
			broker.Cluster.Compact()
		}, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				broker := esmtest.NewBroker(t, 2, topic)
				test.log(t, broker)
				config := broker.Config(topic)
				config.Client = append(config.Client, test.options...)
				var got collect
				s, err := esm.Run(t.Context(), &got, config)
				if err != nil || s.Records != len(got) || s.Succeeded != len(got) {
					t.Errorf("%+v, %v, want all taken", s, err)
				}
				if test.want != nil && !slices.Equal(got.offsets(), test.want) || len(got) == 0 {
					t.Errorf("delivered %v, want %v", got.offsets(), test.want)
				}
				if lag := broker.Lag(t, "mskit", topic); lag != test.lag {
					t.Errorf("lag %d, want %d", lag, test.lag)
				}
			})
		})
	}
}

// Records that retention takes away while a mapping waits for them are not
// waited for.
func TestDrainNoticesWhatIsDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := orders(t, 400)
		config := broker.Config(topic)
		config.BatchSize = 10
		config.Client = append(config.Client, kgo.FetchMaxBytes(1), kgo.FetchMaxPartitionBytes(1))
		calls := 0
		s, err := esm.Run(t.Context(), invoker(func(context.Context, []byte) ([]byte, error) {
			if calls++; calls == 1 {
				for partition := range int32(4) {
					if err := broker.Cluster.DeleteRecords(topic, partition, -1); err != nil {
						t.Error(err)
					}
				}
			}
			return []byte("null"), nil
		}), config)
		if err != nil || s.Records == 0 || s.Succeeded != s.Records {
			t.Errorf("%+v, %v, want the end of what was left", s, err)
		}
	})
}

// An offset that the log does not have yet is of another log: Kafka's consumers
// begin anew.
func TestDrainReadsALogThatIsShorterThanWhatWasCommitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := orders(t, 40)
		var committed kadm.Offsets
		committed.AddOffset(topic, 1, 100, -1)
		if _, err := kadm.NewClient(broker.Connect(t)).CommitOffsets(t.Context(), "mskit", committed); err != nil {
			t.Fatal(err)
		}
		var l ledger
		if s, err := esm.Run(t.Context(), l.taking(), broker.Config(topic)); err != nil || s.Succeeded != 40 {
			t.Errorf("%+v, %v, want all taken", s, err)
		}
		l.wantAll(t, 40)
		wantCommitted(t, broker)
	})
}

func TestDrainLeavesToOthersWhatIsTheirs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 400
		broker := orders(t, n)
		config := broker.Config(topic)
		config.BatchSize = 10
		var l ledger
		done := make(chan esm.Summary)
		for range 2 {
			go func() {
				s, err := esm.Run(t.Context(), l.taking(), config)
				if err != nil {
					t.Error(err)
				}
				done <- s
			}()
		}
		a, b := <-done, <-done
		if a.Succeeded == 0 || b.Succeeded == 0 || a.Succeeded+b.Succeeded < n {
			t.Errorf("%+v and %+v, want each to take a share", a, b)
		}
		l.wantAll(t, n)
		wantCommitted(t, broker)
	})
}

func TestProgressHasTheLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := orders(t, 40)
		config := broker.Config(topic)
		config.BatchSize = 8
		var total []int64
		var last esm.Progress
		config.Observe = func(p esm.Progress) {
			total = append(total, p.TotalLag())
			last = p
		}
		if _, err := esm.Run(t.Context(), new(collect), config); err != nil {
			t.Fatal(err)
		}
		if want := []int64{32, 24, 16, 8, 0}; !slices.Equal(total, want) || last.Records != 40 {
			t.Errorf("lag %v, want %v; in the end %+v", total, want, last)
		}
		want := []esm.PartitionLag{{0, 10, 10}, {1, 10, 10}, {2, 10, 10}, {3, 10, 10}}
		if !reflect.DeepEqual(last.Lag, want) {
			t.Errorf("in the end %v, want %v", last.Lag, want)
		}
	})
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*esm.Config)
		want   string
	}{
		"no topic":              {func(c *esm.Config) { c.Topic = "" }, "esm: brokers and topic are required"},
		"no brokers":            {func(c *esm.Config) { c.Brokers = nil }, "esm: brokers and topic are required"},
		"batch too large":       {func(c *esm.Config) { c.BatchSize = 10_001 }, "esm: batch size 10001, want 1 to 10000"},
		"unknown position":      {func(c *esm.Config) { c.StartingPosition = "EARLIEST" }, `esm: starting position "EARLIEST", want TRIM_HORIZON, LATEST or AT_TIMESTAMP`},
		"no timestamp":          {func(c *esm.Config) { c.StartingPosition = esm.AtTimestamp }, "esm: starting position AT_TIMESTAMP needs a timestamp"},
		"failures to itself":    {func(c *esm.Config) { c.OnFailure = esm.ToTopic(topic) }, "esm: the on-failure topic is the one that is consumed"},
		"registry alone":        {func(c *esm.Config) { c.SchemaRegistry = &esm.SchemaRegistry{} }, "esm: schema registry: no registry"},
		"unknown topic":         {func(c *esm.Config) { c.Topic = "odrers" }, `esm: topic "odrers"`},
		"unknown failure topic": {func(c *esm.Config) { c.OnFailure = esm.ToTopic("failed") }, `esm: on-failure topic "failed"`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				broker := orders(t, 4)
				config := broker.Config(topic)
				test.change(&config)
				_, err := esm.Run(t.Context(), new(collect), config)
				if err == nil || !strings.HasPrefix(err.Error(), test.want) {
					t.Errorf("error %v, want %s", err, test.want)
				}
			})
		})
	}
}

func TestAClusterThatDoesNotAnswerIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := orders(t, 4)
		config := broker.Config(topic)
		config.Brokers = []string{"localhost:1"}
		if _, err := esm.Run(t.Context(), new(collect), config); err == nil || !strings.HasPrefix(err.Error(), `esm: topic "orders": `) {
			t.Errorf("error %v, want the cluster's", err)
		}
	})
}

// Hiccups of the cluster are overcome.
func TestRetriableErrorsOfTheClusterDoNotEndAMapping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := orders(t, 400)
		broker.Cluster.Fault(
			kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Err: kerr.CoordinatorLoadInProgress, Count: 3},
			kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Err: kerr.NotLeaderForPartition, Count: 3},
		)
		var l ledger
		s, err := esm.Run(t.Context(), l.taking(), broker.Config(topic))
		if err != nil || s.Succeeded != 400 {
			t.Errorf("%+v, %v, want all taken", s, err)
		}
		l.wantAll(t, 400)
		wantCommitted(t, broker)
	})
}

func TestAForbiddenTopicEndsAMapping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := orders(t, 4)
		broker.Cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Err: kerr.TopicAuthorizationFailed, Count: -1})
		if _, err := esm.Run(t.Context(), new(collect), broker.Config(topic)); !errors.Is(err, kerr.TopicAuthorizationFailed) {
			t.Errorf("error %v, want it forbidden", err)
		}
	})
}
