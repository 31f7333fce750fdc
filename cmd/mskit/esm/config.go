package esm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mskit-go/mskit/filter"
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
	// EventSourceARN is the cluster's, for events as those of Amazon MSK; empty:
	// as those of self-managed Kafka.
	EventSourceARN string
	// Client are further options of the Kafka client, as for TLS and SASL. They
	// come after the mapping's own, so they win.
	Client []kgo.Opt
	// ConsumerGroupID is the group whose offsets are committed; "mskit" if
	// empty.
	ConsumerGroupID string
	// StartingPosition is where partitions begin that the group has no offset
	// of; the beginning of the log if empty.
	StartingPosition StartingPosition
	// StartingPositionTimestamp goes with [AtTimestamp].
	StartingPositionTimestamp time.Time

	// BatchSize is the largest number of records in an invocation; 100 if 0.
	BatchSize int
	// MaximumBatchingWindow is how long a batch may wait for more records,
	// counted from its first; 500 ms if 0, not at all if negative.
	MaximumBatchingWindow time.Duration
	// SchemaRegistry takes the framing off the records; nil: they are delivered
	// as they were produced.
	SchemaRegistry *SchemaRegistry
	// Filter picks the records to deliver; nil: all. The others are done.
	Filter *filter.Filter

	// ReportBatchItemFailures makes the mapping read the replies. Without it
	// an invocation without an error is a success, as on Lambda.
	ReportBatchItemFailures bool
	// FromLowestOffset redelivers, after a partial reply, everything of a
	// partition from the lowest offset named. The default, as AWS's
	// documentation has it, is the named records alone.
	FromLowestOffset bool
	// BisectBatchOnFunctionError halves a batch that failed as a whole, which
	// uses no attempt up.
	BisectBatchOnFunctionError bool
	// MaximumRetryAttempts is how often a batch is tried again. nil and -1 are
	// AWS's default: until it succeeds, and 10 times with OnFailure.
	MaximumRetryAttempts *int
	// MaximumRecordAge gives a record up that is older, by its timestamp, when
	// it is about to be delivered for the first time or again; 0: never. AWS
	// documents no condition for it, so it has RetryAttemptsExhausted.
	MaximumRecordAge time.Duration
	// RetryDelay is the pause before a batch is tried again. It doubles with
	// each further attempt, up to MaximumRetryDelay; 0: none. AWS does not
	// document its own.
	RetryDelay time.Duration
	// MaximumRetryDelay is where RetryDelay stops to grow; a minute if 0.
	MaximumRetryDelay time.Duration
	// OnFailure takes what is given up; nil drops it, as Lambda does.
	OnFailure Destination

	// UntilEnd makes Run end at the end that the log had when it began.
	UntilEnd bool
	// Observe is called after each batch is committed; nil: nobody is told.
	Observe func(Progress)
	// BeforeCommit is called when a batch is settled; an error ends the mapping
	// before anything of the batch is committed, as if it had been killed there.
	BeforeCommit func(ctx context.Context) error
}

// StartingPosition is where in the log a mapping starts.
type StartingPosition string

// The names are AWS's:
// https://docs.aws.amazon.com/lambda/latest/dg/kafka-starting-positions.html.
const (
	TrimHorizon StartingPosition = "TRIM_HORIZON"
	Latest      StartingPosition = "LATEST"
	AtTimestamp StartingPosition = "AT_TIMESTAMP"
)

// largestBatch is AWS's limit of BatchSize.
const largestBatch = 10_000

func (c Config) withDefaults() Config {
	if c.ConsumerGroupID == "" {
		c.ConsumerGroupID = "mskit"
	}
	if c.StartingPosition == "" {
		c.StartingPosition = TrimHorizon
	}
	if c.BatchSize == 0 {
		c.BatchSize = 100
	}
	if c.MaximumBatchingWindow == 0 {
		c.MaximumBatchingWindow = 500 * time.Millisecond
	}
	if c.MaximumRetryDelay == 0 {
		c.MaximumRetryDelay = time.Minute
	}
	endless := c.MaximumRetryAttempts == nil || *c.MaximumRetryAttempts < 0
	switch {
	case endless && c.OnFailure != nil:
		c.MaximumRetryAttempts = new(10)
	case endless:
		c.MaximumRetryAttempts = nil
	}
	return c
}

func (c Config) validate() error {
	switch {
	case len(c.Brokers) == 0 || c.Topic == "":
		return errors.New("brokers and topic are required")
	case c.BatchSize < 0 || c.BatchSize > largestBatch:
		return fmt.Errorf("batch size %d, want 1 to %d", c.BatchSize, largestBatch)
	case c.StartingPosition == AtTimestamp && c.StartingPositionTimestamp.IsZero():
		return errors.New("starting position AT_TIMESTAMP needs a timestamp")
	}
	if c.SchemaRegistry != nil {
		if err := c.SchemaRegistry.validate(); err != nil {
			return err
		}
	}
	switch c.StartingPosition {
	case "", TrimHorizon, Latest, AtTimestamp:
		return nil
	}
	return fmt.Errorf("starting position %q, want TRIM_HORIZON, LATEST or AT_TIMESTAMP", c.StartingPosition)
}
