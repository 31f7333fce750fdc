// Command avro-confluent handles orders that a Confluent serializer wrote as
// Avro, with the schema of each record from the registry.
package main

import (
	"context"
	"log"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/filter"
	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/avro"
	"github.com/mskit-go/mskit/schema/confluent"
)

// Order is what this function wants of an order. Fields that the writer has
// beyond these are passed over, and ones that an older writer lacks stay zero.
type Order struct {
	ID     int64     `avro:"id"`
	Status string    `avro:"status"` // an enum
	Total  string    `avro:"total"`  // a decimal
	Coupon *string   `avro:"coupon"` // ["null","string"]
	PaidAt time.Time `avro:"paidAt"` // timestamp-millis
	Items  []Item    `avro:"items"`
}

// Item is one line of an order.
type Item struct {
	SKU string `avro:"sku"`
	Qty int    `avro:"qty"`
}

func ship(ctx context.Context, m batch.Message[Order]) error {
	slog.InfoContext(ctx, "shipping", "order", m.Value.ID, "items", len(m.Value.Items), "record", m.Record)
	return nil
}

// newProcessor decodes with the schemas of reg. Orders that are not paid yet
// never reach ship: the filter sees each record as JSON, as its writer wrote it.
func newProcessor(reg schema.Registry, fn func(context.Context, batch.Message[Order]) error) *batch.Processor {
	return batch.NewPartial(
		batch.Values(avro.NewDecoder[Order](reg), fn),
		batch.WithFilter(filter.MustCompile(`{"value":{"status":["PAID"]}}`)),
	)
}

func main() {
	registry, err := confluent.NewClient(os.Getenv("SCHEMA_REGISTRY_URL"),
		confluent.WithBasicAuth(os.Getenv("SCHEMA_REGISTRY_KEY"), os.Getenv("SCHEMA_REGISTRY_SECRET")))
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(newProcessor(schema.Cached(registry), ship))
}
