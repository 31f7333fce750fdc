package jsonschema

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/mskit-go/mskit/schema"
)

// Decoder checks JSON text against its schema and decodes it into a T as
// encoding/json does; T may be any or json.RawMessage. It is safe for
// concurrent use and implements [schema.JSONView].
type Decoder[T any] struct {
	v    *validator
	into schema.Decoder[T]
}

// NewDecoder validates against the schemas of reg, found by the id that the
// record or the event source mapping names; wrap a client in [schema.Cached].
// With [WithSchema] reg may be nil.
//
// It neither fails nor panics: what is known to be wrong with the
// configuration is the error of each Decode and of [Decoder.ConfigError].
func NewDecoder[T any](reg schema.Registry, opts ...Option) *Decoder[T] {
	return &Decoder[T]{v: newValidator(reg, newConfig(opts)), into: schema.JSON[T]()}
}

// Decode validates and decodes. Errors are [*schema.Error]; that of a payload
// which breaks its schema wraps a [*ValidationError].
//
// Beside what is no JSON, it refuses an object with two properties of one name,
// of which validator and T could see different ones, and what is over
// [Limits], numbers of more than 256 bytes or with an exponent beyond 400
// included. A pattern in the schema that Go's regular expressions do not know
// makes the schema invalid.
func (d *Decoder[T]) Decode(ctx context.Context, in schema.Input) (T, error) {
	var zero T
	frame, err := d.v.check(ctx, in)
	if err != nil {
		if err.ID.IsZero() {
			err.ID = frame.ID
		}
		return zero, err.At(in)
	}
	v, cause := d.into.Decode(ctx, schema.Input{Topic: in.Topic, Field: in.Field, Data: frame.Body})
	if cause != nil {
		if e, ok := errors.AsType[*schema.Error](cause); ok {
			e.ID = frame.ID
		}
		return zero, cause
	}
	return v, nil
}

// AppendJSON appends the payload's own JSON text, without its framing and
// without validating it.
func (d *Decoder[T]) AppendJSON(_ context.Context, dst []byte, in schema.Input) ([]byte, error) {
	frame, err := d.v.open(in)
	if err != nil {
		return dst, err.At(in)
	}
	return append(dst, frame.Body...), nil
}

// ConfigError is what is known to be wrong with the configuration, or nil.
func (d *Decoder[T]) ConfigError() error {
	if d.v.err != nil {
		return d.v.err
	}
	return nil
}

// validator is the part of a Decoder that does not depend on T.
type validator struct {
	reg     schema.Registry
	conf    *config
	framing schema.Framing
	given   *compiled // the schema of WithSchema
	cache   *cache
	err     *schema.Error // of KindConfig
}

func newValidator(reg schema.Registry, conf *config) *validator {
	if v := reflect.ValueOf(reg); v.Kind() == reflect.Pointer && v.IsNil() {
		reg = nil // such as a client whose constructor failed
	}
	v := &validator{reg: reg, conf: conf, framing: conf.framing, cache: newCache(conf.limits.Schemas)}
	if v.framing == nil {
		v.framing = defaultFraming(reg)
	}
	switch {
	case conf.err != nil:
		v.err = &schema.Error{Kind: schema.KindConfig, Msg: "jsonschema: " + conf.err.Error()}
	case conf.hasText:
		given, err := compile(&schema.Schema{Format: schema.FormatJSON, Text: conf.text}, conf)
		if err != nil {
			v.err = &schema.Error{Kind: schema.KindConfig, Msg: "jsonschema: WithSchema: " + err.Msg}
		}
		v.given = given
	case reg == nil:
		v.err = &schema.Error{Kind: schema.KindConfig, Msg: "jsonschema: neither a registry nor WithSchema"}
	default:
		if r, ok := reg.(interface{ ConfigError() error }); ok && r.ConfigError() != nil {
			v.err = asError(r.ConfigError())
			v.err.Kind = schema.KindConfig
		}
	}
	return v
}

func defaultFraming(reg schema.Registry) schema.Framing {
	if framed, ok := reg.(interface{ Framing() schema.Framing }); ok {
		if f := framed.Framing(); f != nil {
			return schema.ESM(f)
		}
	}
	return schema.ESM(schema.Detect())
}

// open takes the framing off.
func (v *validator) open(in schema.Input) (schema.Frame, *schema.Error) {
	if v.err != nil {
		e := *v.err
		return schema.Frame{}, &e
	}
	if in.Data == nil {
		return schema.Frame{}, &schema.Error{Kind: schema.KindTombstone, Msg: "no value to validate"}
	}
	if v.given != nil && v.conf.framing == nil && in.Meta != (schema.Metadata{}) {
		return schema.Frame{Body: in.Data}, nil // no id wanted, whatever the metadata lacks
	}
	frame, err := v.framing.Parse(in)
	if err != nil {
		return frame, asError(err)
	}
	return frame, nil
}

// check finds the schema and validates. The frame has the id even if it fails.
func (v *validator) check(ctx context.Context, in schema.Input) (schema.Frame, *schema.Error) {
	frame, err := v.open(in)
	if err != nil {
		return frame, err
	}
	c, err := v.schemaOf(ctx, frame)
	if err != nil {
		return frame, err
	}
	doc, bad := parse(frame.Body, parseLimits{depth: v.conf.limits.Depth, values: v.conf.limits.Values})
	if bad != nil {
		return frame, &schema.Error{Kind: bad.kind, Msg: fmt.Sprintf("%s of %d", bad, len(frame.Body))}
	}
	return frame, c.validate(ctx, doc)
}

// schemaOf is the compiled schema to validate with.
func (v *validator) schemaOf(ctx context.Context, frame schema.Frame) (*compiled, *schema.Error) {
	if v.given != nil {
		return v.given, nil
	}
	if frame.ID.IsZero() {
		return nil, &schema.Error{Kind: schema.KindFraming, Msg: "no schema id in the bytes, the headers or the event source mapping's metadata: name a schema by WithSchema, or the framing by WithFraming"}
	}
	e := v.cache.get(frame.ID)
	if e == nil {
		s, err := v.reg.Schema(ctx, frame.ID)
		if err != nil {
			return nil, asError(err)
		}
		if s == nil {
			return nil, &schema.Error{Kind: schema.KindUnavailable, Msg: "the registry returned neither a schema nor an error"}
		}
		var isNew bool
		if e, isNew = v.cache.add(frame.ID); isNew {
			e.fill(s, v.conf)
		}
	}
	return e.wait(ctx)
}

// asError is err as an *schema.Error of the caller's own.
func asError(err error) *schema.Error {
	if e, ok := err.(*schema.Error); ok { //nolint:errorlint // itself, not one that it wraps: the wrapper's words would be lost
		own := *e
		return &own
	}
	return &schema.Error{Kind: schema.KindOf(err), Err: err}
}
