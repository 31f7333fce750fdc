package kafkaevent

import (
	"iter"
	"strconv"
	"time"
)

// TopicPartition names one partition of one topic.
type TopicPartition struct {
	Topic     string
	Partition int32
}

// String is "topic-partition", as Lambda spells the keys of an event.
func (tp TopicPartition) String() string {
	return tp.Topic + "-" + strconv.Itoa(int(tp.Partition))
}

// Record is one Kafka record.
//
// Records are copyable; a copy shares Key, Value and header bytes with the
// original. [Record.Clone] shares nothing.
type Record struct {
	TopicPartition
	// Offset is the record's position in its partition. Offsets have gaps:
	// compaction, transactions and event filters leave them.
	Offset int64
	// Timestamp has millisecond precision and is in UTC. It is zero when Kafka
	// had none (-1 on the wire).
	Timestamp time.Time
	// TimestampType is CREATE_TIME or LOG_APPEND_TIME, or whatever else was
	// delivered.
	TimestampType string
	// Key is nil when the record has no key; empty but not nil for an empty
	// key.
	Key []byte
	// Value is nil for a tombstone; empty but not nil for an empty value, or
	// for one that [Record.Err] says is broken.
	Value []byte
	// KeySchema and ValueSchema are what the event source mapping's schema
	// registry said of them; zero when it has none for that attribute.
	// DataFormat is the format the producer used, even where Lambda converted
	// the bytes to JSON.
	KeySchema   SchemaMetadata
	ValueSchema SchemaMetadata

	state *recordState
}

// SchemaMetadata is what the event source mapping attaches to a key or value
// that it validated against its schema registry.
type SchemaMetadata struct {
	// DataFormat is AVRO, PROTOBUF or JSON.
	DataFormat string
	// SchemaID is a decimal id (Confluent) or a UUID (AWS Glue).
	SchemaID string
}

// Err says what of this record could not be decoded: nil, an [*Error], or
// several joined. It is complete once parsing returned; nothing is decoded
// later that could fail. A record with an error keeps its coordinates, so it
// can be named in a reply.
func (r *Record) Err() error {
	if r.state == nil || r.state.more == nil {
		return nil
	}
	return r.state.more.err
}

// Tombstone reports whether the record is a delete: no value, and no error
// that hides one.
func (r *Record) Tombstone() bool { return r.Value == nil && r.Err() == nil }

// ID is "topic/partition/offset", stable across redeliveries of the same
// record in the same cluster.
func (r *Record) ID() string { return string(r.appendID(nil)) }

func (r *Record) appendID(b []byte) []byte {
	b = append(b, r.Topic...)
	b = append(b, '/')
	b = strconv.AppendInt(b, int64(r.Partition), 10)
	b = append(b, '/')
	return strconv.AppendInt(b, r.Offset, 10)
}

// Extra iterates over the members of the record that this package does not
// know, as name and raw JSON text, in document order.
func (r *Record) Extra() iter.Seq2[string, []byte] {
	if r.state == nil || r.state.more == nil {
		return iterate(nil)
	}
	return iterate(r.state.more.extra)
}
