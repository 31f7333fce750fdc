package batchtest

import (
	"context"
	"time"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent"
)

// Handler is what is tested: a [batch.Processor], or anything else that
// lambda.Start takes as a handler of bytes.
type Handler interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// Config is the event source mapping. Its zero value is one with AWS's
// defaults. Fields that AWS has too are spelled as AWS spells them:
// https://docs.aws.amazon.com/lambda/latest/dg/kafka-esm-parameters.html.
type Config struct {
	// ReportBatchItemFailures makes Lambda read the replies. Without it a reply
	// that names failures is an error of the test: it loses those records.
	ReportBatchItemFailures bool
	// Redelivery is what comes again after a partial reply.
	Redelivery Redelivery
	// BatchSize is the largest number of records in an invocation; 100 if zero.
	BatchSize int
	// MaximumPayload is the largest payload, in bytes; 6 MB if zero.
	MaximumPayload int
	// MaximumRetryAttempts is how often a batch is tried again. nil is AWS's
	// default: until it succeeds, and 10 times with a destination.
	MaximumRetryAttempts *int
	// MaximumRecordAge gives a record up that is older, counted from the start
	// of Run. Zero: never.
	MaximumRecordAge time.Duration
	// BisectBatchOnFunctionError halves a batch that failed as a whole. As with
	// streams, halving uses no attempt up. A partial reply halves nothing.
	BisectBatchOnFunctionError bool
	// OnFailure is the kind of destination for what is given up. Without one
	// such records are lost, which is an error of the test.
	OnFailure Destination
	// Filter is the mapping's filter: the Match of a *filter.Filter, or a
	// function. What it rejects is never delivered; what it fails on is.
	Filter func(r *kafkaevent.Record) (bool, error)
	// SelfManaged makes the events those of self-managed Kafka, not of MSK.
	SelfManaged bool

	// Timeout is the function's, 1 minute if zero. An invocation that takes
	// longer has failed, whatever it returns later.
	Timeout time.Duration
	// RetryDelay is the pause before a batch is tried again. Zero: none.
	RetryDelay time.Duration
	// Pollers deliver at the same time, each some of the partitions; 1 if zero.
	Pollers int
	// Patience is how often in a row a batch may come back whole, where retries
	// have no end, before its partitions count as blocked; 100 if zero.
	Patience int

	// Faults says what goes wrong, invocation by invocation; nil: nothing does.
	// It is called by one goroutine at a time.
	Faults func(Invocation) Fault
	// Rewrite changes a payload before it is delivered, for what no builder
	// makes, as broken base64. Offsets have to stay.
	Rewrite func(payload []byte) []byte

	// Ledger, which the handler writes to, lets Run see what was handled: see
	// [Ledger].
	Ledger *Ledger
	// Order is what the ledger is checked for: the one the processor was given,
	// ByPartition if not set. Without a ledger it has no effect.
	Order batch.Order
}

// Redelivery is what Lambda delivers again after a partial reply. AWS's words
// are "retry just those specific items"; what becomes of the records behind
// them in the same partition is not documented, so a handler should be tested
// under both.
type Redelivery uint8

const (
	// NamedRecords: those that the reply names, as AWS says.
	NamedRecords Redelivery = iota
	// FromLowestOffset: those, and the records of the batch behind the first of
	// them in each partition, as Lambda does for Kinesis.
	FromLowestOffset
)

// Destination is a kind of on-failure destination.
type Destination uint8

const (
	// NoDestination: what is given up is dropped.
	NoDestination Destination = iota
	// ToQueue is SQS or SNS, which get the facts without the records.
	ToQueue
	// ToBucket is S3, which gets the event.
	ToBucket
	// ToTopic is a Kafka topic, which gets a message for each record.
	ToTopic
)

// maximumPayload is that of an invocation:
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html.
const maximumPayload = 6 << 20

// withDefaults fills in what is zero.
func (c Config) withDefaults() Config {
	set := func(n *int, value int) {
		if *n <= 0 {
			*n = value
		}
	}
	set(&c.BatchSize, 100)
	set(&c.MaximumPayload, maximumPayload)
	set(&c.Pollers, 1)
	set(&c.Patience, 100)
	if c.Timeout <= 0 {
		c.Timeout = time.Minute
	}
	// Endless retries with a destination are capped:
	// https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html.
	if c.OnFailure != NoDestination && (c.MaximumRetryAttempts == nil || *c.MaximumRetryAttempts < 0) {
		c.MaximumRetryAttempts = new(10)
	}
	if c.MaximumRetryAttempts != nil && *c.MaximumRetryAttempts < 0 {
		c.MaximumRetryAttempts = nil
	}
	return c
}
