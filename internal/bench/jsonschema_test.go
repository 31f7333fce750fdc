package bench

import (
	"bytes"
	"encoding/json"
	"testing"

	engine "github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/jsonschema"
)

const purchaseSchema = `{
	"$schema": "http://json-schema.org/draft-07/schema#",
	"type": "object",
	"required": ["id", "customer", "currency", "lines"],
	"additionalProperties": false,
	"properties": {
		"id": {"type": "integer", "minimum": 1},
		"customer": {"type": "string", "minLength": 1},
		"currency": {"enum": ["EUR", "USD", "GBP"]},
		"total": {"type": "number", "minimum": 0},
		"createdAt": {"type": "string", "format": "date-time"},
		"paid": {"type": "boolean"},
		"note": {"type": ["string", "null"]},
		"channel": {"type": "string"},
		"country": {"type": "string", "pattern": "^[A-Z]{2}$"},
		"lines": {"type": "array", "minItems": 1, "items": {
			"type": "object",
			"required": ["sku", "qty"],
			"properties": {"sku": {"type": "string"}, "qty": {"type": "integer"}, "price": {"type": "number"}}
		}}
	}
}`

const purchaseText = `{"id":1001,"customer":"c-8812","currency":"EUR","total":129.95,"createdAt":"2026-11-24T10:00:00Z",` +
	`"paid":true,"note":null,"channel":"web","country":"DE",` +
	`"lines":[{"sku":"AB-7","qty":3,"price":19.99},{"sku":"AB-8","qty":1,"price":69.98}]}`

type purchase struct {
	ID        int64   `json:"id"`
	Customer  string  `json:"customer"`
	Currency  string  `json:"currency"`
	Total     float64 `json:"total"`
	CreatedAt string  `json:"createdAt"`
	Paid      bool    `json:"paid"`
	Note      *string `json:"note"`
	Channel   string  `json:"channel"`
	Country   string  `json:"country"`
	Lines     []struct {
		SKU   string  `json:"sku"`
		Qty   int     `json:"qty"`
		Price float64 `json:"price"`
	} `json:"lines"`
}

// BenchmarkJSONSchema is package jsonschema beside its engine, called as the
// engine's documentation shows, and beside JSON that nobody validates.
func BenchmarkJSONSchema(b *testing.B) {
	text := []byte(purchaseText)
	b.Run("mskit", func(b *testing.B) {
		d := jsonschema.NewDecoder[purchase](nil, jsonschema.WithSchema(purchaseSchema))
		in := schema.Input{Topic: "purchases", Data: text}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := d.Decode(b.Context(), in); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("engine", func(b *testing.B) {
		s := engine.MustCompileString("registry:///purchase", purchaseSchema)
		b.ReportAllocs()
		for b.Loop() {
			tree := json.NewDecoder(bytes.NewReader(text))
			tree.UseNumber()
			var v any
			if err := tree.Decode(&v); err != nil {
				b.Fatal(err)
			}
			if err := s.Validate(v); err != nil {
				b.Fatal(err)
			}
			var p purchase
			if err := json.Unmarshal(text, &p); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("unvalidated", func(b *testing.B) {
		d := schema.JSON[purchase]()
		in := schema.Input{Topic: "purchases", Data: text}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := d.Decode(b.Context(), in); err != nil {
				b.Fatal(err)
			}
		}
	})
}
