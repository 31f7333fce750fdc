package avro_test

import (
	"context"
	"fmt"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/avro"
)

func ExampleNewDecoder() {
	type Order struct {
		ID   int64   `avro:"id"`
		SKU  string  `avro:"sku"`
		Note *string `avro:"note"`
	}
	registry := schema.Static(&schema.Schema{ID: schema.ConfluentID(1), Format: schema.FormatAvro, Text: `{
		"type":"record","name":"Order","namespace":"shop","fields":[
			{"name":"id","type":"long"},
			{"name":"sku","type":"string"},
			{"name":"qty","type":"int"},
			{"name":"note","type":["null","string"],"default":null}]}`})

	orders := avro.NewDecoder[Order](registry)
	order, err := orders.Decode(context.Background(), schema.Input{
		Topic: "orders",
		Data:  []byte("\x00\x00\x00\x00\x01\xd2\x0f\x08AB-7\x06\x00"),
	})
	fmt.Printf("%+v %v\n", order, err)
	// Output: {ID:1001 SKU:AB-7 Note:<nil>} <nil>
}

// Without a registry, the schema is given.
func ExampleWithWriterSchema() {
	readings := avro.NewDecoder[float64](nil, avro.WithWriterSchema(`"long"`))
	v, err := readings.Decode(context.Background(), schema.Input{Data: []byte{0x54}})
	fmt.Println(v, err)
	// Output: 42 <nil>
}

// Data of an older writer get the reader's defaults.
func ExampleWithReaderSchema() {
	orders := avro.NewDecoder[any](nil,
		avro.WithWriterSchema(`{"type":"record","name":"Order","fields":[{"name":"id","type":"int"}]}`),
		avro.WithReaderSchema(`{"type":"record","name":"Order","fields":[
			{"name":"number","aliases":["id"],"type":"long"},
			{"name":"currency","type":"string","default":"EUR"}]}`))
	v, err := orders.Decode(context.Background(), schema.Input{Data: []byte{0x0a}})
	fmt.Println(v, err)
	// Output: map[currency:EUR number:5] <nil>
}

// The JSON view is what filters match.
func ExampleDecoder_AppendJSON() {
	d := avro.NewDecoder[any](nil, avro.WithWriterSchema(`{"type":"record","name":"Price","fields":[
		{"name":"amount","type":{"type":"bytes","logicalType":"decimal","precision":6,"scale":2}},
		{"name":"until","type":["null",{"type":"int","logicalType":"date"}]}]}`))
	view, err := d.AppendJSON(context.Background(), nil, schema.Input{Data: []byte{0x04, 0x09, 0xa5, 0x02, 0x80, 0xbf, 0x02}})
	fmt.Println(string(view), err)
	// Output: {"amount":"24.69","until":"2025-11-24"} <nil>
}
