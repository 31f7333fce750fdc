package main

import (
	"context"
	"log/slog"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/schema"
)

type order struct{ ID, Customer string }

// ship panics on an order without an id: that record fails, not the function.
func ship(ctx context.Context, m batch.Message[order]) error {
	slog.InfoContext(ctx, "shipped", "country", m.Value.ID[:2], "record", m.ID())
	return nil
}

func main() { lambda.Start(batch.NewPartial(batch.Values(schema.JSON[order](), ship))) }
