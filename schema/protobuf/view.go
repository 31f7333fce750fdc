package protobuf

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/mskit-go/mskit/schema"
)

// appendView appends m as JSON to dst, with the names of the .proto file and
// no white space.
func appendView(dst []byte, m proto.Message, o protojson.MarshalOptions) (_ []byte, err error) {
	// A registered schema may give a well-known name, google.protobuf.Timestamp
	// say, to a message of another shape, and protojson trusts the name.
	defer func() {
		if recover() != nil {
			err = unrenderable(m)
		}
	}()
	o.UseProtoNames = true
	out, e := o.MarshalAppend(dst, m)
	if e != nil {
		return nil, unrenderable(m)
	}
	return out[:len(dst)+len(compact(out[len(dst):]))], nil
}

func unrenderable(m proto.Message) *schema.Error {
	return &schema.Error{
		Kind: schema.KindDecode,
		Msg:  fmt.Sprintf("a %s that has no JSON form, for example an Any of an unknown type or a Timestamp out of range", short(m.ProtoReflect().Descriptor().FullName())),
	}
}

// compact takes the spaces between tokens out of b, in place. protojson puts
// them in or not by the build, so that nobody relies on its output.
func compact(b []byte) []byte {
	out := b[:0]
	inString := false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			inString = !inString
		case c == '\\' && inString:
			out = append(out, c)
			i++
		case c == ' ' && !inString:
			continue
		}
		out = append(out, b[i])
	}
	return out
}
