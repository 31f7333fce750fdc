package protobuf_test

import (
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/protobuf"
	"github.com/mskit-go/mskit/schema/protobuf/internal/shoppb"
	"github.com/mskit-go/mskit/schema/protobuf/protosrc"
)

// The documented mapping, one row a rule.
func TestJSONView(t *testing.T) {
	detail, err := anypb.New(&shoppb.Order{Id: 7})
	if err != nil {
		t.Fatal(err)
	}
	parcel := &shoppb.Parcel{Id: new("p")}
	proto.SetExtension(parcel, shoppb.E_Carrier, "DHL")

	tests := []struct {
		name string
		m    proto.Message
		want string
	}{
		{"nothing set", &shoppb.Catalog{}, `{}`},
		{"proto names", &shoppb.Catalog{FirstItem: &shoppb.Catalog_Item{X: 1}}, `{"first_item":{"x":1}}`},
		{"empty message", &shoppb.Catalog{FirstItem: &shoppb.Catalog_Item{}}, `{"first_item":{}}`},
		{"uint64 in a oneof", &shoppb.Catalog{Price: &shoppb.Catalog_Cents{Cents: math.MaxUint64}}, `{"cents":"18446744073709551615"}`},
		{"fixed64", &shoppb.Catalog{Stamp: 1}, `{"stamp":"1"}`},
		{"32 bits", &shoppb.Catalog{Numbers: []int32{-1, 2}, Words: []uint32{math.MaxUint32}}, `{"numbers":[-1,2],"words":[4294967295]}`},
		{"enum", &shoppb.Catalog{State: shoppb.Catalog_STATE_OPEN}, `{"state":"STATE_OPEN"}`},
		{"unknown enum", &shoppb.Catalog{State: 9}, `{"state":9}`},
		{"bytes", &shoppb.Catalog{Blob: []byte{0xfb, 0xff}}, `{"blob":"+/8="}`},
		{"bool", &shoppb.Catalog{Active: true}, `{"active":true}`},
		{"double", &shoppb.Catalog{Ratio: 0.5}, `{"ratio":0.5}`},
		{"NaN", &shoppb.Catalog{Ratio: math.NaN()}, `{"ratio":"NaN"}`},
		{"infinity", &shoppb.Catalog{Ratio: math.Inf(-1)}, `{"ratio":"-Infinity"}`},
		{"optional at its default", &shoppb.Catalog{Label: new("")}, `{"label":""}`},
		{"oneof at its default", &shoppb.Catalog{Price: &shoppb.Catalog_TextPrice{}}, `{"text_price":""}`},
		{"sorted map", &shoppb.Catalog{Attrs: map[string]string{"b": "2", "a": "1", "c": ""}}, `{"attrs":{"a":"1","b":"2","c":""}}`},
		{"declaration order", &shoppb.Catalog{Active: true, Items: []*shoppb.Catalog_Item{{X: 1}, {}}}, `{"items":[{"x":1},{}],"active":true}`},
		{"timestamp", &shoppb.Catalog{CreatedAt: &timestamppb.Timestamp{Seconds: 1, Nanos: 5e8}}, `{"created_at":"1970-01-01T00:00:01.500Z"}`},
		{"any", &shoppb.Catalog{Detail: detail}, `{"detail":{"@type":"type.googleapis.com/shop.Order","id":"7"}}`},
		{"text that looks like JSON", &shoppb.Catalog{Label: new(` "a, b" : \ " {`), Active: true}, `{"active":true,"label":" \"a, b\" : \\ \" {"}`},
		{"text beyond ASCII", &shoppb.Catalog{Label: new("é\u2028<>&")}, "{\"label\":\"é\u2028<>&\"}"},
		{"extension", parcel, `{"id":"p","[shop.legacy.carrier]":"DHL"}`},
	}
	catalog, legacy := of[*shoppb.Catalog]().new(), of[*shoppb.Parcel]().new()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := catalog
			if tt.m == parcel {
				d = legacy
			}
			in := value(marshal(t, tt.m))
			if len(in.Data) == 0 {
				in.Data = []byte{}
			}
			got, err := d.AppendJSON(t.Context(), nil, in)
			if err != nil || string(got) != tt.want {
				t.Errorf("got %s, %v, want %s", got, err, tt.want)
			}
		})
	}
}

// What has no JSON form is an error of that record, and dst stays as it was.
func TestNoJSONView(t *testing.T) {
	evil := func(name, fields string) *schema.Schema {
		return &schema.Schema{Text: `syntax = "proto3"; package google.protobuf; message ` + name + ` { ` + fields + ` }`}
	}
	compiler := protobuf.WithCompiler(protosrc.Compile)
	generated := of[*shoppb.Catalog]().new()
	tests := []struct {
		name string
		d    erased
		data []byte
	}{
		{"any of an unknown type", generated, marshal(t, &shoppb.Catalog{Detail: &anypb.Any{TypeUrl: "x/no.Such", Value: []byte{8, 1}}})},
		{"timestamp out of range", generated, marshal(t, &shoppb.Catalog{CreatedAt: &timestamppb.Timestamp{Seconds: math.MaxInt64}})},
		{"timestamp of another shape", dynamic{protobuf.NewDynamic(anyID{evil("Timestamp", "string seconds = 1;")}, compiler)}, confluent(1, []int64{0}, []byte{0x0a, 0x01, 'x'})},
		{"any of another shape", dynamic{protobuf.NewDynamic(anyID{evil("Any", "int32 type_url = 1;")}, compiler)}, confluent(1, []int64{0}, []byte{8, 1})},
		{"struct of another shape", dynamic{protobuf.NewDynamic(anyID{evil("Struct", "")}, compiler)}, confluent(1, []int64{0}, []byte{8, 1})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := tt.d.decode(t.Context(), value(tt.data)); err != nil {
				t.Errorf("the record does not decode: %v", err)
			}
			got, err := tt.d.AppendJSON(t.Context(), []byte("before"), value(tt.data))
			if string(got) != "before" || schema.KindOf(err) != schema.KindDecode || !strings.Contains(err.Error(), "has no JSON form") {
				t.Errorf("got %s, %v, want an error of KindDecode", got, err)
			}
		})
	}
}

// A registered schema cannot replace what belongs to Protobuf.
func TestWellKnownFilesStay(t *testing.T) {
	s := &schema.Schema{
		Text: `syntax = "proto3"; import "google/protobuf/timestamp.proto"; message M { google.protobuf.Timestamp at = 1; }`,
		References: []schema.Reference{{Name: "google/protobuf/timestamp.proto", Schema: &schema.Schema{
			Text: `syntax = "proto3"; package google.protobuf; message Timestamp { string seconds = 1; }`,
		}}},
	}
	d := protobuf.NewDynamic(anyID{s}, protobuf.WithCompiler(protosrc.Compile))
	got, err := d.AppendJSON(t.Context(), nil, value(confluent(1, []int64{0}, []byte{0x0a, 0x02, 0x08, 0x01})))
	if want := `{"at":"1970-01-01T00:00:01Z"}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}
