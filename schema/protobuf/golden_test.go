package protobuf_test

import (
	"context"
	"os"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/protobuf"
	"github.com/mskit-go/mskit/schema/protobuf/internal/shoppb"
	"github.com/mskit-go/mskit/schema/protobuf/protosrc"
)

// ordersSerialized is orders.proto as a Confluent-compatible registry returns
// it for format=serialized.
const ordersSerialized = "CgxvcmRlcnMucHJvdG8SBHNob3AiFQoDWmVkEg4KAmlkGAEgASgDUgJpZCJqCgVPcmRlchIOCgJpZBgBIAEoA1ICaWQSEAoDc2t1GAIgASgJUgNza3UaEwoDQXV4EgwKAXgYASABKAVSAXgaKgoETGluZRIQCgNza3UYASABKAlSA3NrdRIQCgNxdHkYAiABKAVSA3F0eWIGcHJvdG8z"

const glueVersion = "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63"

const (
	confluent1 = "0000000001"
	gluePlain  = "0300b7b4a7f09c964e4aa687fb5de9ef0c63"
)

// golden are records as the serializers of Confluent (JavaScript) and AWS Glue
// (Java) write them, and what the event source mapping leaves of them.
var golden = []struct {
	name   string
	value  string
	header string // __value_schema_id
	meta   string // schemaId
	as     decoder
	json   string
}{
	{"Confluent, first message in short form", confluent1 + "000805", "", "", zed, `{"id":"5"}`},
	{"Confluent, first message in long form", confluent1 + "02000805", "", "", zed, `{"id":"5"}`},
	{"Confluent, second message", confluent1 + "020208e907120441422d37", "", "", order, `{"id":"1001","sku":"AB-7"}`},
	{"Confluent, first nested message", confluent1 + "0402000801", "", "", aux, `{"x":1}`},
	{"Confluent, second nested message", confluent1 + "0402020a0441422d371003", "", "", line, `{"sku":"AB-7","qty":3}`},
	{"Confluent, empty first message", confluent1 + "00", "", "", zed, `{}`},
	{"Confluent, empty second message", confluent1 + "0202", "", "", order, `{}`},
	{"Confluent, GUID header with index", "0a0441422d371003", "016aa2191e5a2942f6a1a33a8bd9a4009d040202", "", line, `{"sku":"AB-7","qty":3}`},
	{"Confluent, GUID prefix", "016aa2191e5a2942f6a1a33a8bd9a4009d0402020a0441422d371003", "", "", line, `{"sku":"AB-7","qty":3}`},
	{"Glue, plain", gluePlain + "0008e907120441422d37", "", "", order, `{"id":"1001","sku":"AB-7"}`},
	{"Glue, nested", gluePlain + "020a0441422d371003", "", "", line, `{"sku":"AB-7","qty":3}`},
	{"Glue, zlib", "0305b7b4a7f09c964e4aa687fb5de9ef0c63789c63e2627174d2351760060004d3010b", "", "", line, `{"sku":"AB-7","qty":3}`},
	{"Glue, declared first and ranked last", gluePlain + "030805", "", "", zed, `{"id":"5"}`},
	{"event source mapping, Confluent", "020208e907120441422d37", "", "1", order, `{"id":"1001","sku":"AB-7"}`},
	{"event source mapping, Confluent nested", "0402020a0441422d371003", "", "1", line, `{"sku":"AB-7","qty":3}`},
	{"event source mapping, Glue", "0008e907120441422d37", "", glueVersion, order, `{"id":"1001","sku":"AB-7"}`},
	{"event source mapping, Glue nested", "020a0441422d371003", "", glueVersion, line, `{"sku":"AB-7","qty":3}`},
}

// decoder is a Decoder for one of the golden messages.
type decoder struct {
	new func(...protobuf.Option) erased
}

// erased is a Decoder without its type parameter.
type erased interface {
	schema.JSONView
	ConfigError() error
	decode(context.Context, schema.Input) (proto.Message, error)
}

