// Command mixed ships orders from one topic that carries three formats; package
// handler has the function itself, which "mskit demo" runs too.
package main

import (
	"context"
	"log"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/mskit-go/mskit/batch/deadletter"
	"github.com/mskit-go/mskit/batch/middleware"
	"github.com/mskit-go/mskit/examples/mixed/handler"
	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/confluent"
)

type warehouse struct{}

func (warehouse) Ship(ctx context.Context, aisle string, o handler.Order) error {
	slog.InfoContext(ctx, "shipped", "aisle", aisle, "lines", len(o.Lines))
	return nil
}

func (warehouse) Cancel(ctx context.Context, orderID string) error {
	slog.InfoContext(ctx, "cancelled", "order", orderID)
	return nil
}

func main() {
	registry, err := confluent.NewClient(os.Getenv("SCHEMA_REGISTRY_URL"))
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(handler.New(
		schema.Cached(registry),
		warehouse{},
		middleware.NewMemoryStore(0), // knows this sandbox; a table that all share knows all
		deadletter.Log(nil),          // deadletter.Topic, with the Kafka client of your choice, keeps the bytes too
	))
}
