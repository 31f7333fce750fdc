// Command otel is a function whose records continue their producers' traces.
//
// Only this module knows OpenTelemetry: *kafkaevent.Headers has the methods of
// its TextMapCarrier, so a propagator takes them as they are.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/schema"
)

type order struct {
	ID    string `json:"id"`
	Total int    `json:"total"`
}

func ship(ctx context.Context, m batch.Message[order]) error {
	slog.InfoContext(ctx, "shipped", "record", m.Record)
	return nil
}

// newProcessor flushes the spans at the end of every invocation, because the
// sandbox may be frozen right after it.
func newProcessor(tp *sdktrace.TracerProvider) *batch.Processor {
	tracer := tp.Tracer("github.com/mskit-go/mskit/examples/otel")
	return batch.NewPartial(
		batch.Values(schema.JSON[order](), ship),
		batch.WithMiddleware(Trace(tracer, propagation.TraceContext{})),
		batch.WithObserver(batch.ObserverFunc(func(ctx context.Context, _ *batch.Result) {
			if err := tp.ForceFlush(ctx); err != nil {
				slog.WarnContext(ctx, "spans are lost", "error", err.Error())
			}
		})),
	)
}

func main() {
	// In production this is an OTLP exporter to the collector beside the function.
	exporter, err := stdouttrace.New()
	if err != nil {
		slog.Error("no exporter", "error", err.Error())
		os.Exit(1)
	}
	lambda.Start(newProcessor(sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))))
}
