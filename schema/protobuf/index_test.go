package protobuf_test

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/protobuf"
	"github.com/mskit-go/mskit/schema/protobuf/internal/shoppb"
	"github.com/mskit-go/mskit/schema/protobuf/protosrc"
)

// confluent frames a body with a message index as Confluent's serializers do.
func confluent(id uint32, path []int64, body []byte) []byte {
	b := binary.BigEndian.AppendUint32([]byte{0}, id)
	b = protowire.AppendVarint(b, protowire.EncodeZigZag(int64(len(path))))
	for _, i := range path {
		b = protowire.AppendVarint(b, protowire.EncodeZigZag(i))
	}
	return append(b, body...)
}

// glueFramed frames a body with a rank as AWS Glue's serializers do.
func glueFramed(t testing.TB, rank uint64, body []byte) []byte {
	t.Helper()
	b := unhex(t, gluePlain)
	return append(protowire.AppendVarint(b, rank), body...)
}

// mapsProto is a file whose messages have maps in front of them, so that the
// producers' ways to count differ.
const mapsProto = `
syntax = "proto3";
package p;
message B {
  map<string, int32> m1 = 1;
  message X { int32 x = 1; message Deep { int32 d = 1; } }
  map<string, int32> m2 = 2;
  message Y { int32 y = 1; }
}
message A { int32 a = 1; }
`

