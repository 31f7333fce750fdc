package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/mskit-go/mskit/filter"

	"github.com/mskit-go/mskit/cmd/mskit/esm"
	"github.com/mskit-go/mskit/cmd/mskit/function"
)

type esmCommand struct {
	Brokers            []string      `default:"127.0.0.1:9092" help:"Seeds of the cluster, host:port."`
	Topic              string        `required:"" help:"Topic to consume."`
	Group              string        `default:"mskit" help:"Consumer group."`
	BatchSize          int           `default:"100" help:"Most records in an invocation."`
	Window             time.Duration `default:"500ms" help:"How long a batch waits for more records."`
	Retries            int           `default:"-1" help:"How often a failed batch is tried again; -1: until it succeeds."`
	RetryDelay         time.Duration `default:"1s" help:"Pause before that."`
	Bisect             bool          `help:"Halve a batch that failed as a whole."`
	ReportItemFailures bool          `help:"Read partial replies, as with ReportBatchItemFailures."`
	FromLowestOffset   bool          `help:"After a partial reply redeliver from the lowest offset named, not the named records alone."`
	Filter             string        `placeholder:"FILE" help:"FilterCriteria of the mapping."`
	OnFailure          string        `placeholder:"FILE" help:"Append what is given up to a file, one failure record as S3 gets it a line."`
	UntilEnd           bool          `help:"End at the end that the log has now, instead of waiting for more."`
	Timeout            time.Duration `default:"30s" help:"Time the function has for one event."`
	JSON               bool          `name:"json" help:"Print the summary as a JSON object."`
	Command            []string      `arg:"" passthrough:"" help:"The function: a bootstrap or a command that acts as one, after --."`
}

// Help is shown by "mskit esm --help".
func (c *esmCommand) Help() string {
	return `Consumes a topic of a real Kafka and calls the function as Lambda's event source mapping would: it builds the event, splits it at 6 MB, filters, reads the reply, retries, gives up, and commits what is settled. A function that crashed or timed out is started again. Ctrl-C ends it; what is under way comes again next time.

It is one poller and has no schema registry; TLS and SASL are not supported.

Example:

  mskit esm --topic orders --report-item-failures --retries 5 --on-failure failed.jsonl -- go run ./examples/orders`
}

func (c *esmCommand) Validate() error {
	if c.BatchSize < 1 || c.BatchSize > 10_000 {
		return errors.New("--batch-size: want 1 to 10000")
	}
	if c.Retries < -1 || c.Timeout <= 0 || c.Window <= 0 || c.RetryDelay < 0 {
		return errors.New("--retries, --timeout, --window and --retry-delay: out of range")
	}
	return nil
}

func (c *esmCommand) Run(ctx context.Context, std *streams) error {
	config := esm.Config{
		Brokers:                    c.Brokers,
		Topic:                      c.Topic,
		ConsumerGroupID:            c.Group,
		BatchSize:                  c.BatchSize,
		MaximumBatchingWindow:      c.Window,
		ReportBatchItemFailures:    c.ReportItemFailures,
		FromLowestOffset:           c.FromLowestOffset,
		BisectBatchOnFunctionError: c.Bisect,
		RetryDelay:                 c.RetryDelay,
		UntilEnd:                   c.UntilEnd,
	}
	if c.Retries >= 0 {
		config.MaximumRetryAttempts = &c.Retries
	}
	if c.Filter != "" {
		criteria, err := readInput(c.Filter, std.in)
		if err != nil {
			return err
		}
		if config.Filter, err = filter.FromCriteria(criteria); err != nil {
			return err
		}
	}
	if c.OnFailure != "" {
		file, err := os.OpenFile(c.OnFailure, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer file.Close() //nolint:errcheck // every write was checked
		config.OnFailure = esm.ToBucket(file)
	}
	log := &prefixWriter{w: std.err, prefix: "function | "}
	defer log.Flush() //nolint:errcheck // nowhere is left to say so
	sandbox := &function.Sandbox{Config: function.Config{Command: commandLine(c.Command), Timeout: c.Timeout, Log: log}}
	defer sandbox.Close()
	if !c.JSON {
		config.Observe = func(p esm.Progress) { fmt.Fprintf(std.err, "mskit: %s\n", summaryLine(p.Summary)) }
	}
	summary, err := esm.Run(ctx, reporting{sandbox, std}, config)
	if c.JSON {
		err = errors.Join(err, printJSON(std, summary))
	} else {
		fmt.Fprintln(std.out, summaryLine(summary))
	}
	return err
}

// reporting tells of every invocation that failed.
type reporting struct {
	function esm.Invoker
	std      *streams
}

func (r reporting) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	reply, err := r.function.Invoke(ctx, payload)
	if err != nil && ctx.Err() == nil {
		fmt.Fprintf(r.std.err, "mskit: %v\n", err)
	}
	return reply, err
}

func summaryLine(s esm.Summary) string {
	return fmt.Sprintf("%d records: %d succeeded, %d filtered, %d given up, %d dropped; %d invocations: %d partial failures, %d failures",
		s.Records, s.Succeeded, s.Filtered, s.GivenUp, s.Dropped, s.Invocations, s.PartialFailures, s.FailedInvocations)
}
