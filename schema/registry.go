package schema

import "context"

// Registry finds schemas by id. A Schema never changes once it is returned.
//
// An id that does not exist is an [*Error] of KindUnknownSchema, a registry
// that does not answer one of KindUnavailable. An error belongs to the caller,
// who fills in the place: it is a new one each time.
//
// Two more methods are optional, and decoders look for them:
//
//   - Framing() Framing, when the registry's records have a known framing; nil
//     when it is not known after all;
//   - ConfigError() error, for a registry that knows at construction that it
//     cannot work.
type Registry interface {
	Schema(ctx context.Context, id ID) (*Schema, error)
}

// LatestRegistry is a [Registry] that also knows the newest version of a
// subject: of a subject in Confluent's sense, or of an AWS Glue schema by its
// name. A subject that does not exist is an [*Error] of KindUnknownSchema.
type LatestRegistry interface {
	Registry
	Latest(ctx context.Context, subject string) (*Schema, error)
}

// Format is the language a schema is written in.
type Format uint8

const (
	FormatUnknown Format = iota
	FormatAvro
	FormatProtobuf
	FormatJSON
)

// String is the name that registries use: AVRO, PROTOBUF, JSON; UNKNOWN for the
// rest.
func (f Format) String() string {
	switch f {
	case FormatAvro:
		return "AVRO"
	case FormatProtobuf:
		return "PROTOBUF"
	case FormatJSON:
		return "JSON"
	default:
		return "UNKNOWN"
	}
}

// ParseFormat reads a registry's name of a format, FormatUnknown for any
// other.
func ParseFormat(s string) Format {
	for _, f := range []Format{FormatAvro, FormatProtobuf, FormatJSON} {
		if s == f.String() {
			return f
		}
	}
	return FormatUnknown
}

// Schema is one registered schema with everything it refers to.
type Schema struct {
	ID     ID
	Format Format
	// Text is the schema as it was registered: Avro or JSON Schema as JSON,
	// Protobuf as .proto text; empty for Protobuf when Serialized is set.
	Text string
	// Serialized is a FileDescriptorProto, where the registry gave one.
	Serialized []byte
	// References are resolved, transitively.
	References []Reference
	// Rules are nil when the schema has none.
	Rules   *RuleSet
	Subject string
	Version int
}

// Reference is a schema that another one refers to.
type Reference struct {
	// Name is what the referring schema calls it: a full type name (Avro), an
	// import path (Protobuf) or the text of a $ref (JSON Schema).
	Name    string
	Subject string
	Version int
	Schema  *Schema
}