// What is at an index, by each way to count: the dynamic decoder's messages
// tell by their full names.
func TestMessageIndexes(t *testing.T) {
	reg := anyID{&schema.Schema{Text: mapsProto}}
	compiler := protobuf.WithCompiler(protosrc.Compile)
	ways := map[string]*protobuf.DynamicDecoder{
		"skipped": protobuf.NewDynamic(reg, compiler),
		"counted": protobuf.NewDynamic(reg, compiler, protobuf.WithCountedMapEntries()),
	}
	tests := []struct {
		name             string
		data             []byte
		skipped, counted string // empty: there is no such message
	}{
		{"first", confluent(1, []int64{0}, nil), "p.B", "p.B"},
		{"short form", confluent(1, nil, nil), "p.B", "p.B"},
		{"second", confluent(1, []int64{1}, nil), "p.A", "p.A"},
		{"behind the last", confluent(1, []int64{2}, nil), "", ""},
		{"behind one map", confluent(1, []int64{0, 0}, nil), "p.B.X", "p.B.M1Entry"},
		{"behind two maps", confluent(1, []int64{0, 1}, nil), "p.B.Y", "p.B.X"},
		{"third nested", confluent(1, []int64{0, 2}, nil), "", "p.B.M2Entry"},
		{"fourth nested", confluent(1, []int64{0, 3}, nil), "", "p.B.Y"},
		{"deeper", confluent(1, []int64{0, 0, 0}, nil), "p.B.X.Deep", ""},
		{"deeper, counted", confluent(1, []int64{0, 1, 0}, nil), "", "p.B.X.Deep"},
		{"index of two bytes", confluent(1, []int64{64}, nil), "", ""},
		{"largest index", confluent(1, []int64{1<<31 - 1}, nil), "", ""},

		{"rank 0", glueFramed(t, 0, nil), "p.A", "p.A"},
		{"rank 1", glueFramed(t, 1, nil), "p.B", "p.B"},
		{"rank of a map entry", glueFramed(t, 2, nil), "p.B.M1Entry", "p.B.M1Entry"},
		{"rank behind a map entry", glueFramed(t, 4, nil), "p.B.X", "p.B.X"},
		{"rank of a grandchild", glueFramed(t, 5, nil), "p.B.X.Deep", "p.B.X.Deep"},
		{"last rank", glueFramed(t, 6, nil), "p.B.Y", "p.B.Y"},
		{"rank behind the last", glueFramed(t, 7, nil), "", ""},
		{"largest rank", glueFramed(t, 1<<31-1, nil), "", ""},
	}
	for _, tt := range tests {
		for way, d := range ways {
			want := tt.skipped
			if way == "counted" {
				want = tt.counted
			}
			t.Run(tt.name+"/"+way, func(t *testing.T) {
				m, err := d.Decode(t.Context(), value(tt.data))
				if want == "" {
					if schema.KindOf(err) != schema.KindFraming {
						t.Errorf("got %v, %v, want an error of KindFraming", m, err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if got := string(m.Descriptor().FullName()); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			})
		}
	}
}

// A message behind a map field has another index for Go's producers than for
// Java's and JavaScript's.
func TestMapsBeforeNestedMessages(t *testing.T) {
	item := []byte{8, 1}
	note := of[*shoppb.Catalog_Item_Note]()
	tests := []struct {
		name string
		data []byte
		opts []protobuf.Option
		as   decoder
		ok   bool
	}{
		{"Java and JavaScript", confluent(1, []int64{0, 0}, item), nil, of[*shoppb.Catalog_Item](), true},
		{"Go", confluent(1, []int64{0, 1}, item), nil, of[*shoppb.Catalog_Item](), false},
		{"Go, when told", confluent(1, []int64{0, 1}, item), []protobuf.Option{protobuf.WithCountedMapEntries()}, of[*shoppb.Catalog_Item](), true},
		{"Java, when told otherwise", confluent(1, []int64{0, 0}, item), []protobuf.Option{protobuf.WithCountedMapEntries()}, of[*shoppb.Catalog_Item](), false},
		{"deeper", confluent(1, []int64{0, 0, 0}, nil), nil, note, true},
		{"deeper, Go, when told", confluent(1, []int64{0, 1, 1}, nil), []protobuf.Option{protobuf.WithCountedMapEntries()}, note, true},
		{"Glue counts map entries", glueFramed(t, 2, item), nil, of[*shoppb.Catalog_Item](), true},
		{"Glue, one less", glueFramed(t, 1, item), nil, of[*shoppb.Catalog_Item](), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tt.as.new(tt.opts...).decode(t.Context(), value(tt.data))
			if tt.ok && err != nil {
				t.Error(err)
			}
			if !tt.ok && schema.KindOf(err) != schema.KindTypeMismatch {
				t.Errorf("got %v, want an error of KindTypeMismatch", err)
			}
		})
	}
}

// Bytes of one message decode as another without complaint; the index tells.
func TestOtherMessageType(t *testing.T) {
	body := marshal(t, &shoppb.Order{Id: 1001, Sku: "AB-7"})
	var wrong shoppb.Zed
	if err := proto.Unmarshal(body, &wrong); err != nil || wrong.GetId() != 1001 {
		t.Fatal("the premise is gone: an Order no longer decodes as a Zed")
	}
	rearranged := anyID{&schema.Schema{Text: `syntax = "proto3"; package shop; message Order { int64 id = 1; string sku = 2; } message Zed { int64 id = 1; }`}}
	compiler := protobuf.WithCompiler(protosrc.Compile)
	byRegistry := protobuf.WithTypeCheck(protobuf.ByRegistry(rearranged))

	tests := []struct {
		name   string
		data   []byte
		opts   []protobuf.Option
		refuse []string // what the error says; nil: the record decodes
	}{
		{"Confluent", confluent(1, []int64{1}, body), nil, []string{"shop.Order", "shop.Zed"}},
		{"Glue", glueFramed(t, 0, body), nil, []string{"shop.Order", "shop.Zed"}},
		{"nested", confluent(1, []int64{1, 1}, body), nil, []string{"shop.Order.Line", "shop.Zed"}},
		{"unknown index", confluent(1, []int64{7}, body), nil, []string{"index [7]", "shop.Zed"}},
		{"unknown rank", glueFramed(t, 9, body), nil, []string{"rank 9", "shop.Zed"}},
		{"unchecked", confluent(1, []int64{1}, body), []protobuf.Option{protobuf.WithTypeCheck(protobuf.Unchecked())}, nil},
		{"rearranged file, by name", confluent(1, []int64{1}, body), []protobuf.Option{byRegistry, compiler}, nil},
		{"rearranged file, other name", confluent(1, []int64{0}, body), []protobuf.Option{byRegistry, compiler}, []string{"shop.Order", "shop.Zed"}},
		{"by registry, no id to ask it for", body, []protobuf.Option{byRegistry, compiler}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := zed.new(tt.opts...).decode(t.Context(), value(tt.data))
			if tt.refuse == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if schema.KindOf(err) != schema.KindTypeMismatch {
				t.Fatalf("got %v, want an error of KindTypeMismatch", err)
			}
			for _, text := range tt.refuse {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("%q does not name %q", err, text)
				}
			}
			if strings.Contains(err.Error(), "AB-7") || strings.Contains(err.Error(), hex.EncodeToString(body)) {
				t.Errorf("%q quotes the record", err)
			}
		})
	}
}