type generated[M proto.Message] struct{ *protobuf.Decoder[M] }

func (g generated[M]) decode(ctx context.Context, in schema.Input) (proto.Message, error) {
	return g.Decode(ctx, in)
}

type dynamic struct{ *protobuf.DynamicDecoder }

func (d dynamic) decode(ctx context.Context, in schema.Input) (proto.Message, error) {
	return d.Decode(ctx, in)
}

func of[M proto.Message]() decoder {
	return decoder{func(opts ...protobuf.Option) erased { return generated[M]{protobuf.NewDecoder[M](opts...)} }}
}

var (
	zed   = of[*shoppb.Zed]()
	order = of[*shoppb.Order]()
	aux   = of[*shoppb.Order_Aux]()
	line  = of[*shoppb.Order_Line]()
)

// anyID serves one schema under every id.
type anyID struct{ s *schema.Schema }

func (r anyID) Schema(context.Context, schema.ID) (*schema.Schema, error) { return r.s, nil }

func input(t testing.TB, valueHex, headerHex, schemaID string) schema.Input {
	t.Helper()
	in := value(unhex(t, valueHex))
	if headerHex != "" {
		h := unhex(t, headerHex)
		in.Header = func(name string) ([]byte, bool) { return h, name == "__value_schema_id" }
	}
	if schemaID != "" {
		in.Meta = schema.Metadata{DataFormat: "PROTOBUF", SchemaID: schemaID}
	}
	return in
}

func TestGoldenVectors(t *testing.T) {
	text, err := os.ReadFile("internal/shoppb/orders.proto")
	if err != nil {
		t.Fatal(err)
	}
	fromText := anyID{&schema.Schema{Format: schema.FormatProtobuf, Text: string(text)}}
	fromSerialized := anyID{&schema.Schema{Format: schema.FormatProtobuf, Serialized: serializedOrders(t)}}
	compiler := protobuf.WithCompiler(protosrc.Compile)

	for _, g := range golden {
		decoders := map[string]erased{
			"generated":                         g.as.new(),
			"generated, checked by text":        g.as.new(protobuf.WithTypeCheck(protobuf.ByRegistry(fromText)), compiler),
			"generated, checked by descriptor":  g.as.new(protobuf.WithTypeCheck(protobuf.ByRegistry(fromSerialized))),
			"generated, unchecked":              g.as.new(protobuf.WithTypeCheck(protobuf.Unchecked())),
			"dynamic, from .proto text":         dynamic{protobuf.NewDynamic(fromText, compiler)},
			"dynamic, from serialized":          dynamic{protobuf.NewDynamic(fromSerialized)},
			"dynamic, serialized with compiler": dynamic{protobuf.NewDynamic(fromSerialized, compiler)},
		}
		for name, d := range decoders {
			t.Run(g.name+"/"+name, func(t *testing.T) {
				in := input(t, g.value, g.header, g.meta)
				m, err := d.decode(t.Context(), in)
				if err != nil {
					t.Fatal(err)
				}
				want := m.ProtoReflect().New().Interface()
				if err := protojson.Unmarshal([]byte(g.json), want); err != nil {
					t.Fatal(err)
				}
				if !proto.Equal(m, want) {
					t.Errorf("decoded %v, want %v", m, want)
				}
				got, err := d.AppendJSON(t.Context(), []byte("> "), in)
				if err != nil || string(got) != "> "+g.json {
					t.Errorf("AppendJSON = %s, %v, want %s", got, err, g.json)
				}
			})
		}
	}
}

// Records without any framing are what they are, of the type the user names.
func TestUnframed(t *testing.T) {
	got, err := protobuf.NewDecoder[*shoppb.Order]().Decode(t.Context(), value(unhex(t, "08e907120441422d37")))
	if err != nil || got.GetId() != 1001 || got.GetSku() != "AB-7" {
		t.Errorf("got %v, %v", got, err)
	}
}
