package jsonschema_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/jsonschema"
)

func ExampleNewDecoder() {
	// In a function: schema.Cached(client) with a client of package confluent
	// or glue.
	registry := schema.Static(&schema.Schema{
		ID:     schema.ConfluentID(1),
		Format: schema.FormatJSON,
		Text: `{
			"type": "object",
			"required": ["id"],
			"properties": {
				"id": {"type": "integer"},
				"lines": {"items": {"properties": {"qty": {"type": "integer", "minimum": 1}}}}
			}
		}`,
	})
	type order struct {
		ID    int64 `json:"id"`
		Lines []struct {
			Qty int `json:"qty"`
		} `json:"lines"`
	}
	d := jsonschema.NewDecoder[order](registry)

	v, err := d.Decode(context.Background(), schema.Input{
		Topic: "orders",
		Data:  []byte("\x00\x00\x00\x00\x01" + `{"id":1001,"lines":[{"qty":3}]}`),
	})
	fmt.Printf("%+v %v\n", v, err)

	_, err = d.Decode(context.Background(), schema.Input{
		Topic: "orders",
		Data:  []byte("\x00\x00\x00\x00\x01" + `{"lines":[{"qty":3},{"qty":"many"},{"qty":0}]}`),
	})
	fmt.Println(err)
	if invalid, ok := errors.AsType[*jsonschema.ValidationError](err); ok {
		fmt.Println(invalid.Failures[1].Pointer, invalid.Failures[1].Keyword)
	}
	// Output:
	// {ID:1001 Lines:[{Qty:3}]} <nil>
	// schema: orders value: validation (schema id 1): 3 failures: (root): required: want "id"; /lines/1/qty: type: want integer, got string; /lines/2/qty: minimum: want at least 1
	// /lines/1/qty type
}

func ExampleWithSchema() {
	d := jsonschema.NewDecoder[map[string]any](nil, jsonschema.WithSchema(`{
		"properties": {"email": {"type": "string", "format": "email"}},
		"additionalProperties": false
	}`))
	_, err := d.Decode(context.Background(), schema.Input{
		Topic: "customers",
		Data:  []byte(`{"email":"not one","birthday":"1970-01-01"}`),
	})
	fmt.Println(err)
	// Output:
	// schema: customers value: validation: 2 failures: (root): additionalProperties: has properties that the schema does not name; /email: format: want email
}

func ExampleWithFormat() {
	d := jsonschema.NewDecoder[string](nil,
		jsonschema.WithSchema(`{"type": "string", "format": "sku"}`),
		jsonschema.WithFormat("sku", func(s string) bool { return len(s) == 4 }),
	)
	v, err := d.Decode(context.Background(), schema.Input{Topic: "orders", Field: schema.Key, Data: []byte(`"AB-7"`)})
	fmt.Println(v, err)
	_, err = d.Decode(context.Background(), schema.Input{Topic: "orders", Field: schema.Key, Data: []byte(`"AB-77"`)})
	fmt.Println(err)
	// Output:
	// AB-7 <nil>
	// schema: orders key: validation: (root): format: want sku
}
