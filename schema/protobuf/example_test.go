package protobuf_test

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/protobuf"
	"github.com/mskit-go/mskit/schema/protobuf/internal/shoppb"
	"github.com/mskit-go/mskit/schema/protobuf/protosrc"
)

// A record framed for AWS Glue: header, schema version id, message index, body.
var glueRecord = schema.Input{
	Topic: "orders",
	Data:  []byte("\x03\x00\xb7\xb4\xa7\xf0\x9c\x96\x4e\x4a\xa6\x87\xfb\x5d\xe9\xef\x0c\x63\x00\x08\xe9\x07\x12\x04AB-7"),
}

func ExampleNewDecoder() {
	orders := protobuf.NewDecoder[*shoppb.Order]()

	order, err := orders.Decode(context.Background(), glueRecord)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(order.GetId(), order.GetSku())
	// Output: 1001 AB-7
}

// A decoder refuses records of another message type, which Protobuf itself
// would take for its own.
func ExampleNewDecoder_otherMessage() {
	zeds := protobuf.NewDecoder[*shoppb.Zed]()

	_, err := zeds.Decode(context.Background(), glueRecord)
	fmt.Println(schema.KindOf(err))
	fmt.Println(err)
	// Output:
	// type mismatch
	// schema: orders value: type mismatch (schema id b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63): the record holds a shop.Order (rank 0 in orders.proto), the decoder is for shop.Zed; where the producer's file is arranged differently, use WithTypeCheck(ByRegistry(...))
}

// A topic may carry several message types.
func ExampleNewAnyOf() {
	records := protobuf.NewAnyOf([]proto.Message{(*shoppb.Order)(nil), (*shoppb.Zed)(nil)})

	m, err := records.Decode(context.Background(), glueRecord)
	if err != nil {
		fmt.Println(err)
		return
	}
	switch m := m.(type) {
	case *shoppb.Order:
		fmt.Println("order", m.GetSku())
	case *shoppb.Zed:
		fmt.Println("zed", m.GetId())
	}
	// Output: order AB-7
}

// AWS Glue numbers messages by name, so a message that the producer adds moves
// others. The schema that a record was written with has the producer's numbers.
func ExampleByRegistry() {
	version, _ := schema.ParseUUID("b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63")
	registry := schema.Static(&schema.Schema{ // in earnest: schema.Cached(client)
		ID:     schema.GlueID(version),
		Format: schema.FormatProtobuf,
		Text:   `syntax = "proto3"; package shop; message Order { int64 id = 1; string sku = 2; }`,
	})
	orders := protobuf.NewDecoder[*shoppb.Order](
		protobuf.WithTypeCheck(protobuf.ByRegistry(registry)),
		protobuf.WithCompiler(protosrc.Compile), // AWS Glue serves .proto text
	)

	order, err := orders.Decode(context.Background(), glueRecord)
	fmt.Println(order.GetSku(), err)
	// Output: AB-7 <nil>
}

// The event source mapping can turn records into JSON text; then this is the
// decoder for generated types.
func ExampleNewJSONDecoder() {
	orders := protobuf.NewJSONDecoder[*shoppb.Order]()

	order, err := orders.Decode(context.Background(), schema.Input{
		Topic: "orders",
		Data:  []byte(`{"id":"1001","sku":"AB-7"}`),
		Meta:  schema.Metadata{DataFormat: "PROTOBUF", SchemaID: "1"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(order.GetId(), order.GetSku())
	// Output: 1001 AB-7
}

// Without generated types, the registry tells what a record holds. Here it
// serves .proto text; a real one is a client in schema.Cached.
func ExampleNewDynamic() {
	version, _ := schema.ParseUUID("b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63")
	registry := schema.Static(&schema.Schema{
		ID:     schema.GlueID(version),
		Format: schema.FormatProtobuf,
		Text:   `syntax = "proto3"; package shop; message Order { int64 id = 1; string sku = 2; }`,
	})
	records := protobuf.NewDynamic(registry, protobuf.WithCompiler(protosrc.Compile))

	m, err := records.Decode(context.Background(), glueRecord)
	if err != nil {
		fmt.Println(err)
		return
	}
	sku := m.Get(m.Descriptor().Fields().ByName("sku"))
	fmt.Println(m.Descriptor().FullName(), sku)
	// Output: shop.Order AB-7
}

// The JSON view is what filter patterns match, and handy in tests.
func ExampleDecoder_AppendJSON() {
	orders := protobuf.NewDecoder[*shoppb.Order]()

	text, err := orders.AppendJSON(context.Background(), nil, glueRecord)
	fmt.Println(string(text), err)
	// Output: {"id":"1001","sku":"AB-7"} <nil>
}

func ExampleWithValidate() {
	orders := protobuf.NewDecoder[*shoppb.Order](protobuf.WithValidate(func(m proto.Message) error {
		if m.(*shoppb.Order).GetId() > 1000 {
			return errors.New("id is over 1000")
		}
		return nil
	}))

	_, err := orders.Decode(context.Background(), glueRecord)
	fmt.Println(schema.KindOf(err), schema.Retryable(err))
	// Output: validation false
}
