package esm

import (
	"context"
	"time"

	"github.com/mskit-go/mskit/kafkaevent"
)

// Failure is what a mapping gives up: a batch or a part of one.
type Failure struct {
	Condition kafkaevent.FailureCondition
	// InvokeCount is how often the function was called with these records.
	InvokeCount int
	// Response is what the last invocation came to; nil when the function was
	// not called.
	Response *kafkaevent.FailureResponse
	// Err is why the last invocation failed as a whole, or why a record could
	// not be deserialized; nil when the reply named the records.
	Err  error
	Time time.Time
	// Event has the records as the function got them, or would have. Those that
	// could not be deserialized are as they were produced.
	Event *kafkaevent.Event
}

// Conditions of a schema registry. AWS names these reasons without saying where
// in a failure record they stand:
// https://docs.aws.amazon.com/lambda/latest/dg/services-consume-kafka-events.html.
const (
	SchemaNotFound       kafkaevent.FailureCondition = "SCHEMA_NOT_FOUND"
	DeserializationError kafkaevent.FailureCondition = "DESERIALIZATION_ERROR"
)

// Destination takes what is given up. An error ends the mapping before the
// records are committed, so they come again to the next run.
type Destination interface {
	// Put returns once the failure is stored.
	Put(ctx context.Context, f *Failure) error
}

// DestinationFunc is a function as a Destination.
type DestinationFunc func(ctx context.Context, f *Failure) error

// Put calls d.
func (d DestinationFunc) Put(ctx context.Context, f *Failure) error { return d(ctx, f) }
