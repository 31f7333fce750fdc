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
	if e := (&diagnosis{size: len(body), maxDepth: depth}).message(body, 0, md, "", depth); e != nil {
		if len(body) > 0 && (body[0] == '{' || body[0] == '[') {
			e.Msg += "; it looks like JSON text: for the JSON record format of an event source mapping use NewJSONDecoder"
		}
		return e
	}
	if proto.CheckInitialized(m) != nil {
		return required(m)
	}
	return &schema.Error{Kind: schema.KindDecode, Msg: fmt.Sprintf("the %d bytes are not a %s", len(body), md.FullName())}
}

func required(m proto.Message) *schema.Error {
	return &schema.Error{Kind: schema.KindDecode, Path: unset(m.ProtoReflect(), ""), Msg: "a required field is not set"}
}

func tooDeep(path string, limit int) *schema.Error {
	return &schema.Error{Kind: schema.KindTooLarge, Path: path, Msg: fmt.Sprintf("messages nest deeper than %d, see WithLimits", limit)}
}

// diagnosis walks bytes that protobuf-go refused, to say where and why.
type diagnosis struct{ size, maxDepth int }

func (d *diagnosis) message(b []byte, off int, md protoreflect.MessageDescriptor, path string, depth int) *schema.Error {
	_, e := d.fields(b, off, md, path, 0, depth)
	return e
}

// fields walks b, whose first byte is at off in the record, to its end or to
// the end of the group that is open, and returns what is left. A nil md is a
// message that nothing is known of.
func (d *diagnosis) fields(b []byte, off int, md protoreflect.MessageDescriptor, path string, group protowire.Number, depth int) ([]byte, *schema.Error) {
	if depth == 0 {
		return nil, tooDeep(path, d.maxDepth)
	}
	end := off + len(b)
	for len(b) > 0 {
		at := end - len(b)
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return nil, d.fault(n, at, path, "a field tag")
		}
		b = b[n:]
		if typ == protowire.EndGroupType {
			if num != group {
				return nil, &schema.Error{Kind: schema.KindDecode, Path: path, Msg: d.where("the end of a group that was not begun", at)}
			}
			return b, nil
		}
		fd, name := field(md, num, path)
		if typ == protowire.StartGroupType {
			rest, e := d.fields(b, end-len(b), child(fd), name, num, depth-1)
			if e != nil {
				return nil, e
			}
			b = rest
			continue
		}
		at = end - len(b)
		n = protowire.ConsumeFieldValue(num, typ, b)
		if n < 0 {
			return nil, d.fault(n, at, name, "a field")
		}
		if typ == protowire.BytesType && fd != nil {
			content, _ := protowire.ConsumeBytes(b)
			if e := d.content(content, at+n-len(content), fd, name, depth); e != nil {
				return nil, e
			}
		}
		b = b[n:]
	}
	if group != 0 {
		return nil, &schema.Error{Kind: schema.KindTruncated, Path: path, Msg: d.where("a group has no end", end)}
	}
	return nil, nil
}

// content looks into a length-delimited field.
func (d *diagnosis) content(b []byte, off int, fd protoreflect.FieldDescriptor, path string, depth int) *schema.Error {
	switch kind := fd.Kind(); {
	case kind == protoreflect.MessageKind:
		return d.message(b, off, fd.Message(), path, depth-1)
	case kind == protoreflect.StringKind:
		if strict, ok := fd.(interface{ EnforceUTF8() bool }); (!ok || strict.EnforceUTF8()) && !utf8.Valid(b) {
			return &schema.Error{Kind: schema.KindDecode, Path: path, Msg: d.where("text is not valid UTF-8", off)}
		}
	case fd.IsList() && kind != protoreflect.BytesKind && kind != protoreflect.GroupKind:
		typ := packedType(kind)
		for end := off + len(b); len(b) > 0; {
			n := protowire.ConsumeFieldValue(1, typ, b)
			if n < 0 {
				return d.fault(n, end-len(b), path, "a packed list")
			}
			b = b[n:]
		}
	}
	return nil
}

func (d *diagnosis) fault(n, at int, path, what string) *schema.Error {
	if errors.Is(protowire.ParseError(n), io.ErrUnexpectedEOF) {
		return &schema.Error{Kind: schema.KindTruncated, Path: path, Msg: d.where(what+" runs past the end", at)}
	}
	return &schema.Error{Kind: schema.KindDecode, Path: path, Msg: d.where(what+" is malformed", at)}
}

func (d *diagnosis) where(what string, at int) string {
	return fmt.Sprintf("%s, at byte %d of %d", what, at, d.size)
}

func field(md protoreflect.MessageDescriptor, num protowire.Number, path string) (protoreflect.FieldDescriptor, string) {
	name := fmt.Sprintf("#%d", num)
	var fd protoreflect.FieldDescriptor
	if md != nil {
		if fd = md.Fields().ByNumber(num); fd != nil {
			name = string(fd.Name())
		}
	}
	if path != "" {
		name = path + "." + name
	}
	return fd, name
}

func child(fd protoreflect.FieldDescriptor) protoreflect.MessageDescriptor {
	if fd == nil {
		return nil
	}
	return fd.Message()
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
func unset(m protoreflect.Message, path string) string {
	md := m.Descriptor()
	for i := range md.RequiredNumbers().Len() {
		num := md.RequiredNumbers().Get(i)
		if fd, name := field(md, num, path); !m.Has(fd) {
			return name
		}
	}
	var found string
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		_, name := field(md, fd.Number(), path)
		switch {
		case fd.IsMap():
			if fd.MapValue().Message() != nil {
				v.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
					found = unset(v.Message(), name)
					return found == ""
				})
			}
		case fd.Message() == nil:
		case fd.IsList():
			for i := range v.List().Len() {
				if found = unset(v.List().Get(i).Message(), name); found != "" {
					break
				}
			}
		default:
			found = unset(v.Message(), name)
		}
		return found == ""
	})
	return found
}
