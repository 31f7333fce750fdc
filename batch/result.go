package batch

import (
	"context"
	"log/slog"
	"time"
)

// Result is what became of one invocation's records. Every record is counted
// once: Records is the sum of the six counts below it.
//
// It marshals as its Response, so lambda.Start([Processor.Process]) replies
// rightly too.
type Result struct {
	// Response names what Lambda shall deliver again: Failed and Deferred.
	Response Response
	// Records is how many the event had.
	Records int

	Succeeded int
	// Failed were started and did not succeed, or could not be decoded.
	Failed int
	// Deferred were not started: behind a failure in their partition or key, or
	// because time ran out.
	Deferred int
	// Filtered did not match the filter.
	Filtered int
	// Skipped were handled with a [Skip].
	Skipped int
	// DeadLettered were taken by the dead-letter sink.
	DeadLettered int

	// Tombstones counts records without a value, whatever became of them.
	Tombstones int
	// Failures has one entry for each of Failed, in document order.
	Failures []*RecordError
	// Partitions are in document order.
	Partitions []PartitionResult

	// Started is when the invocation began, Duration how long it took, parsing
	// included.
	Started  time.Time
	Duration time.Duration
	// DecodeTime is the time spent in decoders, over all goroutines. It is
	// measured only when there is an observer.
	DecodeTime time.Duration
	// Err is what Invoke or Process returns.
	Err error
}

// PartitionResult is one partition's part in an invocation.
type PartitionResult struct {
	// Key is the partition as the event spells it, "orders-0".
	Key     string
	Records int
	// FirstOffset and LastOffset are those of the first and last record in the
	// event's order; zero when there is none.
	FirstOffset, LastOffset int64
	// OldestAge is the age of the partition's oldest record when the invocation
	// began: how far behind the consumer is, in time. Zero when no record has a
	// timestamp; negative when the producer's clock is ahead.
	OldestAge time.Duration
}

// MarshalJSON is the Response's.
func (r Result) MarshalJSON() ([]byte, error) { return r.Response.MarshalJSON() }

// LogValue gives the counts.
func (r Result) LogValue() slog.Value { return slog.GroupValue(r.attrs()...) }

func (r *Result) attrs() []slog.Attr {
	var attrs []slog.Attr
	for _, count := range [...]struct {
		name string
		n    int
	}{
		{"records", r.Records},
		{"succeeded", r.Succeeded},
		{"failed", r.Failed},
		{"deferred", r.Deferred},
		{"filtered", r.Filtered},
		{"skipped", r.Skipped},
		{"deadLettered", r.DeadLettered},
		{"tombstones", r.Tombstones},
	} {
		attrs = append(attrs, slog.Int(count.name, count.n))
	}
	return append(attrs, slog.Duration("duration", r.Duration))
}

// Observer is told the result of every invocation, once, also when Invoke
// returns an error. ctx is the invocation's own. The result is not to be
// changed. A panic in an observer is logged and changes nothing.
type Observer interface {
	ObserveBatch(ctx context.Context, r *Result)
}

// ObserverFunc is a function as an [Observer].
type ObserverFunc func(ctx context.Context, r *Result)

// ObserveBatch calls f.
func (f ObserverFunc) ObserveBatch(ctx context.Context, r *Result) { f(ctx, r) }
