package batchtest

import (
	"encoding/json"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
)

// Message is a message of v, for the unit test of a function that handles one.
// Its record is at offset 0 of partition 0 of the topic "test", without a key,
// unless options say otherwise. The record's own bytes are v itself where it is
// a []byte or a string, else its JSON, or empty where it has none.
func Message[V any](v V, opts ...kafkaeventtest.Option) batch.Message[V] {
	r := kafkaeventtest.Value("test", bytesOf(v), opts...)
	return batch.Message[V]{Record: &r, Value: v}
}

// KeyedMessage is [Message] with a typed key, whose bytes are made likewise. For
// a record without a key, take Message's record and leave Key zero.
func KeyedMessage[K, V any](k K, v V, opts ...kafkaeventtest.Option) batch.KeyedMessage[K, V] {
	opts = append([]kafkaeventtest.Option{kafkaeventtest.WithKeyBytes(bytesOf(k))}, opts...)
	r := kafkaeventtest.Value("test", bytesOf(v), opts...)
	return batch.KeyedMessage[K, V]{Record: &r, Key: k, Value: v}
}

// Record is the record alone, for a [batch.Handler].
func Record(value []byte, opts ...kafkaeventtest.Option) *kafkaevent.Record {
	r := kafkaeventtest.Value("test", value, opts...)
	return &r
}

func bytesOf(v any) []byte {
	switch v := v.(type) {
	case []byte:
		return v
	case string:
		return []byte(v)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return []byte{}
	}
	return text
}
