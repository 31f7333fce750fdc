package kafkaeventtest

import (
	"strings"

	"github.com/mskit-go/mskit/kafkaevent"
)

// What an event of MSK and one of self-managed Kafka say of their cluster.
const (
	clusterARN         = "arn:aws:kafka:eu-north-1:111122223333:cluster/test/6c1d5f2e-8b0a-4f3d-9a17-5e2b7d4c9f01-3"
	mskServers         = "b-1.test.example.com:9098,b-2.test.example.com:9098"
	selfManagedServers = "kafka-1.example.net:9092,kafka-2.example.net:9092"
)

// MSK is the payload of an invocation by an Amazon MSK cluster, with the
// records of [Event].
func MSK(records ...kafkaevent.Record) []byte { return Payload(Event(records...)) }

// SelfManaged is [MSK] for self-managed Kafka.
func SelfManaged(records ...kafkaevent.Record) []byte {
	return Payload(SelfManagedEvent(records...))
}

// Event is the event of an Amazon MSK cluster. It groups the records by topic
// and partition, in the order given, and numbers them: a record whose offset is
// 0 and that is not the first of its partition gets the offset after the one
// before it.
func Event(records ...kafkaevent.Record) *kafkaevent.Event {
	return &kafkaevent.Event{
		Source:           "aws:kafka",
		SourceARN:        clusterARN,
		BootstrapServers: strings.Split(mskServers, ","),
		Partitions:       Partitions(records...),
	}
}

// SelfManagedEvent is [Event] for self-managed Kafka: it has another source and
// no ARN.
func SelfManagedEvent(records ...kafkaevent.Record) *kafkaevent.Event {
	return &kafkaevent.Event{
		Source:           "SelfManagedKafka",
		BootstrapServers: strings.Split(selfManagedServers, ","),
		Partitions:       Partitions(records...),
	}
}

// Payload is the event as Lambda writes it. It panics on an event with a
// record whose Err is set, which cannot be written.
func Payload(e *kafkaevent.Event) []byte {
	payload, err := e.MarshalJSON()
	if err != nil {
		panic("kafkaeventtest: " + err.Error())
	}
	return payload
}

// Partitions groups and numbers records as [Event] does.
func Partitions(records ...kafkaevent.Record) []kafkaevent.Partition {
	var partitions []kafkaevent.Partition
	index := make(map[kafkaevent.TopicPartition]int)
	for _, r := range records {
		i, ok := index[r.TopicPartition]
		if !ok {
			i = len(partitions)
			index[r.TopicPartition] = i
			partitions = append(partitions, kafkaevent.Partition{Key: r.TopicPartition.String()})
		}
		p := &partitions[i]
		if n := len(p.Records); n > 0 && r.Offset == 0 {
			r.Offset = p.Records[n-1].Offset + 1
		}
		p.Records = append(p.Records, r)
	}
	return partitions
}
