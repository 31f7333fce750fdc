package protobuf

import (
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/mskit-go/mskit/schema"
)

// resolver finds the extensions of a message.
type resolver interface {
	FindExtensionByName(field protoreflect.FullName) (protoreflect.ExtensionType, error)
	FindExtensionByNumber(message protoreflect.FullName, field protoreflect.FieldNumber) (protoreflect.ExtensionType, error)
}

// unmarshal decodes body into m. What protobuf-go says of a failure is not
// passed on: it names neither place nor kind and may quote the record. A nil
// resolver is the generated extensions linked into the program.
func unmarshal(body []byte, m proto.Message, depth int, r resolver) *schema.Error {
	err := proto.UnmarshalOptions{
		RecursionLimit: depth,
		Resolver:       r,
		// Lazy fields would keep the record's bytes and hide their errors.
		NoLazyDecoding: true,
	}.Unmarshal(body, m)
	if err == nil {
		return nil
	}
	md := m.ProtoReflect().Descriptor()
	if e := diagnose(body, md, depth); e != nil {
		if len(body) > 0 && (body[0] == '{' || body[0] == '[') {
			e.Msg += "; it looks like JSON text: for the JSON record format of an event source mapping use NewJSONDecoder"
		}
		return e
	}
	if proto.CheckInitialized(m) != nil {
		return required(m)
	}
	return &schema.Error{Kind: schema.KindDecode, Msg: fmt.Sprintf("the %d bytes are not a %s", len(body), short(md.FullName()))}
}

func required(m proto.Message) *schema.Error {
	return &schema.Error{Kind: schema.KindDecode, Path: unset(m.ProtoReflect(), nil), Msg: "a required field is not set"}
}

func tooDeep(path string, limit int) *schema.Error {
	return &schema.Error{Kind: schema.KindTooLarge, Path: path, Msg: fmt.Sprintf("messages nest deeper than %d, see WithLimits", limit)}
}

// place is a field in the fields around it.
type place struct {
	in    *place
	num   protowire.Number
	field protoreflect.FieldDescriptor // nil: unknown
}

func (in *place) of(md protoreflect.MessageDescriptor, num protowire.Number) *place {
	p := &place{in: in, num: num}
	if md != nil {
		p.field = md.Fields().ByNumber(num)
	}
	return p
}

// String is the path of the field; an unknown one is its number.
func (in *place) String() string {
	if in == nil {
		return ""
	}
	name := fmt.Sprintf("#%d", in.num)
	if in.field != nil {
		name = short(in.field.Name())
	}
	if in.in == nil {
		return name
	}
	return in.in.String() + "." + name
}

// message is what the field holds, nil for anything but a known message.
func (in *place) message() protoreflect.MessageDescriptor {
	if in.field == nil {
		return nil
	}
	return in.field.Message()
}

// short keeps the names of a hostile schema from filling the log.
func short[S ~string](name S) string {
	const most = 200
	if len(name) > most {
		return string(name[:most]) + "..."
	}
	return string(name)
}

// diagnosis walks bytes that protobuf-go refused, to say where and why.
type diagnosis struct{ size, maxDepth int }

// diagnose is nil when it finds no fault.
func diagnose(body []byte, md protoreflect.MessageDescriptor, maxDepth int) *schema.Error {
	d := diagnosis{len(body), maxDepth}
	_, e := d.fields(body, 0, md, nil, 0, maxDepth)
	return e
}

