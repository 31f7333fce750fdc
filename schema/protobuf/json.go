package protobuf

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/mskit-go/mskit/schema"
)

// NewJSONDecoder decodes JSON text into M, a generated message type: what an
// event source mapping with a schema registry and the JSON record format makes
// of Protobuf records. It reads ProtoJSON with either form of field names
// (unit_price, unitPrice), with 64-bit integers as strings or numbers and enums
// as names or numbers.
//
// As in the binary form, what M does not know is no error: unknown fields are
// dropped, and an unknown enum name counts as not set. There is no message
// index in JSON text, so the type of the record is not checked.
//
// The text is taken as it is, whatever the record's metadata says; with
// [WithFraming] it is what the framing leaves. It neither fails nor panics; an
// M or an option that cannot work is [Decoder.ConfigError].
func NewJSONDecoder[M proto.Message](opts ...Option) *Decoder[M] {
	c := newConfig(opts)
	typ, err := messageType[M]()
	if err == nil {
		err = c.err
	}
	if err != nil {
		return &Decoder[M]{broken{err}}
	}
	if c.framing == nil {
		c.framing = schema.Raw()
	}
	return &Decoder[M]{&text{c, typ}}
}

// text decodes the JSON form.
type text struct {
	*config
	typ protoreflect.MessageType
}

func (d *text) configError() error { return nil }

func (d *text) decode(_ context.Context, in schema.Input) (proto.Message, error) {
	id, body, err := d.body(in)
	if err != nil {
		return nil, locate(err, in)
	}
	m := d.typ.New().Interface()
	if err := d.unmarshal(body, m); err != nil {
		err.ID = id
		return nil, locate(err, in)
	}
	if err := d.validated(m); err != nil {
		return nil, locate(err, in)
	}
	return m, nil
}

func (d *text) appendJSON(_ context.Context, dst []byte, in schema.Input) ([]byte, error) {
	_, body, err := d.body(in)
	if err != nil {
		return dst, locate(err, in)
	}
	return append(dst, body...), nil
}

func (d *text) body(in schema.Input) (schema.ID, []byte, error) {
	if in.Data == nil {
		return schema.ID{}, nil, &schema.Error{Kind: schema.KindTombstone, Msg: "there is no value to decode"}
	}
	f, err := d.framing.Parse(in)
	return f.ID, f.Body, err
}

func (d *text) unmarshal(body []byte, m proto.Message) *schema.Error {
	o := protojson.UnmarshalOptions{
		AllowPartial:   true,
		DiscardUnknown: true,
		RecursionLimit: d.limits.Depth,
	}
	if o.Unmarshal(body, m) != nil {
		return jsonError(body, d.typ, o)
	}
	if proto.CheckInitialized(m) != nil {
		return required(m)
	}
	return nil
}

// jsonError says why body does not decode, without protojson's words: they
// quote the record.
func jsonError(body []byte, typ protoreflect.MessageType, o protojson.UnmarshalOptions) *schema.Error {
	var members map[string]json.RawMessage
	err := json.Unmarshal(body, &members)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		e := &schema.Error{Kind: schema.KindDecode, Msg: fmt.Sprintf("not valid JSON at byte %d of %d", syntax.Offset, len(body))}
		if len(body) > 0 && body[0] < ' ' {
			e.Msg += "; it looks like binary Protobuf: use NewDecoder"
		}
		return e
	}
	if objectDepth(body) > o.RecursionLimit {
		return tooDeep("", o.RecursionLimit)
	}
	return &schema.Error{
		Kind: schema.KindDecode,
		Path: faultyMember(members, typ, o),
		Msg:  fmt.Sprintf("the JSON of %d bytes does not fit %s", len(body), typ.Descriptor().FullName()),
	}
}

// faultyMember is the field whose JSON does not fit, found by decoding each on
// its own.
func faultyMember(members map[string]json.RawMessage, typ protoreflect.MessageType, o protojson.UnmarshalOptions) string {
	fields := typ.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		for _, name := range []string{fd.TextName(), fd.JSONName()} {
			value, ok := members[name]
			if !ok {
				continue
			}
			one, err := json.Marshal(map[string]json.RawMessage{name: value})
			if err == nil && o.Unmarshal(one, typ.New().Interface()) != nil {
				return string(fd.Name())
			}
		}
	}
	return ""
}

// objectDepth is how deep objects nest in valid JSON.
func objectDepth(b []byte) int {
	depth, most := 0, 0
	inString := false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			inString = !inString
		case c == '\\':
			i++
		case inString:
		case c == '{':
			depth++
			most = max(most, depth)
		case c == '}':
			depth--
		}
	}
	return most
}
