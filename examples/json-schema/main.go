// Command json-schema ships orders whose JSON has been checked against its
// JSON Schema in a Confluent-compatible registry.
//
// The schemas that were known when it was built are embedded: while the
// registry is down, only records with a newer schema wait.
package main

import (
	"context"
	"embed"
	"log"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/confluent"
	"github.com/mskit-go/mskit/schema/jsonschema"
)

//go:embed schemas
var schemas embed.FS

type order struct {
	ID    int64 `json:"id"`
	Lines []struct {
		SKU string `json:"sku"`
		Qty int    `json:"qty"`
	} `json:"lines"`
}

// ship never sees an order without lines: the schema forbids it.
func ship(ctx context.Context, m batch.Message[order]) error {
	slog.InfoContext(ctx, "shipped", "record", m.ID(), "first", m.Value.Lines[0].SKU)
	return nil
}

func handler(registry schema.Registry, opts ...batch.Option) *batch.Processor {
	return batch.NewPartial(batch.Values(jsonschema.NewDecoder[order](registry), ship), opts...)
}

func main() {
	known, err := schema.ReadSnapshot(schemas)
	if err != nil {
		log.Fatal(err)
	}
	client, err := confluent.NewClient(os.Getenv("SCHEMA_REGISTRY_URL"))
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(handler(schema.Cached(client, schema.WithSnapshot(known))))
}
