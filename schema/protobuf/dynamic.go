package protobuf

import (
	"context"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/mskit-go/mskit/schema"
)

// DynamicDecoder decodes records into messages whose types come from a
// registry. It is made by [NewDynamic], is safe for concurrent use and renders
// its input as JSON for filters.
type DynamicDecoder struct {
	config  *config
	framing schema.Framing
	schemas *schemas
	err     error
}

var _ interface {
	schema.Decoder[*dynamicpb.Message]
	schema.JSONView
	ConfigError() error
} = (*DynamicDecoder)(nil)

// NewDynamic decodes each record with the schema it names, which reg serves as
// a serialized descriptor or, given [WithCompiler], as .proto text. Wrap a
// registry client in [schema.Cached]. Compiled schemas are kept by id, see
// [Limits]. google/protobuf/*.proto, google/type/*.proto, confluent/meta.proto
// and confluent/type/decimal.proto can be imported without being references.
//
// It neither fails nor panics; a registry or an option that cannot work is
// [DynamicDecoder.ConfigError].
func NewDynamic(reg schema.Registry, opts ...Option) *DynamicDecoder {
	c := newConfig(opts)
	if c.err == nil {
		c.err = unusable(reg)
	}
	if c.err != nil {
		return &DynamicDecoder{err: c.err}
	}
	return &DynamicDecoder{config: c, framing: c.framingOf(reg), schemas: newSchemas(reg, c, false)}
}

// Decode decodes one key or value. Its errors are [*schema.Error] with these
// kinds, beside those of the framing and the registry: KindInvalidSchema for a
// schema that does not link, KindConfig for .proto text without a compiler,
// KindUnsupportedRule for rules that bind readers, KindFraming for a message
// index the schema does not have, KindTruncated and KindDecode for bytes that
// are not such a message, KindTooLarge for nesting over [Limits.Depth],
// KindValidation from [WithValidate].
func (d *DynamicDecoder) Decode(ctx context.Context, in schema.Input) (*dynamicpb.Message, error) {
	m, _, err := d.unmarshal(ctx, in)
	if err == nil {
		err = d.config.validated(m)
	}
	if err != nil {
		return nil, locate(err, in)
	}
	return m, nil
}

// AppendJSON appends the input as JSON by the rules of [Decoder.AppendJSON],
// with the writer's schema.
func (d *DynamicDecoder) AppendJSON(ctx context.Context, dst []byte, in schema.Input) ([]byte, error) {
	m, s, err := d.unmarshal(ctx, in)
	if err == nil {
		var out []byte
		if out, err = appendView(dst, m, protojson.MarshalOptions{Resolver: s.types}); err == nil {
			return out, nil
		}
	}
	return dst, locate(err, in)
}

// ConfigError is why the decoder cannot work at all, nil when it can.
func (d *DynamicDecoder) ConfigError() error {
	if d.err != nil {
		return configError(d.err)
	}
	return nil
}

func (d *DynamicDecoder) unmarshal(ctx context.Context, in schema.Input) (_ *dynamicpb.Message, _ *compiled, err error) {
	if d.err != nil {
		return nil, nil, configError(d.err)
	}
	id, idx, body, err := split(d.framing, in)
	if err != nil {
		return nil, nil, err
	}
	if id.IsZero() {
		return nil, nil, &schema.Error{Kind: schema.KindFraming, Msg: "nothing names the record's schema, and a dynamic message needs one; for records without a registry use NewDecoder"}
	}
	s, err := d.schemas.get(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	md, err := s.message(id, idx)
	if err != nil {
		return nil, nil, err
	}
	// The descriptor is the registry's: one that protobuf-go links and then
	// stumbles over must not take the batch down.
	defer func() {
		if recover() != nil {
			err = &schema.Error{Kind: schema.KindInvalidSchema, ID: id, Msg: short(md.FullName()) + " cannot be decoded"}
		}
	}()
	m := dynamicpb.NewMessage(md)
	if err := unmarshal(body, m, d.config.limits.Depth, s.types); err != nil {
		err.ID = id
		return nil, nil, err
	}
	return m, s, nil
}

// framingOf is the framing that was asked for, else the one of reg, else a
// guess that is sound for Protobuf.
func (c *config) framingOf(reg schema.Registry) schema.Framing {
	if c.framing != nil {
		return c.framing
	}
	if r, ok := reg.(interface{ Framing() schema.Framing }); ok {
		if f := r.Framing(); f != nil {
			return schema.ESM(f)
		}
	}
	return schema.ESM(schema.Detect())
}
