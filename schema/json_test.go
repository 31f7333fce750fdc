package schema_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/schema"
)

type order struct {
	ID    int64  `json:"id"`
	SKU   string `json:"sku"`
	Lines []struct {
		Qty int `json:"qty"`
	} `json:"lines"`
}

func TestJSONBehindAFraming(t *testing.T) {
	const doc = `{"id":1001,"sku":"AB-7"}`
	for _, tc := range []struct {
		name    string
		framing schema.Framing
		data    []byte
		meta    schema.Metadata
	}{
		{"confluent", schema.Confluent(), append(unhex(t, "0000000001"), doc...), schema.Metadata{}},
		{"glue", schema.Glue(), append(unhex(t, "0300b7b4a7f09c964e4aa687fb5de9ef0c63"), doc...), schema.Metadata{}},
		{"glue, zlib", schema.Glue(), glueZlib(t, []byte(doc)), schema.Metadata{}},
		{"taken off by the event source mapping", schema.ESM(schema.Glue()), []byte(doc), schema.Metadata{DataFormat: "JSON", SchemaID: glueUUID}},
		{"none after all", schema.Detect(), []byte(doc), schema.Metadata{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := schema.JSON[order](schema.WithFraming(tc.framing))
			in := schema.Input{Data: tc.data, Meta: tc.meta}
			got, err := d.Decode(t.Context(), in)
			if err != nil || got.ID != 1001 || got.SKU != "AB-7" {
				t.Errorf("got %+v, %v", got, err)
			}
			view, err := d.(schema.JSONView).AppendJSON(t.Context(), []byte("x"), in)
			if err != nil || string(view) != "x"+doc {
				t.Errorf("JSON view %s, %v", view, err)
			}
		})
	}
}

func TestUnframedJSONLeavesFiltersTheBytes(t *testing.T) {
	for _, d := range []schema.Decoder[order]{schema.JSON[order](), schema.JSON[order](nil), schema.JSON[order](schema.WithFraming(nil))} {
		if _, ok := d.(schema.JSONView); ok {
			t.Error("JSON without framing has a view")
		}
	}
}

func TestJSONErrorsTellThePlaceAndNoPayload(t *testing.T) {
	for _, tc := range []struct {
		name string
		opts []schema.JSONOption
		data string
		kind schema.Kind
		path string
		says string
	}{
		{name: "broken", data: `{"id":SECRET}`, kind: schema.KindDecode, says: "at byte 7 of 13"},
		{name: "empty", data: "", kind: schema.KindDecode, says: "byte 0 of 0"},
		{name: "trailing text", data: `{} SECRET`, kind: schema.KindDecode, says: "at byte 4"},
		{name: "another type", data: `{"lines":[{"qty":"SECRET"}]}`, kind: schema.KindDecode, path: "lines.qty", says: "does not fit int"},
		{name: "a number too large", data: `{"id":99999999999999999999}`, kind: schema.KindDecode, path: "id", says: "int64"},
		{name: "framed, not said", data: "\x00\x00\x00\x00\x01{}", kind: schema.KindDecode, says: "looks like Confluent framing, see WithFraming and Confluent"},
		{name: "framed otherwise", opts: []schema.JSONOption{schema.WithFraming(schema.Confluent())}, data: `{"SECRET":1}`, kind: schema.KindFraming, says: "looks like JSON"},
		{name: "broken behind a framing", opts: []schema.JSONOption{schema.WithFraming(schema.Confluent())}, data: "\x00\x00\x00\x00\x01{SECRET", kind: schema.KindDecode, says: "at byte 2 of 7"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := schema.JSON[order](tc.opts...).Decode(t.Context(), schema.Input{Topic: "orders", Data: []byte(tc.data)})
			e, ok := errors.AsType[*schema.Error](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			if e.Kind != tc.kind || e.Path != tc.path || e.Topic != "orders" {
				t.Errorf("got %+v", e)
			}
			text := err.Error() + fmt.Sprintf(" %+v ", e) + e.LogValue().String()
			if !strings.Contains(text, tc.says) || strings.Contains(text, "SECRET") {
				t.Errorf("error says %q, want %q and no payload", text, tc.says)
			}
		})
	}
}

func TestJSONLeavesNoHalfFilledValue(t *testing.T) {
	got, err := schema.JSON[order]().Decode(t.Context(), schema.Input{Data: []byte(`{"sku":"AB-7","id":"x"}`)})
	if err == nil || got.SKU != "" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"id":1,"lines":[{"qty":1}]}`))
	f.Add([]byte("\x00\x00\x00\x00\x01{}"))
	d := schema.JSON[order](schema.WithFraming(schema.Detect()))
	f.Fuzz(func(_ *testing.T, data []byte) {
		if _, err := d.Decode(context.Background(), schema.Input{Data: data}); err != nil {
			_ = err.Error()
		}
	})
}

func ExampleJSON() {
	type Order struct {
		ID  int64  `json:"id"`
		SKU string `json:"sku"`
	}
	d := schema.JSON[Order]()
	o, err := d.Decode(context.Background(), schema.Input{Topic: "orders", Data: []byte(`{"id":1001,"sku":"AB-7"}`)})
	fmt.Println(o, err)

	_, err = d.Decode(context.Background(), schema.Input{Topic: "orders", Data: []byte(`{"id":"1001"}`)})
	fmt.Println(err)
	// Output:
	// {1001 AB-7} <nil>
	// schema: orders value: decode at id: JSON at byte 12 of 13 does not fit int64
}

func ExampleWithFraming() {
	d := schema.JSON[map[string]any](schema.WithFraming(schema.ESM(schema.Confluent())))
	v, err := d.Decode(context.Background(), schema.Input{Data: []byte("\x00\x00\x00\x00\x07{\"id\":1001}")})
	fmt.Println(v, err)
	// Output: map[id:1001] <nil>
}
