package kafkaeventtest

import (
	"encoding/json"
	"time"

	"github.com/mskit-go/mskit/kafkaevent"
)

// defaultTime is the timestamp of every record that is not given one.
var defaultTime = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// Value is a record of these bytes in partition 0 of the topic, without a key
// and without headers, created at 2026-01-01T00:00:00Z. A nil value is a tombstone. Events
// number the records of a partition: see [Event].
func Value(topic string, value []byte, opts ...Option) kafkaevent.Record {
	b := builder{Record: kafkaevent.Record{
		TopicPartition: kafkaevent.TopicPartition{Topic: topic},
		Timestamp:      defaultTime,
		TimestampType:  "CREATE_TIME",
		Value:          value,
	}}
	for _, opt := range opts {
		if opt != nil {
			opt.apply(&b)
		}
	}
	return b.build()
}

// Text is [Value] of a string.
func Text(topic, value string, opts ...Option) kafkaevent.Record {
	return Value(topic, []byte(value), opts...)
}

// JSON is [Value] of v as JSON. It panics where json.Marshal fails.
func JSON(topic string, v any, opts ...Option) kafkaevent.Record {
	text, err := json.Marshal(v)
	if err != nil {
		panic("kafkaeventtest: " + err.Error())
	}
	return Value(topic, text, opts...)
}

// Tombstone is the delete of a key: a record whose value is null.
func Tombstone(topic, key string, opts ...Option) kafkaevent.Record {
	return Value(topic, nil, append([]Option{WithKey(key)}, opts...)...)
}

// Option changes a record from its defaults. Where one is repeated the last
// wins, but headers add up. A nil Option is skipped.
type Option interface{ apply(*builder) }

type optionFunc func(*builder)

func (f optionFunc) apply(b *builder) { f(b) }

// builder is a record before its bytes are framed.
type builder struct {
	kafkaevent.Record

	headers              kafkaevent.Headers
	frameKey, frameValue func([]byte) []byte
}

func (b *builder) build() kafkaevent.Record {
	if b.frameKey != nil && b.Key != nil {
		b.Key = b.frameKey(b.Key)
	}
	if b.frameValue != nil && b.Value != nil {
		b.Value = b.frameValue(b.Value)
	}
	if b.headers != nil {
		b.SetHeaders(b.headers)
	}
	return b.Record
}

// WithTopic replaces the topic.
func WithTopic(name string) Option {
	return optionFunc(func(b *builder) { b.Topic = name })
}

// WithPartition puts the record into another partition than 0.
func WithPartition(n int32) Option {
	return optionFunc(func(b *builder) { b.Partition = n })
}

// WithOffset sets the offset. 0 leaves it to [Event], which numbers records.
func WithOffset(n int64) Option {
	return optionFunc(func(b *builder) { b.Offset = n })
}

// WithTime sets the timestamp. The zero time is what Kafka sends as -1: the
// record has none.
func WithTime(t time.Time) Option {
	return optionFunc(func(b *builder) { b.Timestamp = t })
}

// WithTimestampType replaces CREATE_TIME, as by LOG_APPEND_TIME.
func WithTimestampType(s string) Option {
	return optionFunc(func(b *builder) { b.TimestampType = s })
}

// WithKey gives the record a key. An empty one is not the same as none.
func WithKey(key string) Option { return WithKeyBytes([]byte(key)) }

// WithKeyBytes is [WithKey] for a key that is no text. nil: no key.
func WithKeyBytes(key []byte) Option {
	return optionFunc(func(b *builder) { b.Key = key })
}

// WithHeader adds a header.
func WithHeader(name, value string) Option { return WithHeaderBytes(name, []byte(value)) }

// WithHeaderBytes is [WithHeader] for a value that is no text. nil: Kafka's
// null.
func WithHeaderBytes(name string, value []byte) Option {
	return optionFunc(func(b *builder) {
		b.headers = append(b.headers, kafkaevent.Header{Key: name, Value: value})
	})
}

// WithKeySchema attaches what an event source mapping with a schema registry
// says of the key: AVRO, PROTOBUF or JSON, and a decimal id (Confluent) or a
// UUID (Glue).
func WithKeySchema(dataFormat, schemaID string) Option {
	return optionFunc(func(b *builder) {
		b.KeySchema = kafkaevent.SchemaMetadata{DataFormat: dataFormat, SchemaID: schemaID}
	})
}

// WithValueSchema is [WithKeySchema] for the value.
func WithValueSchema(dataFormat, schemaID string) Option {
	return optionFunc(func(b *builder) {
		b.ValueSchema = kafkaevent.SchemaMetadata{DataFormat: dataFormat, SchemaID: schemaID}
	})
}

// WithFraming passes the value through a function that puts a registry's
// framing before it. A tombstone is not framed.
func WithFraming(frame func([]byte) []byte) Option {
	return optionFunc(func(b *builder) { b.frameValue = frame })
}

// WithKeyFraming is [WithFraming] for the key.
func WithKeyFraming(frame func([]byte) []byte) Option {
	return optionFunc(func(b *builder) { b.frameKey = frame })
}
