// Command protobuf-glue ships orders that arrive as Protobuf with their schema
// in AWS Glue, into the types that protoc generated.
//
// AWS Glue numbers the messages of a .proto file by name, so a message that the
// producer adds moves others. The decoder therefore looks up what a record
// holds in the schema it was written with, and refuses anything that is not an
// OrderPlaced. Where both sides share one .proto file,
// protobuf.NewDecoder[*orderspb.OrderPlaced]() does it without the registry.
package main

import (
	"context"
	"log"
	"log/slog"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/examples/protobuf-glue/orderspb"
	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/glue"
	"github.com/mskit-go/mskit/schema/protobuf"
	"github.com/mskit-go/mskit/schema/protobuf/protosrc"
)

func ship(ctx context.Context, m batch.Message[*orderspb.OrderPlaced]) error {
	slog.InfoContext(ctx, "shipped", "record", m.ID(), "lines", len(m.Value.GetLines()))
	return nil
}

func handler(registry schema.Registry, opts ...batch.Option) *batch.Processor {
	orders := protobuf.NewDecoder[*orderspb.OrderPlaced](
		protobuf.WithTypeCheck(protobuf.ByRegistry(registry)),
		protobuf.WithCompiler(protosrc.Compile), // AWS Glue serves .proto text
	)
	return batch.NewPartial(batch.Values(orders, ship), opts...)
}

func main() {
	client, err := glue.NewClient() // credentials and region of the function
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(handler(schema.Cached(client)))
}