// An event source mapping that found Avro in its registry delivers no
// Protobuf, whatever the bytes would decode to.
func TestOtherFormat(t *testing.T) {
	in := value(append([]byte{0}, marshal(t, &shoppb.Zed{Id: 5})...))
	for format, ok := range map[string]bool{"PROTOBUF": true, "Protobuf": true, "": true, "AVRO": false, "JSON": false} {
		in.Meta = schema.Metadata{DataFormat: format, SchemaID: "1"}
		for name, d := range map[string]erased{
			"generated": zed.new(),
			"dynamic":   dynamic{protobuf.NewDynamic(static{1: {Serialized: serializedOrders(t)}})},
		} {
			_, err := d.decode(t.Context(), in)
			if ok && err != nil {
				t.Errorf("%s, %q: %v", name, format, err)
			}
			if !ok && schema.KindOf(err) != schema.KindTypeMismatch {
				t.Errorf("%s, %q: got %v, want an error of KindTypeMismatch", name, format, err)
			}
		}
	}
}

// On a topic of several message types the index picks the type.
func TestAnyOf(t *testing.T) {
	anyOf := func(messages []proto.Message, opts ...protobuf.Option) erased {
		return generated[proto.Message]{protobuf.NewAnyOf(messages, opts...)}
	}
	oneFile := []proto.Message{(*shoppb.Zed)(nil), &shoppb.Order_Line{}}
	twoFiles := []proto.Message{(*shoppb.Zed)(nil), (*shoppb.Parcel)(nil)}
	reg := static{
		1: {Serialized: serializedOrders(t)},
		2: {Text: `syntax = "proto2"; package shop.legacy; message Parcel { required string id = 1; }`},
	}
	byRegistry := []protobuf.Option{protobuf.WithTypeCheck(protobuf.ByRegistry(reg)), protobuf.WithCompiler(protosrc.Compile)}

	zedBody := marshal(t, &shoppb.Zed{Id: 5})
	lineBody := marshal(t, &shoppb.Order_Line{Sku: "AB-7", Qty: 3})
	parcelBody := marshal(t, &shoppb.Parcel{Id: new("p")})
	tests := []struct {
		name string
		d    erased
		data []byte
		want proto.Message
		kind schema.Kind
	}{
		{"first, Confluent", anyOf(oneFile), confluent(1, []int64{0}, zedBody), &shoppb.Zed{Id: 5}, 0},
		{"second, Confluent", anyOf(oneFile), confluent(1, []int64{1, 1}, lineBody), &shoppb.Order_Line{Sku: "AB-7", Qty: 3}, 0},
		{"first, Glue", anyOf(oneFile), glueFramed(t, 3, zedBody), &shoppb.Zed{Id: 5}, 0},
		{"second, Glue", anyOf(oneFile), glueFramed(t, 2, lineBody), &shoppb.Order_Line{Sku: "AB-7", Qty: 3}, 0},
		{"neither", anyOf(oneFile), confluent(1, []int64{1}, nil), nil, schema.KindTypeMismatch},
		{"unknown index", anyOf(oneFile), confluent(1, []int64{9}, nil), nil, schema.KindTypeMismatch},
		{"unframed", anyOf(oneFile), zedBody, nil, schema.KindFraming},
		{"one type, unframed", anyOf(oneFile[:1]), zedBody, &shoppb.Zed{Id: 5}, 0},
		{"one type, unchecked", anyOf(oneFile[:1], protobuf.WithTypeCheck(protobuf.Unchecked())), confluent(1, []int64{1}, zedBody), &shoppb.Zed{Id: 5}, 0},
		{"first of two files", anyOf(twoFiles, byRegistry...), confluent(1, []int64{0}, zedBody), &shoppb.Zed{Id: 5}, 0},
		{"second of two files", anyOf(twoFiles, byRegistry...), confluent(2, []int64{0}, parcelBody), &shoppb.Parcel{Id: new("p")}, 0},
		{"neither of two files", anyOf(twoFiles, byRegistry...), confluent(1, []int64{1}, nil), nil, schema.KindTypeMismatch},
		{"two files, unframed", anyOf(twoFiles, byRegistry...), zedBody, nil, schema.KindFraming},
		{"two files, no id", anyOf(twoFiles, append(byRegistry, protobuf.WithFraming(schema.ESM(schema.Confluent())))...), nil, nil, schema.KindFraming},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := value(tt.data)
			if tt.data == nil { // metadata without an id, and the index of a Zed
				in.Data, in.Meta = append([]byte{0}, zedBody...), schema.Metadata{DataFormat: "PROTOBUF"}
			}
			got, err := tt.d.decode(t.Context(), in)
			if tt.want == nil {
				if schema.KindOf(err) != tt.kind {
					t.Errorf("got %v, %v, want an error of %v", got, err, tt.kind)
				}
				return
			}
			if err != nil || !proto.Equal(got, tt.want) {
				t.Errorf("got %v, %v, want %v", got, err, tt.want)
			}
		})
	}
}
