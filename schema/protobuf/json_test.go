package protobuf_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/protobuf"
	"github.com/mskit-go/mskit/schema/protobuf/internal/shoppb"
)

// The forms that JSON made of Protobuf may have are all read alike.
func TestJSONRecords(t *testing.T) {
	tests := []struct {
		name, json string
		want       *shoppb.Catalog
	}{
		{"proto names", `{"first_item":{"x":1}}`, &shoppb.Catalog{FirstItem: &shoppb.Catalog_Item{X: 1}}},
		{"JSON names", `{"firstItem":{"x":1}}`, &shoppb.Catalog{FirstItem: &shoppb.Catalog_Item{X: 1}}},
		{"64 bits as string", `{"stamp":"18446744073709551615"}`, &shoppb.Catalog{Stamp: 18446744073709551615}},
		{"64 bits as number", `{"stamp":18446744073709551615}`, &shoppb.Catalog{Stamp: 18446744073709551615}},
		{"enum by name", `{"state":"STATE_OPEN"}`, &shoppb.Catalog{State: shoppb.Catalog_STATE_OPEN}},
		{"enum by number", `{"state":1}`, &shoppb.Catalog{State: shoppb.Catalog_STATE_OPEN}},
		{"enum that is not known", `{"state":"STATE_NEW"}`, &shoppb.Catalog{}},
		{"fields that are not known", `{"new":{"a":[1]},"active":true}`, &shoppb.Catalog{Active: true}},
		{"null", `{"label":null,"items":null}`, &shoppb.Catalog{}},
		{"white space", " {\n\t\"active\" : true } \n", &shoppb.Catalog{Active: true}},
	}
	d := protobuf.NewJSONDecoder[*shoppb.Catalog]()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := value([]byte(tt.json))
			in.Meta = schema.Metadata{DataFormat: "PROTOBUF", SchemaID: "1"}
			got, err := d.Decode(t.Context(), in)
			if err != nil || !proto.Equal(got, tt.want) {
				t.Errorf("got %v, %v, want %v", got, err, tt.want)
			}
			view, err := d.AppendJSON(t.Context(), []byte("> "), in)
			if err != nil || string(view) != "> "+tt.json {
				t.Errorf("AppendJSON = %s, %v, want the text as it is", view, err)
			}
		})
	}
}

func TestFramedJSON(t *testing.T) {
	d := protobuf.NewJSONDecoder[*shoppb.Order](protobuf.WithFraming(schema.Confluent()))
	in := value(append([]byte{0, 0, 0, 0, 9}, `{"sku":"AB-7"}`...))
	if got, err := d.Decode(t.Context(), in); err != nil || got.GetSku() != "AB-7" {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := d.AppendJSON(t.Context(), nil, in); err != nil || string(got) != `{"sku":"AB-7"}` {
		t.Errorf("AppendJSON = %s, %v", got, err)
	}
	in.Data = append([]byte{0, 0, 0, 0, 9}, `{"sku":1}`...)
	_, err := d.Decode(t.Context(), in)
	if e, ok := errors.AsType[*schema.Error](err); !ok || e.ID != schema.ConfluentID(9) || e.Path != "sku" {
		t.Errorf("got %v, want an error that names schema 9 and sku", err)
	}
	if _, err := d.AppendJSON(t.Context(), nil, value([]byte("{}"))); schema.KindOf(err) != schema.KindFraming {
		t.Errorf("without its framing: %v", err)
	}
}

func TestBrokenJSON(t *testing.T) {
	const secret = "s3cr3t"
	tests := []struct{ name, json, path, msg string }{
		{"empty", ``, "", "at byte 0 of 0"},
		{"cut", `{"label":"` + secret, "", "not valid JSON at byte"},
		{"trailing", `{} ` + secret, "", "not valid JSON at byte 4 of 9"},
		{"not an object", `["` + secret + `"]`, "", "does not fit shop.Catalog"},
		{"null", `null`, "", "does not fit shop.Catalog"},
		{"text for a number", `{"active":true,"stamp":"` + secret + `"}`, "stamp", "does not fit"},
		{"by JSON name", `{"createdAt":"` + secret + `"}`, "created_at", "does not fit"},
		{"by proto name", `{"first_item":{"x":"` + secret + `"}}`, "first_item", "does not fit"},
		{"a field twice", `{"label":"` + secret + `","label":"b"}`, "", "does not fit"},
		{"two of a oneof", `{"cents":"1","text_price":"` + secret + `"}`, "", "does not fit"},
		{"number out of range", `{"numbers":[1e999999999]}`, "numbers", "does not fit"},
		{"binary Protobuf", "\x08\x05", "", "use NewDecoder"},
		{"framed Protobuf", "\x00\x00\x00\x00\x01\x00\x08\x05", "", "use NewDecoder"},
	}
	d := protobuf.NewJSONDecoder[*shoppb.Catalog]()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := d.Decode(t.Context(), value([]byte(tt.json)))
			e, ok := errors.AsType[*schema.Error](err)
			if !ok || e.Kind != schema.KindDecode || e.Path != tt.path || !strings.Contains(e.Msg, tt.msg) {
				t.Fatalf("got %v, want an error of KindDecode at %q with %q", err, tt.path, tt.msg)
			}
			if said := fmt.Sprintf("%v %+v %v", err, err, e.LogValue()); strings.Contains(said, secret) || e.Topic != "orders" {
				t.Errorf("%s quotes the record or does not place it", said)
			}
		})
	}
}

func TestDeepJSON(t *testing.T) {
	d := protobuf.NewJSONDecoder[*shoppb.Catalog]()
	nested := func(n int) schema.Input {
		return value([]byte(strings.Repeat(`{"parent":`, n-1) + `{"label":"}{\"{"}` + strings.Repeat(`}`, n-1)))
	}
	if _, err := d.Decode(t.Context(), nested(100)); err != nil {
		t.Errorf("100 levels: %v", err)
	}
	if _, err := d.Decode(t.Context(), nested(101)); schema.KindOf(err) != schema.KindTooLarge {
		t.Errorf("101 levels: %v", err)
	}
}

func TestJSONRequiredField(t *testing.T) {
	_, err := protobuf.NewJSONDecoder[*shoppb.Parcel]().Decode(t.Context(), value([]byte(`{"inner":{"id":"x"}}`)))
	if e, ok := errors.AsType[*schema.Error](err); !ok || e.Kind != schema.KindDecode || e.Path != "id" {
		t.Errorf("got %v, want an error of KindDecode at id", err)
	}
}
