// Package emf writes the result of every invocation as one line in CloudWatch's
// embedded metric format, from which CloudWatch makes metrics without an agent
// and without an API call.
//
//	batch.NewPartial(h, batch.WithObserver(emf.New("Orders")))
//
// It is not for metrics of single records.
package emf

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/mskit-go/mskit/batch"
)

// Observer writes metrics. It is safe for concurrent use.
type Observer struct {
	namespace  string
	dimensions map[string]string

	mu sync.Mutex
	w  io.Writer
}

// Option configures an [Observer]; nil is skipped.
type Option interface{ apply(*Observer) }

type optionFunc func(*Observer)

func (f optionFunc) apply(o *Observer) { f(o) }

// WithWriter says where to write; each invocation is one Write of one line. The
// default, and the effect of nil, is os.Stdout, which Lambda sends to
// CloudWatch.
func WithWriter(w io.Writer) Option {
	return optionFunc(func(o *Observer) {
		if w != nil {
			o.w = w
		}
	})
}

// WithDimension adds a dimension. The default is FunctionName alone, where
// Lambda's environment tells it. Every combination of values is a metric to pay
// for, so topic and partition are properties of the line and no dimensions. Of one
// name the last value counts; other names add up.
func WithDimension(name, value string) Option {
	return optionFunc(func(o *Observer) { o.dimensions[name] = value })
}

// New writes metrics to a CloudWatch namespace. Records, Succeeded, Failed,
// Deferred, Filtered, Skipped, DeadLettered, Tombstones and Errors (1 for an
// invocation that returned an error) are counts; Duration, DecodeTime and
// OldestRecordAge (over all partitions) are in milliseconds. The age of each
// partition's oldest record is in the line's "partitions".
func New(namespace string, opts ...Option) *Observer {
	o := &Observer{namespace: namespace, dimensions: make(map[string]string), w: os.Stdout}
	if name := os.Getenv("AWS_LAMBDA_FUNCTION_NAME"); name != "" {
		o.dimensions["FunctionName"] = name
	}
	for _, opt := range opts {
		if opt != nil {
			opt.apply(o)
		}
	}
	return o
}

// The format:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html.
type metadata struct {
	Timestamp         int64       `json:"Timestamp"`
	CloudWatchMetrics []directive `json:"CloudWatchMetrics"`
}

type directive struct {
	Namespace  string       `json:"Namespace"`
	Dimensions [][]string   `json:"Dimensions"`
	Metrics    []definition `json:"Metrics"`
}

type definition struct {
	Name string `json:"Name"`
	Unit string `json:"Unit"`
}

type partition struct {
	Records     int   `json:"records"`
	FirstOffset int64 `json:"firstOffset"`
	LastOffset  int64 `json:"lastOffset"`
	OldestAgeMS int64 `json:"oldestAgeMs"`
}

// ObserveBatch writes the line. It implements [batch.Observer].
func (o *Observer) ObserveBatch(_ context.Context, r *batch.Result) {
	line := make(map[string]any)
	var metrics []definition
	add := func(name, unit string, value any) {
		metrics = append(metrics, definition{name, unit})
		line[name] = value
	}
	count := func(name string, n int) { add(name, "Count", n) }
	count("Records", r.Records)
	count("Succeeded", r.Succeeded)
	count("Failed", r.Failed)
	count("Deferred", r.Deferred)
	count("Filtered", r.Filtered)
	count("Skipped", r.Skipped)
	count("DeadLettered", r.DeadLettered)
	count("Tombstones", r.Tombstones)
	errors := 0
	if r.Err != nil {
		errors = 1
	}
	count("Errors", errors)
	add("Duration", "Milliseconds", milliseconds(r.Duration))
	add("DecodeTime", "Milliseconds", milliseconds(r.DecodeTime))

	parts := make(map[string]partition, len(r.Partitions))
	var oldest time.Duration
	for _, p := range r.Partitions {
		oldest = max(oldest, p.OldestAge)
		parts[p.Key] = partition{p.Records, p.FirstOffset, p.LastOffset, p.OldestAge.Milliseconds()}
	}
	if len(parts) > 0 {
		add("OldestRecordAge", "Milliseconds", milliseconds(oldest))
		line["partitions"] = parts
	}
	for name, value := range o.dimensions {
		line[name] = value
	}
	line["_aws"] = metadata{
		Timestamp: r.Started.UnixMilli(),
		CloudWatchMetrics: []directive{{
			Namespace:  o.namespace,
			Dimensions: [][]string{slices.Sorted(maps.Keys(o.dimensions))},
			Metrics:    metrics,
		}},
	}
	o.write(line)
}

// write is one Write, so that lines of concurrent invocations do not mix.
func (o *Observer) write(line map[string]any) {
	text, err := json.Marshal(line)
	if err != nil {
		return // there is nothing in it that could fail
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	_, _ = o.w.Write(append(text, '\n')) // where should that be reported?
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
