package avro

import (
	"errors"
	"reflect"
	"strings"

	"github.com/mskit-go/mskit/schema"
)

// compiled is everything known of one writer's schema for one reader. It does
// not change.
type compiled struct {
	err     *schema.Error // why the schema cannot be used at all
	bindErr *schema.Error // why it cannot be decoded into the Go type

	view    *plan // as written
	plan    *plan // as read
	op      *op   // nil when the Go type is any or map[string]any
	direct  bool  // cells decode it, not the codec
	codec   codec
	clip    clip
	rawRoot bool // of a Confluent record, the whole body is one value of bytes
}

// compile never fails: what is wrong with a schema is part of the result, for
// it is as immutable as the schema. A nil reader reads as written.
func (d *core) compile(s *schema.Schema, reader *node, migrate bool) *compiled {
	fail := func(k schema.Kind, msg string) *compiled {
		return &compiled{err: &schema.Error{Kind: k, ID: s.ID, Msg: msg}}
	}
	if s.Format != schema.FormatAvro && s.Format != schema.FormatUnknown {
		return fail(schema.KindTypeMismatch, "the schema is "+s.Format.String()+", the decoder is for AVRO")
	}
	if err := s.CheckRules(migrate, d.ignoredRules...); err != nil {
		e, _ := errors.AsType[*schema.Error](err)
		return &compiled{err: e}
	}
	writer, err := parseSchema(s, d.limits.SchemaBytes)
	if err != nil {
		return fail(schema.KindInvalidSchema, brief(err))
	}
	c := &compiled{view: identity(writer), rawRoot: writer.kind == kindBytes}
	if c.plan = c.view; reader != nil {
		if c.plan, err = resolve(writer, reader); err != nil {
			c.bindErr = &schema.Error{Kind: schema.KindIncompatible, ID: s.ID, Msg: brief(err)}
			return c
		}
	}
	if d.generic {
		return c
	}
	if err := d.bind(c); err != nil {
		c.bindErr = &schema.Error{Kind: schema.KindIncompatible, ID: s.ID, Msg: brief(err)}
	}
	return c
}

// bind makes c decode into the Go type.
func (d *core) bind(c *compiled) error {
	b, boxed, err := bind(c.plan, d.typ)
	if err != nil {
		return err
	}
	if c.op = b.op; cellOf(c.op, reflect.New(d.typ).Elem()) != nil {
		c.direct = true
		return nil
	}
	c.codec, err = d.engine.compile(b.shape, d.typ, func(raw []byte) any { return unbox(boxed, raw) })
	c.clip = clipOf(d.typ)
	return err
}

// unbox makes the value for an interface from what the rewriter wrote: the
// number of a plan and its data; nothing at all is nil.
func unbox(boxed []*plan, raw []byte) any {
	var c cursor
	c.reset(raw, &trusted)
	i, ok := c.varint()
	if !ok || i <= 0 || i >= int64(len(boxed)) {
		return nil
	}
	v, _ := boxed[i].value(&c)
	return v
}

// brief is the text of an error about a schema, whose names and paths can be of
// any length.
func brief(err error) string {
	const most = 300
	s := err.Error()
	if len(s) > most {
		s = s[:most/2] + " ... " + s[len(s)-most/2:]
	}
	return strings.ToValidUTF8(s, "\ufffd")
}
