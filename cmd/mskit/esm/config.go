package esm

import (
	"context"
	"time"

	"github.com/mskit-go/mskit/filter"
	"github.com/mskit-go/mskit/kafkaevent"
)

// Invoker is the function: a *batch.Processor is one, and so is any
// lambda.Handler. An error fails the whole batch.
type Invoker interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// Config is the mapping. Fields that AWS has too are spelled as AWS spells
// them: https://docs.aws.amazon.com/lambda/latest/dg/kafka-esm-parameters.html.
type Config struct {
	// Brokers are the seeds of the cluster, host:port. Required.
	Brokers []string
	// Topic is what to consume. Required.
	Topic string
	// ConsumerGroupID is the group whose offsets are committed; "mskit" if
	// empty. A group without offsets starts at the beginning of the log.
	ConsumerGroupID string
	// BatchSize is the largest number of records in an invocation; 100 if 0.
	BatchSize int
	// MaximumBatchingWindow is how long a batch may wait for more records,
	// counted from its first; 500 ms if 0.
	MaximumBatchingWindow time.Duration
	// ReportBatchItemFailures makes the mapping read the replies. Without it
	// an invocation without an error is a success, as on Lambda.
	ReportBatchItemFailures bool
	// FromLowestOffset redelivers, after a partial reply, everything of a
	// partition from the lowest offset named. The default, as AWS's
	// documentation has it, is the named records alone.
	FromLowestOffset bool
	// MaximumRetryAttempts is how often a batch is tried again; nil: until it
	// succeeds.
	MaximumRetryAttempts *int
	// BisectBatchOnFunctionError halves a batch that failed as a whole, which
	// uses no attempt up.
	BisectBatchOnFunctionError bool
	// RetryDelay is the pause before a batch is tried again.
	RetryDelay time.Duration
	// Filter picks the records to deliver; nil: all. The others are done.
	Filter *filter.Filter
	// OnFailure takes what is given up; nil drops it, as Lambda does. An error
	// ends the mapping before the records are committed.
	OnFailure func(ctx context.Context, condition kafkaevent.FailureCondition, e *kafkaevent.Event) error
	// UntilEnd ends the mapping at the end that the log had when it started.
	UntilEnd bool
	// Observe is called after each batch is committed, with the counts so far;
	// nil: nobody is told.
	Observe func(Summary)
}

// Summary accounts for every record that was read:
// Records = Filtered + Succeeded + GivenUp + Dropped once a batch is settled.
type Summary struct {
	Records   int `json:"records"`
	Filtered  int `json:"filtered"`  // the filter did not want it
	Succeeded int `json:"succeeded"` // the function took it
	GivenUp   int `json:"givenUp"`   // sent to OnFailure
	Dropped   int `json:"dropped"`   // given up without an OnFailure

	Invocations       int `json:"invocations"`
	PartialFailures   int `json:"partialFailures"`   // invocations that named records
	FailedInvocations int `json:"failedInvocations"` // those that failed as a whole
}

// Settled is how many records need no further delivery.
func (s Summary) Settled() int { return s.Filtered + s.Succeeded + s.GivenUp + s.Dropped }

func (c Config) withDefaults() Config {
	if c.ConsumerGroupID == "" {
		c.ConsumerGroupID = "mskit"
	}
	if c.BatchSize == 0 {
		c.BatchSize = 100
	}
	if c.MaximumBatchingWindow == 0 {
		c.MaximumBatchingWindow = 500 * time.Millisecond
	}
	return c
}
