package avro_test

import (
	"encoding/hex"
	"slices"
	"testing"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/avro"
)

const orderSchema = `{"type":"record","name":"Order","namespace":"shop","fields":[
	{"name":"id","type":"long"},{"name":"sku","type":"string"},{"name":"qty","type":"int"},
	{"name":"note","type":["null","string"],"default":null}]}`

type order struct {
	ID   int64   `avro:"id"`
	SKU  string  `avro:"sku"`
	Qty  int32   `avro:"qty"`
	Note *string `avro:"note"`
}

var glueVersion = [16]byte{0xb7, 0xb4, 0xa7, 0xf0, 0x9c, 0x96, 0x4e, 0x4a, 0xa6, 0x87, 0xfb, 0x5d, 0xe9, 0xef, 0x0c, 0x63}

// avroSchema is a registered schema for tests.
func avroSchema(id schema.ID, text string, refs ...schema.Reference) *schema.Schema {
	return &schema.Schema{ID: id, Format: schema.FormatAvro, Text: text, References: refs}
}

func orderRegistry() *schema.StaticRegistry {
	guid, _ := schema.ParseUUID("ea05b2e4-d6cf-456f-88c4-604e851f44ff")
	return schema.Static(
		avroSchema(schema.ConfluentID(1), orderSchema),
		avroSchema(schema.ConfluentGUID(guid), orderSchema),
		avroSchema(schema.GlueID(glueVersion), orderSchema),
	)
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The rows come from Confluent's JavaScript client and from the Glue package
// @meinestadt.de/glue-schema-registry.
var goldenVectors = []struct {
	name, value, header string
	meta                schema.Metadata
	want                order
	json                string
}{
	{name: "confluent prefix", value: "0000000001d20f0841422d370600", want: order{ID: 1001, SKU: "AB-7", Qty: 3}, json: `{"id":1001,"sku":"AB-7","qty":3,"note":null}`},
	{name: "confluent prefix, note set", value: "00000000010304c3a90002046869", want: order{ID: -2, SKU: "é", Note: new("hi")}, json: `{"id":-2,"sku":"é","qty":0,"note":"hi"}`},
	{name: "confluent guid header", value: "d20f0841422d370600", header: "01ea05b2e4d6cf456f88c4604e851f44ff", want: order{ID: 1001, SKU: "AB-7", Qty: 3}, json: `{"id":1001,"sku":"AB-7","qty":3,"note":null}`},
	{name: "glue", value: "0300b7b4a7f09c964e4aa687fb5de9ef0c63d20f0841422d370600", want: order{ID: 1001, SKU: "AB-7", Qty: 3}, json: `{"id":1001,"sku":"AB-7","qty":3,"note":null}`},
	{name: "glue zlib", value: "0305b7b4a7f09c964e4aa687fb5de9ef0c63789cbbc4cfe1e8a46bcec600000c5001d7", want: order{ID: 1001, SKU: "AB-7", Qty: 3}, json: `{"id":1001,"sku":"AB-7","qty":3,"note":null}`},
	{name: "stripped by the mapping, confluent", value: "d20f0841422d370600", meta: schema.Metadata{DataFormat: "AVRO", SchemaID: "1"}, want: order{ID: 1001, SKU: "AB-7", Qty: 3}, json: `{"id":1001,"sku":"AB-7","qty":3,"note":null}`},
	{name: "stripped by the mapping, glue", value: "d20f0841422d370600", meta: schema.Metadata{DataFormat: "AVRO", SchemaID: "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63"}, want: order{ID: 1001, SKU: "AB-7", Qty: 3}, json: `{"id":1001,"sku":"AB-7","qty":3,"note":null}`},
}

func goldenInput(t testing.TB, value, header string, meta schema.Metadata) schema.Input {
	in := schema.Input{Topic: "orders", Data: unhex(t, value), Meta: meta}
	if header != "" {
		h := unhex(t, header)
		in.Header = func(name string) ([]byte, bool) { return h, name == "__value_schema_id" }
	}
	return in
}

func TestGoldenVectors(t *testing.T) {
	for _, tt := range goldenVectors {
		t.Run(tt.name, func(t *testing.T) {
			in := goldenInput(t, tt.value, tt.header, tt.meta)
			d := avro.NewDecoder[order](orderRegistry())
			got, err := d.Decode(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmpDiff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			view, err := d.AppendJSON(t.Context(), nil, in)
			if err != nil || string(view) != tt.json {
				t.Errorf("AppendJSON = %s, %v, want %s", view, err, tt.json)
			}
			generic, err := avro.NewDecoder[any](orderRegistry()).Decode(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]any{"id": tt.want.ID, "sku": tt.want.SKU, "qty": tt.want.Qty, "note": nil}
			if tt.want.Note != nil {
				want["note"] = *tt.want.Note
			}
			if diff := cmpDiff(any(want), generic); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Every prefix of every vector is an error, of the right kind once the framing
// is complete.
func TestTruncation(t *testing.T) {
	d := avro.NewDecoder[order](orderRegistry())
	generic := avro.NewDecoder[any](orderRegistry())
	for _, tt := range goldenVectors {
		in := goldenInput(t, tt.value, tt.header, tt.meta)
		framing := 0
		switch in.Data[0] {
		case 0:
			framing = 5
		case 3:
			framing = 18
		}
		whole := in.Data
		for n := range len(whole) {
			in.Data = whole[:n]
			_, err := d.Decode(t.Context(), in)
			_, errAny := generic.Decode(t.Context(), in)
			_, errView := d.AppendJSON(t.Context(), nil, in)
			for _, err := range []error{err, errAny, errView} {
				if err == nil {
					t.Fatalf("%s cut after %d of %d bytes was accepted", tt.name, n, len(whole))
				}
				if k := schema.KindOf(err); n >= framing && k != schema.KindTruncated {
					t.Errorf("%s cut after %d bytes: kind %v, want truncated: %v", tt.name, n, k, err)
				}
			}
		}
		in.Data = slices.Concat(whole, []byte{0})
		if _, err := d.Decode(t.Context(), in); schema.KindOf(err) != schema.KindTrailing {
			t.Errorf("%s with a byte more: %v, want trailing bytes", tt.name, err)
		}
	}
}
