package schema

import "context"

// Field says which part of a record is decoded.
type Field uint8

const (
	Value Field = iota
	Key
)

// String is "value" or "key".
func (f Field) String() string {
	if f == Key {
		return "key"
	}
	return "value"
}

// Metadata is what the event source mapping attached to a key or value that
// it validated against its schema registry.
type Metadata struct {
	// DataFormat is AVRO, PROTOBUF or JSON: the producer's format, even where
	// Lambda converted the bytes to JSON.
	DataFormat string
	// SchemaID is a decimal id (Confluent) or a UUID (AWS Glue).
	SchemaID string
}

// Input is one key or value to decode.
type Input struct {
	Topic string
	Field Field
	// Data are the bytes; a decoder does not change them and does not keep
	// them, unless it says so. Nil is a tombstone or an absent key: batch does
	// not call a decoder for it.
	Data []byte
	// Header is the last record header of a name, false when there is none. It
	// may be nil and is valid only during Decode.
	Header func(name string) ([]byte, bool)
	// Meta is zero when the event source mapping has no registry for the field.
	Meta Metadata
}

// Decoder turns the bytes of a key or value into a T. It is safe for
// concurrent use.
//
// A failure that is an [*Error] says by its Kind whether a retry can help; any
// other error counts as retryable, see [Retryable].
//
// Two more methods are optional, and package batch looks for them:
//
//   - [JSONView], so that filters can match what is not JSON on the wire;
//   - ConfigError() error, for a decoder that knows at construction that it
//     cannot work: every invocation then fails with that error before any
//     record is touched.
type Decoder[T any] interface {
	Decode(ctx context.Context, in Input) (T, error)
}

// DecoderFunc is a function as a Decoder.
type DecoderFunc[T any] func(ctx context.Context, in Input) (T, error)

// Decode calls f.
func (f DecoderFunc[T]) Decode(ctx context.Context, in Input) (T, error) { return f(ctx, in) }

// JSONView is a decoder that can render its input as JSON text, the form that
// filter patterns match: field names as in the schema, unions without their
// branch names, rendered from the writer's data.
type JSONView interface {
	AppendJSON(ctx context.Context, dst []byte, in Input) ([]byte, error)
}
