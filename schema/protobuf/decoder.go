package protobuf

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/mskit-go/mskit/schema"
)

// Decoder decodes records into the generated message type M, such as
// *orderspb.Order. It is made by [NewDecoder] or [NewJSONDecoder], is safe for
// concurrent use and renders its input as JSON for filters.
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
	c := newConfig(opts)
	typ, err := messageType[M]()
	if err == nil {
		err = c.err
	}
	if err == nil && c.check.mode == checkRegistry {
		err = unusable(c.check.reg)
	}
	if err != nil {
		return &Decoder[M]{broken{err}}
	}
	md := typ.Descriptor()
	d := &wire{
		config:  c,
		typ:     typ,
		framing: c.framingOf(c.check.reg),
		check: checker{
			mode:   c.check.mode,
			target: md.FullName(),
			local:  newMessages(md.ParentFile(), c.countMapEntries),
		},
	}
	if c.check.mode == checkRegistry {
		d.check.registered = c.check.lookup(c)
	}
	return &Decoder[M]{d}
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

// messageType finds out how to make an M. It has to call a method of the zero
// M, which for a type that was not generated may do anything.
func messageType[M proto.Message]() (typ protoreflect.MessageType, err error) {
	defer func() {
		if recover() != nil {
			typ, err = nil, fmt.Errorf("%T is not a generated message type; for dynamic messages use NewDynamic", *new(M))
		}
	}()
	var zero M
	if any(zero) == nil {
		return nil, errors.New("the type argument is an interface; it must be a generated message type such as *orderspb.Order")
	}
	typ = zero.ProtoReflect().Type()
	if _, ok := typ.New().Interface().(M); !ok || typ.Descriptor().ParentFile() == nil {
		return nil, fmt.Errorf("%T is not a generated message type", zero)
	}
	return typ, nil
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

// wire decodes the binary form.
type wire struct {
	*config
	typ     protoreflect.MessageType
	framing schema.Framing
	check   checker
}

func (d *wire) configError() error { return nil }

func (d *wire) decode(ctx context.Context, in schema.Input) (proto.Message, error) {
	m, err := d.unmarshal(ctx, in)
	if err != nil {
		return nil, locate(err, in)
	}
	if err := d.validated(m); err != nil {
		return nil, locate(err, in)
	}
	return m, nil
}

func (d *wire) appendJSON(ctx context.Context, dst []byte, in schema.Input) ([]byte, error) {
	m, err := d.unmarshal(ctx, in)
	if err != nil {
		return dst, locate(err, in)
	}
	out, err := appendView(dst, m, protojson.MarshalOptions{})
	if err != nil {
		return dst, locate(err, in)
	}
	return out, nil
}

func (d *wire) unmarshal(ctx context.Context, in schema.Input) (proto.Message, error) {
	id, idx, body, err := split(d.framing, in)
	if err != nil {
		return nil, err
	}
	if err := d.check.check(ctx, id, idx); err != nil {
		return nil, err
	}
	m := d.typ.New().Interface()
	if err := unmarshal(body, m, d.limits.Depth, nil); err != nil {
		err.ID = id
		return nil, err
	}
	return m, nil
}

// split takes one input apart.
func split(f schema.Framing, in schema.Input) (schema.ID, schema.MessageIndex, []byte, error) {
	if in.Data == nil {
		return schema.ID{}, schema.MessageIndex{}, nil, &schema.Error{Kind: schema.KindTombstone, Msg: "there is no value to decode"}
	}
	if f := in.Meta.DataFormat; f != "" && !strings.EqualFold(f, "PROTOBUF") {
		return schema.ID{}, schema.MessageIndex{}, nil, &schema.Error{Kind: schema.KindTypeMismatch, Msg: "the event source mapping found another format than Protobuf in its registry"}
	}
	frame, err := f.Parse(in)
	if err != nil {
		return schema.ID{}, schema.MessageIndex{}, nil, err
	}
	idx, body, err := frame.Message()
	return frame.ID, idx, body, err
}
