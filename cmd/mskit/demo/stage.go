package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/mskit-go/mskit/examples/mixed/handler"
	"github.com/mskit-go/mskit/examples/mixed/schemas"
	"github.com/mskit-go/mskit/schema"
)

const (
	partitions = 4
	group      = "orders-shipping"

	ordersTopic  = "orders"
	lettersTopic = "orders-dead-letters" // what the function dead-letters
	failedTopic  = "orders-failed"       // the mapping's on-failure destination
)

// stage is a broker and a registry, both in memory and reached over loopback.
type stage struct {
	cluster  *kfake.Cluster
	registry *srfake.Registry
	client   *kgo.Client
}

func newStage() (*stage, error) {
	cluster, err := kfake.NewCluster(
		kfake.NumBrokers(1),
		kfake.SeedTopics(partitions, ordersTopic),
		kfake.SeedTopics(1, lettersTopic, failedTopic),
	)
	if err != nil {
		return nil, fmt.Errorf("demo: broker: %w", err)
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		cluster.Close()
		return nil, fmt.Errorf("demo: %w", err)
	}
	return &stage{cluster: cluster, registry: srfake.New(), client: client}, nil
}

func (s *stage) close() {
	s.client.Close()
	s.registry.Close()
	s.cluster.Close()
}

// register gives the registry the three schemas of an order, each under the
// subject of the records it is for.
func (s *stage) register() (map[schema.Format]uint32, error) {
	ids := make(map[schema.Format]uint32)
	for _, x := range []struct {
		format  schema.Format
		subject string
		schema  sr.Schema
	}{
		{schema.FormatJSON, "shop.Order-json", sr.Schema{Schema: schemas.JSON, Type: sr.TypeJSON}},
		{schema.FormatAvro, "shop.Order-avro", sr.Schema{Schema: schemas.Avro, Type: sr.TypeAvro}},
		{schema.FormatProtobuf, "shop.Order-protobuf", sr.Schema{Schema: schemas.Protobuf, Type: sr.TypeProtobuf}},
	} {
		id, _, err := s.registry.RegisterSchema(x.subject, x.schema)
		if err != nil {
			return nil, fmt.Errorf("demo: registry: %w", err)
		}
		ids[x.format] = uint32(id)
	}
	return ids, nil
}

// produce writes the records and checks that they are where the plan has them.
func (s *stage) produce(ctx context.Context, records []*record) error {
	messages := make([]*kgo.Record, len(records))
	now := time.Now()
	for i, r := range records {
		messages[i] = &kgo.Record{Topic: ordersTopic, Partition: r.partition, Key: []byte(r.key), Value: r.value, Timestamp: now}
		if r.eventID != "" {
			messages[i].Headers = []kgo.RecordHeader{{Key: handler.EventID, Value: []byte(r.eventID)}}
		}
	}
	if err := s.client.ProduceSync(ctx, messages...).FirstErr(); err != nil {
		return fmt.Errorf("demo: produce: %w", err)
	}
	for i, r := range records {
		if messages[i].Offset != r.offset {
			return fmt.Errorf("demo: %s-%d has offset %d where %d was expected", ordersTopic, r.partition, messages[i].Offset, r.offset)
		}
	}
	return nil
}

// readBack reads a topic from its first record to its last, with a client that
// knows nothing of any group.
func (s *stage) readBack(ctx context.Context, topic string) ([]*kgo.Record, error) {
	ends, err := kadm.NewClient(s.client).ListEndOffsets(ctx, topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("demo: %s: %w", topic, err)
	}
	left := 0
	ends.Each(func(o kadm.ListedOffset) { left += int(o.Offset) })
	client, err := kgo.NewClient(
		kgo.SeedBrokers(s.cluster.ListenAddrs()...),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	)
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	defer client.Close()
	records := make([]*kgo.Record, 0, left)
	for len(records) < left {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return nil, fmt.Errorf("demo: %s: %w", topic, err)
		}
		records = append(records, fetches.Records()...)
	}
	return records, nil
}

// uncommitted is how many offsets of the topic the group has not committed.
func (s *stage) uncommitted(ctx context.Context) (int64, error) {
	lags, err := kadm.NewClient(s.client).Lag(ctx, group)
	if err == nil {
		err = lags.Error()
	}
	if err != nil {
		return 0, fmt.Errorf("demo: %s: %w", group, err)
	}
	described := lags[group]
	var left int64
	for partition := range int32(partitions) {
		l, ok := described.Lag.Lookup(ordersTopic, partition)
		if !ok || l.Lag < 0 {
			return 0, fmt.Errorf("demo: %s has no lag of %s-%d", group, ordersTopic, partition)
		}
		left += l.Lag
	}
	return left, nil
}
