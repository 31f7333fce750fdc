package main

import (
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
)

func TestRecordsContinueTheirProducersTraces(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	// A batcher: without the flush at the end of the invocation nothing would be
	// exported yet.
	tp := sdktrace.NewTracerProvider(sdktrace.WithBatcher(spans))
	defer func() { _ = tp.Shutdown(t.Context()) }()
	ctx, invocation := tp.Tracer("test").Start(t.Context(), "invocation")

	const traceID, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	_, err := newProcessor(tp).Invoke(ctx, kafkaeventtest.MSK(
		kafkaeventtest.JSON("orders", order{ID: "a"}, kafkaeventtest.WithHeader("traceparent", "00-"+traceID+"-"+parent+"-01")),
		kafkaeventtest.JSON("orders", order{ID: "b"}),
		kafkaeventtest.Text("orders", "not JSON"),
	))
	if err != nil {
		t.Fatal(err)
	}

	got := spans.GetSpans()
	if len(got) != 3 {
		t.Fatalf("%d spans after the invocation, want 3", len(got))
	}
	first, second, third := got[0], got[1], got[2]
	if first.SpanContext.TraceID().String() != traceID || first.Parent.SpanID().String() != parent {
		t.Errorf("the first continues trace %v from %v", first.SpanContext.TraceID(), first.Parent.SpanID())
	}
	if first.Name != "process orders" || first.SpanKind != trace.SpanKindConsumer || first.Status.Code != codes.Unset {
		t.Errorf("the first is %s, %v, %v", first.Name, first.SpanKind, first.Status)
	}
	for _, s := range got {
		if len(s.Links) != 1 || s.Links[0].SpanContext.SpanID() != invocation.SpanContext().SpanID() {
			t.Errorf("%s links to %v, want the invocation", s.Name, s.Links)
		}
	}
	if second.SpanContext.TraceID() != invocation.SpanContext().TraceID() {
		t.Error("a record without a trace belongs to the invocation's")
	}
	if third.Status.Code != codes.Error || third.Status.Description != "permanent" || len(third.Events) != 1 {
		t.Errorf("the third has status %v and events %v", third.Status, third.Events)
	}
}
