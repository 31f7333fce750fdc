package main

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent"
)

// Names of OpenTelemetry's semantic conventions for messaging, which are still
// changing: https://opentelemetry.io/docs/specs/semconv/messaging/kafka/.
const (
	attrSystem    = "messaging.system"
	attrOperation = "messaging.operation.type"
	attrTopic     = "messaging.destination.name"
	attrPartition = "messaging.destination.partition.id"
	attrOffset    = "messaging.kafka.offset"
	attrTombstone = "messaging.kafka.message.tombstone"
	attrClass     = "mskit.error.class"
)

// Trace gives every record a span that continues the producer's trace, which is
// in the record's headers, and links to the invocation's span. A batch has as
// many traces as producers; one parent for all of them would be a wrong one.
func Trace(tracer trace.Tracer, p propagation.TextMapPropagator) batch.Middleware {
	return func(next batch.Handler) batch.Handler {
		return batch.HandlerFunc(func(ctx context.Context, r *kafkaevent.Record) error {
			invocation := trace.LinkFromContext(ctx)
			headers := r.Headers()
			ctx, span := tracer.Start(p.Extract(ctx, &headers), "process "+r.Topic,
				trace.WithSpanKind(trace.SpanKindConsumer),
				trace.WithLinks(invocation),
				trace.WithAttributes(
					attribute.String(attrSystem, "kafka"),
					attribute.String(attrOperation, "process"),
					attribute.String(attrTopic, r.Topic),
					attribute.Int(attrPartition, int(r.Partition)),
					attribute.Int64(attrOffset, r.Offset),
					attribute.Bool(attrTombstone, r.Tombstone()),
				))
			defer span.End()
			err := next.HandleRecord(ctx, r)
			if err != nil {
				span.SetAttributes(attribute.String(attrClass, batch.ClassOf(err).String()))
				span.RecordError(err)
				span.SetStatus(codes.Error, batch.ClassOf(err).String())
			}
			return err
		})
	}
}
