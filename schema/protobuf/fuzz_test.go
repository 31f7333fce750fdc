package protobuf_test

import (
	"encoding/json"
	"errors"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/protobuf"
	"github.com/mskit-go/mskit/schema/protobuf/internal/shoppb"
	"github.com/mskit-go/mskit/schema/protobuf/protosrc"
)

// checked decodes in and holds what every decoder promises: a *schema.Error
// that names the place, or a message whose JSON view is JSON, if it has one,
// and the same each time.
func checked(t *testing.T, d erased, in schema.Input) {
	t.Helper()
	m, err := d.decode(t.Context(), in)
	if err != nil {
		e, ok := errors.AsType[*schema.Error](err)
		if !ok || e.Topic != in.Topic {
			t.Fatalf("an error of another type or without a place: %v", err)
		}
		return
	}
	if _, err := proto.Marshal(m); err != nil {
		t.Fatalf("the message does not marshal: %v", err)
	}
	view, err := d.AppendJSON(t.Context(), nil, in)
	if err != nil {
		if schema.KindOf(err) != schema.KindDecode {
			t.Fatalf("AppendJSON: %v", err)
		}
		return
	}
	if !json.Valid(view) {
		t.Fatalf("not JSON: %s", view)
	}
	if again, err := d.AppendJSON(t.Context(), nil, in); err != nil || string(again) != string(view) {
		t.Fatalf("%s once and %s then, %v", view, again, err)
	}
}

// FuzzDecode decodes any bytes, in any framing, into generated and dynamic
// messages.
func FuzzDecode(f *testing.F) {
	for _, g := range golden {
		f.Add(unhex(f, g.value), unhex(f, g.header), g.meta)
	}
	f.Add([]byte{0x13, 0x18, 0x01, 0x14, 0x0a, 0x01, 'p'}, []byte(nil), "")
	f.Add(nested(101), []byte(nil), "")
	f.Add(marshal(f, &shoppb.Catalog{Attrs: map[string]string{"a": "b"}, Numbers: []int32{1, 2}, Label: new("é")}), []byte(nil), "")

	text := anyID{&schema.Schema{Text: mapsProto}}
	decoders := []erased{
		order.new(),
		generated[proto.Message]{protobuf.NewAnyOf([]proto.Message{&shoppb.Zed{}, &shoppb.Order_Line{}})},
		of[*shoppb.Catalog]().new(protobuf.WithTypeCheck(protobuf.Unchecked())),
		of[*shoppb.Parcel]().new(protobuf.WithTypeCheck(protobuf.Unchecked())),
		generated[*shoppb.Catalog]{protobuf.NewJSONDecoder[*shoppb.Catalog](protobuf.WithFraming(schema.Raw()))},
		dynamic{protobuf.NewDynamic(anyID{&schema.Schema{Serialized: serializedOrders(f)}})},
		dynamic{protobuf.NewDynamic(text, protobuf.WithCompiler(protosrc.Compile), protobuf.WithCountedMapEntries())},
	}
	f.Fuzz(func(t *testing.T, data, header []byte, meta string) {
		if data == nil {
			data = []byte{}
		}
		in := value(data)
		in.Header = func(string) ([]byte, bool) { return header, len(header) > 0 }
		if meta != "" {
			in.Meta = schema.Metadata{DataFormat: "PROTOBUF", SchemaID: meta}
		}
		for _, d := range decoders {
			checked(t, d, in)
		}
	})
}

// FuzzJSON decodes any text as the JSON record format.
func FuzzJSON(f *testing.F) {
	f.Add(`{"first_item":{"x":1},"stamp":"5","state":"STATE_OPEN","blob":"+/8=","created_at":"1970-01-01T00:00:01Z"}`)
	f.Add(`{"detail":{"@type":"type.googleapis.com/shop.Order","id":"7"},"ratio":"NaN","numbers":[1e2,-0.0]}`)
	f.Add(`{"parent":{"parent":{}},"cents":"1","unknown":[{"a":null}]}`)
	f.Add(`{"stamp":1e999999999}`)
	d := protobuf.NewJSONDecoder[*shoppb.Catalog]()
	f.Fuzz(func(t *testing.T, text string) {
		_, err := d.Decode(t.Context(), value([]byte(text)))
		if _, ok := errors.AsType[*schema.Error](err); err != nil && !ok {
			t.Fatalf("an error of another type: %v", err)
		}
	})
}

// FuzzSerialized decodes a record with any serialized schema, alone and as an
// import of another one.
func FuzzSerialized(f *testing.F) {
	record := confluent(1, []int64{0}, []byte{8, 1, 0x12, 0x02, 0x0a, 0x00})
	f.Add(serializedOrders(f), record)
	f.Add(serialize(f, mapsProto, nil), record)
	f.Add(serialize(f, `syntax = "proto2"; message M { optional group G = 2 { required int32 x = 1; } extensions 100 to max; }`, nil), record)
	f.Add(serialize(f, `edition = "2023"; message M { repeated int32 a = 1; enum E { Z = 0; } E e = 2; }`, nil), record)
	main := marshal(f, &descriptorpb.FileDescriptorProto{Dependency: []string{"x.proto"}, MessageType: []*descriptorpb.DescriptorProto{{Name: new("Main")}}})
	f.Fuzz(func(t *testing.T, serialized, record []byte) {
		if record == nil {
			record = []byte{}
		}
		for _, s := range []*schema.Schema{
			{Serialized: serialized},
			{Serialized: main, References: []schema.Reference{{Name: "x.proto", Schema: &schema.Schema{Serialized: serialized}}}},
		} {
			checked(t, dynamic{protobuf.NewDynamic(anyID{s})}, value(record))
		}
	})
}
