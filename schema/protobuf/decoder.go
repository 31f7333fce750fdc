package protobuf

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/mskit-go/mskit/schema"
)

// Decoder decodes records into the generated message type M, such as
// *orderspb.Order. It is made by [NewDecoder], [NewAnyOf] or [NewJSONDecoder], is
// safe for concurrent use and renders its input as JSON for filters.
type Decoder[M proto.Message] struct{ engine engine }

// engine is a Decoder without its type parameter.
type engine interface {
	decode(ctx context.Context, in schema.Input) (proto.Message, error)
	appendJSON(ctx context.Context, dst []byte, in schema.Input) ([]byte, error)
	configError() error
}

var _ interface {
	schema.Decoder[proto.Message]
	schema.JSONView
	ConfigError() error
} = (*Decoder[proto.Message])(nil)

// NewDecoder decodes binary Protobuf into M, a generated message type. It
// understands records framed for a Confluent-compatible registry or AWS Glue,
// those whose framing the event source mapping took off, and plain ones, and
// asks no registry unless [ByRegistry] is given. Schema evolution is
// Protobuf's own: fields that M does not know stay in its unknown fields.
//
// It neither fails nor panics; an M or an option that cannot work is
// [Decoder.ConfigError].
func NewDecoder[M proto.Message](opts ...Option) *Decoder[M] {
	typ, err := messageType[M]()
	return &Decoder[M]{newWire([]protoreflect.MessageType{typ}, err, newConfig(opts))}
}

// NewAnyOf is [NewDecoder] for topics that carry several message types. Each
// record's message index picks the type; a record of none of them fails with
// [schema.KindTypeMismatch], an unframed one with [schema.KindFraming]. The
// messages are only looked at for their types and may be nil pointers:
//
//	protobuf.NewAnyOf([]proto.Message{(*orderspb.OrderPlaced)(nil), (*orderspb.OrderCancelled)(nil)})
//
// Types generated from several .proto files need [ByRegistry], for an index
// says nothing of the file it is for.
func NewAnyOf(messages []proto.Message, opts ...Option) *Decoder[proto.Message] {
	var err error
	types := make([]protoreflect.MessageType, len(messages))
	for i, m := range messages {
		if err == nil {
			types[i], err = typeOf(m)
		}
	}
	if len(messages) == 0 {
		err = errors.New("no message types")
	}
	return &Decoder[proto.Message]{newWire(types, err, newConfig(opts))}
}

// Decode decodes one key or value. Its errors are [*schema.Error] with these
// kinds, beside those of the framing and, with [ByRegistry], of the registry:
// KindTypeMismatch for a record of another message type, KindTruncated and
// KindDecode for bytes that are no M, KindTooLarge for nesting over
// [Limits.Depth], KindValidation from [WithValidate].
func (d *Decoder[M]) Decode(ctx context.Context, in schema.Input) (M, error) {
	m, err := d.engine.decode(ctx, in)
	if err != nil {
		var none M
		return none, err
	}
	return m.(M), nil
}

// AppendJSON appends the input as one line of JSON, the form that filter
// patterns match. It is canonical ProtoJSON, but for the field names: they are
// those of the .proto file, as in Lambda's JSON record format.
//
//   - int64, uint64 and their fixed forms are strings: "1001";
//   - enums are the names of their values, numbers where M has no name;
//   - bytes are standard base64;
//   - fields that are not set, and proto3 scalars at their default, are absent;
//   - google.protobuf.Timestamp and its siblings have their special forms;
//   - NaN and the infinities are strings.
//
// Fields are in the order of their declaration and map keys are sorted, so
// equal messages give equal text. Fields that M does not know are not shown.
// A decoder from [NewJSONDecoder] appends the text that it was given.
func (d *Decoder[M]) AppendJSON(ctx context.Context, dst []byte, in schema.Input) ([]byte, error) {
	return d.engine.appendJSON(ctx, dst, in)
}

// ConfigError is why the decoder cannot work at all, nil when it can.
func (d *Decoder[M]) ConfigError() error { return d.engine.configError() }

// messageType finds out how to make an M.
func messageType[M proto.Message]() (protoreflect.MessageType, error) {
	var zero M
	typ, err := typeOf(zero)
	if err != nil {
		return nil, err
	}
	if _, ok := typ.New().Interface().(M); !ok {
		return nil, notGenerated(zero)
	}
	return typ, nil
}

// typeOf has to call a method of m, which for a type that was not generated may
// do anything.
func typeOf(m proto.Message) (typ protoreflect.MessageType, err error) {
	defer func() {
		if recover() != nil {
			typ, err = nil, notGenerated(m)
		}
	}()
	if m == nil {
		return nil, errors.New("the message type is an interface or nil; it must be a generated type such as *orderspb.Order")
	}
	typ = m.ProtoReflect().Type()
	if typ.Descriptor().ParentFile() == nil || typ.New() == nil {
		return nil, notGenerated(m)
	}
	return typ, nil
}

func notGenerated(m proto.Message) error {
	return fmt.Errorf("%T is not a generated message type; for dynamic messages use NewDynamic", m)
}

// broken is the engine of a decoder that is set up wrongly.
type broken struct{ err error }

func (b broken) decode(_ context.Context, in schema.Input) (proto.Message, error) {
	return nil, configError(b.err).At(in)
}

func (b broken) appendJSON(_ context.Context, dst []byte, in schema.Input) ([]byte, error) {
	return dst, configError(b.err).At(in)
}

func (b broken) configError() error { return configError(b.err) }
