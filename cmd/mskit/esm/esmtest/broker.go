package esmtest

import (
	"cmp"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mskit-go/mskit/cmd/mskit/esm"
)

// Broker is a Kafka of one broker in memory, without a network.
type Broker struct {
	// Cluster is the fake itself: its Control and Fault answer requests as a
	// test wants, and Compact and DeleteRecords make holes in the log.
	Cluster *kfake.Cluster

	network *kfake.VirtualNetwork
	client  *kgo.Client
}

// NewBroker starts a broker with these topics. It ends with the test.
func NewBroker(t testing.TB, partitions int32, topics ...string) *Broker {
	t.Helper()
	b := &Broker{network: new(kfake.VirtualNetwork)}
	var err error
	b.Cluster, err = kfake.NewCluster(kfake.NumBrokers(1), kfake.Ports(9092), kfake.ListenFn(b.network.Listen), kfake.SeedTopics(partitions, topics...))
	if err != nil {
		t.Fatalf("esmtest: %v", err)
	}
	t.Cleanup(b.Cluster.Close)
	b.client = b.Connect(t)
	return b
}

// Config is a mapping of a topic that ends at the end of the log and reads
// partial replies, with defaults else.
func (b *Broker) Config(topic string) esm.Config {
	return esm.Config{
		Brokers:                 b.Cluster.ListenAddrs(),
		Client:                  []kgo.Opt{kgo.Dialer(b.network.DialContext)},
		Topic:                   topic,
		ReportBatchItemFailures: true,
		UntilEnd:                true,
	}
}

// Connect is a client of the broker. It is closed with the test.
func (b *Broker) Connect(t testing.TB, options ...kgo.Opt) *kgo.Client {
	t.Helper()
	options = append([]kgo.Opt{
		kgo.SeedBrokers(b.Cluster.ListenAddrs()...),
		kgo.Dialer(b.network.DialContext),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerLinger(0),
	}, options...)
	client, err := kgo.NewClient(options...)
	if err != nil {
		t.Fatalf("esmtest: %v", err)
	}
	t.Cleanup(client.Close)
	return client
}

// Produce appends records to their topics, each to its Partition.
func (b *Broker) Produce(t testing.TB, records ...*kgo.Record) {
	t.Helper()
	if err := b.client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatalf("esmtest: %v", err)
	}
}

// Read is what a topic has, by partition and offset, as a consumer without a
// group sees it.
func (b *Broker) Read(t testing.TB, topic string) []*kgo.Record {
	t.Helper()
	left := b.ends(t, topic)
	client := b.Connect(t, kgo.ConsumeTopics(topic), kgo.KeepControlRecords())
	defer client.Close()
	var records []*kgo.Record
	for len(left) > 0 {
		fetches := client.PollFetches(t.Context())
		if err := fetches.Err(); err != nil {
			t.Fatalf("esmtest: %v", err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if !r.Attrs.IsControl() {
				records = append(records, r)
			}
			if r.Offset+1 >= left[r.Partition] {
				delete(left, r.Partition)
			}
		})
	}
	slices.SortStableFunc(records, func(a, b *kgo.Record) int {
		return cmp.Or(cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
	})
	return records
}

// Lag is how many offsets of a topic a group has not committed.
func (b *Broker) Lag(t testing.TB, group, topic string) int64 {
	t.Helper()
	committed := b.Committed(group, topic)
	var lag int64
	for partition, end := range b.ends(t, topic) {
		lag += end - committed[partition]
	}
	return lag
}

// Committed are the offsets that a group has committed for a topic, by
// partition.
func (b *Broker) Committed(group, topic string) map[int32]int64 {
	at := make(map[int32]int64)
	if info := b.Cluster.GroupInfo(group); info != nil {
		for partition, c := range info.Commits[topic] {
			at[partition] = c.Offset
		}
	}
	return at
}

// ends are the ends of the partitions that have had records.
func (b *Broker) ends(t testing.TB, topic string) map[int32]int64 {
	t.Helper()
	infos := b.Cluster.PartitionInfos(topic)
	if infos == nil {
		t.Fatalf("esmtest: no topic %q", topic)
	}
	ends := make(map[int32]int64)
	for _, p := range infos {
		if p.HighWatermark > p.LogStartOffset {
			ends[p.Partition] = p.HighWatermark
		}
	}
	return ends
}
