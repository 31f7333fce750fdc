package protobuf

import (
	"context"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/mskit-go/mskit/schema"
)

// wire decodes the binary form.
type wire struct {
	*config
	framing schema.Framing
	targets *targets
}

// newWire is broken when err is not nil or the types do not go together.
func newWire(types []protoreflect.MessageType, err error, c *config) engine {
	var t *targets
	if err == nil {
		err = c.err
	}
	if err == nil {
		t, err = newTargets(types, c)
	}
	if err != nil {
		return broken{err}
	}
	return &wire{c, c.framingOf(c.check.reg), t}
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
	typ, err := d.targets.of(ctx, id, idx)
	if err != nil {
		return nil, err
	}
	m := typ.New().Interface()
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