// fields walks b, whose first byte is at off in the record, to its end or to
// the end of the group that is open, and returns what is left. A nil md is a
// message that nothing is known of.
func (d diagnosis) fields(b []byte, off int, md protoreflect.MessageDescriptor, in *place, group protowire.Number, depth int) ([]byte, *schema.Error) {
	if depth == 0 {
		return nil, tooDeep(in.String(), d.maxDepth)
	}
	end := off + len(b)
	for len(b) > 0 {
		at := end - len(b)
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return nil, d.consumed(n, "a field tag", at, in)
		}
		b = b[n:]
		if typ == protowire.EndGroupType {
			if num != group {
				return nil, d.fault(schema.KindDecode, "the end of a group that was not begun", at, in)
			}
			return b, nil
		}
		p := in.of(md, num)
		if typ == protowire.StartGroupType {
			rest, e := d.fields(b, end-len(b), p.message(), p, num, depth-1)
			if e != nil {
				return nil, e
			}
			b = rest
			continue
		}
		at = end - len(b)
		n = protowire.ConsumeFieldValue(num, typ, b)
		if n < 0 {
			return nil, d.consumed(n, "a field", at, p)
		}
		if typ == protowire.BytesType && p.field != nil {
			content, _ := protowire.ConsumeBytes(b)
			if e := d.content(content, at+n-len(content), p, depth); e != nil {
				return nil, e
			}
		}
		b = b[n:]
	}
	if group != 0 {
		return nil, d.fault(schema.KindTruncated, "a group has no end", end, in)
	}
	return nil, nil
}

// content looks into a length-delimited field.
func (d diagnosis) content(b []byte, off int, p *place, depth int) *schema.Error {
	switch kind := p.field.Kind(); {
	case kind == protoreflect.MessageKind:
		_, e := d.fields(b, off, p.message(), p, 0, depth-1)
		return e
	case kind == protoreflect.StringKind:
		if strict, ok := p.field.(interface{ EnforceUTF8() bool }); (!ok || strict.EnforceUTF8()) && !utf8.Valid(b) {
			return d.fault(schema.KindDecode, "text is not valid UTF-8", off, p)
		}
	case p.field.IsList() && kind != protoreflect.BytesKind && kind != protoreflect.GroupKind:
		typ := packedType(kind)
		for end := off + len(b); len(b) > 0; {
			n := protowire.ConsumeFieldValue(p.num, typ, b)
			if n < 0 {
				return d.consumed(n, "a packed list", end-len(b), p)
			}
			b = b[n:]
		}
	}
	return nil
}

// consumed is the fault that protowire found.
func (d diagnosis) consumed(n int, what string, at int, p *place) *schema.Error {
	if errors.Is(protowire.ParseError(n), io.ErrUnexpectedEOF) {
		return d.fault(schema.KindTruncated, what+" runs past the end", at, p)
	}
	return d.fault(schema.KindDecode, what+" is malformed", at, p)
}

func (d diagnosis) fault(kind schema.Kind, what string, at int, p *place) *schema.Error {
	return &schema.Error{Kind: kind, Path: p.String(), Msg: fmt.Sprintf("%s, at byte %d of %d", what, at, d.size)}
}

func packedType(k protoreflect.Kind) protowire.Type {
	switch k {
	case protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind, protoreflect.FloatKind:
		return protowire.Fixed32Type
	case protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind, protoreflect.DoubleKind:
		return protowire.Fixed64Type
	default:
		return protowire.VarintType
	}
}

// unset is the path of a required field that m or a message in it lacks.
func unset(m protoreflect.Message, in *place) string {
	md := m.Descriptor()
	for i := range md.RequiredNumbers().Len() {
		if p := in.of(md, md.RequiredNumbers().Get(i)); !m.Has(p.field) {
			return p.String()
		}
	}
	var found string
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		p := &place{in, fd.Number(), fd}
		switch {
		case fd.IsMap():
			if fd.MapValue().Message() != nil {
				v.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
					found = unset(v.Message(), p)
					return found == ""
				})
			}
		case fd.Message() == nil:
		case fd.IsList():
			for i := 0; i < v.List().Len() && found == ""; i++ {
				found = unset(v.List().Get(i).Message(), p)
			}
		default:
			found = unset(v.Message(), p)
		}
		return found == ""
	})
	return found
}
