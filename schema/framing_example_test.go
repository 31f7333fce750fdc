package schema_test

import (
	"fmt"

	"github.com/mskit-go/mskit/schema"
)

// glueFramed is a JSON text behind AWS Glue's header.
const glueFramed = "\x03\x00\xb7\xb4\xa7\xf0\x9c\x96\x4e\x4a\xa6\x87\xfb\x5d\xe9\xef\x0c\x63{}"

// show prints what a framing makes of an input.
func show(f schema.Framing, in schema.Input) {
	frame, err := f.Parse(in)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("id %q, body %q, found in: %s\n", frame.ID, frame.Body, frame.Origin)
}

func ExampleConfluent() {
	show(schema.Confluent(), schema.Input{Data: []byte("\x00\x00\x00\x00\x07{}")})
	// Output: id "7", body "{}", found in: prefix
}

func ExampleGlue() {
	show(schema.Glue(), schema.Input{Data: []byte(glueFramed)})
	// Output: id "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63", body "{}", found in: prefix
}

func ExampleRaw() {
	show(schema.Raw(), schema.Input{Data: []byte("{}")})
	// Output: id "", body "{}", found in: none
}

func ExampleDetect() {
	show(schema.Detect(), schema.Input{Data: []byte("\x00\x00\x00\x00\x07{}")})
	show(schema.Detect(), schema.Input{Data: []byte(glueFramed)})
	show(schema.Detect(), schema.Input{Data: []byte("{}")})
	// Output:
	// id "7", body "{}", found in: prefix
	// id "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63", body "{}", found in: prefix
	// id "", body "{}", found in: none
}

// A topic that moves from one registry to the other has both framings.
func ExampleFirstOf() {
	f := schema.FirstOf(schema.Glue(), schema.Confluent())
	show(f, schema.Input{Data: []byte(glueFramed)})
	show(f, schema.Input{Data: []byte("\x00\x00\x00\x00\x07{}")})
	// Output:
	// id "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63", body "{}", found in: prefix
	// id "7", body "{}", found in: prefix
}

// With metadata of the event source mapping, the framing is off already.
func ExampleESM() {
	f := schema.ESM(schema.Confluent())
	show(f, schema.Input{Data: []byte("{}"), Meta: schema.Metadata{DataFormat: "JSON", SchemaID: "7"}})
	show(f, schema.Input{Data: []byte("\x00\x00\x00\x00\x07{}")})
	// Output:
	// id "7", body "{}", found in: event source mapping
	// id "7", body "{}", found in: prefix
}
