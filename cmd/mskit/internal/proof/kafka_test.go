package proof_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/mskit-go/mskit/cmd/mskit/internal/proof"
)

var brokersFlag = flag.String("brokers", "", "a Kafka to run on, `host:port,...`; empty: an embedded one")

// topic is a topic of the broker under test, with a consumer group of its own.
type topic struct {
	brokers []string
	name    string // of the group too
	client  *kgo.Client
	admin   *kadm.Client
}

// embedded starts a broker in this process.
func embedded(t *testing.T) []string {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster.ListenAddrs()
}

// brokers are those of -brokers, or embedded ones.
func brokers(t *testing.T) []string {
	t.Helper()
	if *brokersFlag != "" {
		return strings.Split(*brokersFlag, ",")
	}
	return embedded(t)
}

// produce makes a topic with the first n records of the proof.
func produce(t *testing.T, brokers []string, n, partitions int) *topic {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	tp := &topic{
		brokers: brokers,
		name:    fmt.Sprintf("mskit-proof-%x", rand.Uint64()),
		client:  client,
		admin:   kadm.NewClient(client),
	}
	created, err := tp.admin.CreateTopic(t.Context(), int32(partitions), 1, nil, tp.name)
	if err = cmp.Or(err, created.Err); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		tp.leave(t) // what was killed; a group with members cannot be deleted
		if _, err := tp.admin.DeleteGroups(ctx, tp.name); err != nil {
			t.Error(err)
		}
		if _, err := tp.admin.DeleteTopics(ctx, tp.name); err != nil {
			t.Error(err)
		}
	})
	records := make([]*kgo.Record, n)
	for i := range records {
		r := proof.Record(tp.name, i, partitions)
		records[i] = &kgo.Record{Topic: r.Topic, Partition: r.Partition, Key: r.Key, Value: r.Value}
	}
	if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	for i, r := range records {
		if want := int64(i / partitions); r.Offset != want {
			t.Fatalf("record %d has offset %d, want %d", i, r.Offset, want)
		}
	}
	return tp
}

// wantCommitted fails the test unless the group has committed the end of every
// partition.
func (tp *topic) wantCommitted(t *testing.T) {
	t.Helper()
	ends, err := tp.admin.ListEndOffsets(t.Context(), tp.name)
	if err = cmp.Or(err, ends.Error()); err != nil {
		t.Fatal(err)
	}
	committed, err := tp.admin.FetchOffsets(t.Context(), tp.name)
	if err != nil {
		t.Fatal(err)
	}
	ends.Each(func(end kadm.ListedOffset) {
		if c, ok := committed.Lookup(end.Topic, end.Partition); !ok || c.At != end.Offset {
			t.Errorf("partition %d: offset %d is committed, want the end of the log, %d", end.Partition, c.At, end.Offset)
		}
	})
}

// leave takes the members of the group out of it. A broker does that with a
// process that was killed, but only when its session has timed out.
func (tp *topic) leave(t *testing.T) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	groups, err := tp.admin.DescribeGroups(ctx, tp.name)
	if err != nil {
		t.Fatal(err)
	}
	request := kmsg.NewPtrLeaveGroupRequest()
	request.Group = tp.name
	for _, member := range groups[tp.name].Members {
		m := kmsg.NewLeaveGroupRequestMember()
		m.MemberID = member.MemberID
		request.Members = append(request.Members, m)
	}
	if len(request.Members) == 0 {
		return
	}
	if _, err := request.RequestWith(ctx, tp.client); err != nil {
		t.Fatal(err)
	}
}
