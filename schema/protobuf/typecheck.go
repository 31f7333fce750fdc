package protobuf

import (
	"context"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/mskit-go/mskit/schema"
)

// TypeCheck is a way to make sure that a record holds the message a decoder
// was made for; see [ByDescriptor], [ByRegistry] and [Unchecked]. The zero
// value is ByDescriptor().
type TypeCheck struct {
	mode checkMode
	reg  schema.Registry
	// lookup makes what compares names. It is a function so that a program
	// without ByRegistry does not link what schemas need.
	lookup func(*config) namer
}

// namer finds the name of the message a record holds.
type namer interface {
	messageName(ctx context.Context, id schema.ID, idx schema.MessageIndex) (protoreflect.FullName, error)
}

type checkMode uint8

const (
	checkDescriptor checkMode = iota
	checkRegistry
	checkOff
)

// ByDescriptor looks up the record's message index in the .proto file that the
// Go type was generated from, and asks no registry. It holds while producer
// and consumer have the same messages in that file in the same order:
// for Confluent, appended messages do no harm; for AWS Glue, which numbers
// messages by name, any new message may shift the others.
func ByDescriptor() TypeCheck { return TypeCheck{} }

// ByRegistry looks up the record's message index in the schema it was written
// with and compares full names, so the producer's file may be arranged
// differently. It also makes the decoder see the schema's rules and refuse
// records that are to be decrypted or migrated. It costs one registry answer
// per schema id; wrap reg in [schema.Cached]. Records without a schema id are
// checked as [ByDescriptor] does. Registries that serve .proto text need
// [WithCompiler].
func ByRegistry(reg schema.Registry) TypeCheck {
	return TypeCheck{checkRegistry, reg, func(c *config) namer { return newSchemas(reg, c, true) }}
}

// Unchecked takes the record's message index off and believes nothing of it.
// A record of another message type then decodes, into wrong values.
func Unchecked() TypeCheck { return TypeCheck{mode: checkOff} }
