package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"

	"github.com/mskit-go/mskit/cmd/mskit/esm"
	"github.com/mskit-go/mskit/cmd/mskit/function"
	"github.com/mskit-go/mskit/cmd/mskit/progress"
)

// esmCommand has pointers where a template has a say: nil is not given.
type esmCommand struct {
	Template  string            `placeholder:"FILE" help:"SAM or CloudFormation template to take the mapping from; other flags win over it."`
	Function  string            `placeholder:"NAME" help:"Its function, by logical id; the only one by default."`
	Parameter map[string]string `placeholder:"NAME=VALUE" help:"Set a parameter of the template instead of its default; may be repeated."`

	clusterFlags
	Topic            string  `help:"Topic to consume. Of several mappings in the template it chooses one."`
	EventSourceARN   *string `name:"event-source-arn" placeholder:"ARN" help:"Cluster that the events name, as those of Amazon MSK do; by default as self-managed Kafka has it."`
	Group            *string `help:"Consumer group; mskit by default."`
	StartingPosition *string `placeholder:"POSITION" help:"Where a new group starts: TRIM_HORIZON (default), LATEST, or a time as 2026-01-02T15:04:05Z."`

	BatchSize *int           `help:"Most records in an invocation; 100 by default."`
	Window    *time.Duration `help:"How long a batch waits for more records; 500ms by default, 0s: not at all."`
	Filter    string         `placeholder:"FILE" help:"FilterCriteria of the mapping."`

	registryFlags
	RecordFormat *string  `enum:"JSON,SOURCE" placeholder:"FORMAT" help:"What the function gets of records with a schema: JSON (default), or SOURCE, as they were produced but without the framing."`
	Attributes   []string `name:"validate" placeholder:"ATTRIBUTE,..." enum:"key,value" help:"What of the records has a schema: key, value or both; value by default."`

	ReportItemFailures *bool          `negatable:"" help:"Read partial replies, as with ReportBatchItemFailures."`
	FromLowestOffset   bool           `help:"After a partial reply redeliver from the lowest offset named, not the named records alone."`
	Retries            *int           `help:"How often a failed batch is tried again; --retries=-1 (default): until it succeeds, or 10 times with --on-failure."`
	RetryDelay         time.Duration  `default:"1s" help:"Pause before that; it doubles each time, up to a minute."`
	RecordAge          *time.Duration `help:"Give up records that are older; by default none."`
	Bisect             *bool          `negatable:"" help:"Halve a batch that failed as a whole."`
	OnFailure          string         `placeholder:"FILE|kafka://TOPIC" help:"Where to put what is given up: appended to a file, one failure record as S3 gets it a line, or a topic of the cluster."`

	UntilEnd bool           `help:"End at the end that the log has now, instead of waiting for more."`
	Timeout  *time.Duration `help:"Time the function has for one event; 30s by default, with a template that of the function."`
	JSON     bool           `name:"json" help:"Print the summary as a JSON object."`
	Command  []string       `arg:"" passthrough:"" help:"The function: a bootstrap or a command that acts as one, after --."`
}

// Help is shown by "mskit esm --help".
func (c *esmCommand) Help() string {
	return `Consumes a topic of a real Kafka and calls the function as Lambda's event source mapping would: it asks the schema registry, filters, builds the event, splits it at 6 MB, reads the reply, retries, gives up, and commits what is settled. A function that crashed or timed out is started again; one that cannot be started at all ends mskit with exit code 6. It is one poller.

With --template the mapping is the one that will be deployed, defaults of Lambda included, and the function gets the variables and the timeout that it will have. The cluster is that of --brokers all the same.

On a terminal the lag of each partition and the counts change in place, below the function's log; elsewhere each batch gets a line.

Ctrl-C waits for the invocation under way, commits what is settled, prints the summary and ends with exit code 0; what is left comes again next time. A second Ctrl-C ends at once, without a commit, with exit code 130.

Examples:

  mskit esm --topic orders --report-item-failures --retries 5 --on-failure failed.jsonl -- go run ./examples/orders

  mskit esm --template template.yaml --function Orders --on-failure failed.jsonl -- ./bootstrap

  MSKIT_REGISTRY_AUTH=ada:... mskit esm --topic orders --registry https://registry.example --record-format SOURCE -- ./bootstrap

  MSKIT_PASSWORD=... mskit esm --brokers kafka.example:9094 --tls --sasl scram-sha-512 --username ada --group ada-local --topic orders -- ./bootstrap`
}

func (c *esmCommand) Validate() error {
	switch {
	case c.Template == "" && c.Topic == "":
		return errors.New("want --topic or --template")
	case c.Template == "" && (c.Function != "" || len(c.Parameter) > 0):
		return errors.New("--function and --parameter: want --template too")
	case c.BatchSize != nil && (*c.BatchSize < 1 || *c.BatchSize > 10_000):
		return errors.New("--batch-size: want 1 to 10000")
	case c.Retries != nil && *c.Retries < -1:
		return errors.New("--retries: want -1 or more")
	case c.Window != nil && *c.Window < 0, c.RetryDelay < 0, c.RecordAge != nil && *c.RecordAge < 0:
		return errors.New("--window, --retry-delay and --record-age: want 0s or more")
	case c.FromLowestOffset && (c.ReportItemFailures == nil && c.Template == "" || c.ReportItemFailures != nil && !*c.ReportItemFailures):
		return errors.New("--from-lowest-offset: want --report-item-failures too")
	case c.Timeout != nil && *c.Timeout <= 0:
		return errors.New("--timeout: want more than 0s")
	}
	if c.StartingPosition != nil {
		if _, _, err := startingPosition(*c.StartingPosition); err != nil {
			return fmt.Errorf("--starting-position: %w", err)
		}
	}
	if c.Template == "" && c.Registry == "" && (c.RecordFormat != nil || len(c.Attributes) > 0) {
		return errors.New("--record-format and --validate: want --registry too")
	}
	return errors.Join(validCommand(c.Command), c.clusterFlags.validate(), c.registryFlags.validate())
}

func (c *esmCommand) Run(ctx context.Context, std *streams) error {
	s, err := c.settings(std)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := exec.LookPath(s.function.Command[0]); err != nil {
		fmt.Fprintf(std.err, "mskit: %v: %v: %v\n", function.InitFailed, function.ErrCannotStart, err)
		return exitOf(function.InitFailed)
	}
	if err := c.reach(ctx, s.mapping.Client); err != nil {
		return err
	}
	std, undraw := c.observe(std, &s.mapping)
	defer undraw()
	log := &prefixWriter{w: std.err, prefix: "function | "}
	defer log.Flush() //nolint:errcheck // nowhere is left to say so
	s.function.Log = log
	sandbox := &function.Sandbox{Config: s.function}
	defer sandbox.Close()
	atOnce, release := untilSecondSignal(ctx)
	defer release()
	running, end := context.WithCancelCause(atOnce)
	defer end(nil)
	mapping, err := esm.New(ctx, reporting{sandbox, std, end}, s.mapping)
	if err != nil {
		return err
	}
	defer mapping.Close()
	defer context.AfterFunc(ctx, func() {
		fmt.Fprintln(std.err, "mskit: ending after the invocation under way; once more ends at once")
		mapping.Stop()
	})()
	err = mapping.Run(running)
	undraw()
	if summary := mapping.Summary(); c.JSON {
		err = errors.Join(err, printJSON(std, summary))
	} else {
		fmt.Fprintln(std.out, summaryLine(summary))
	}
	if err != nil && ctx.Err() != nil && running.Err() == nil { // an end was asked for, but not this one
		fmt.Fprintf(std.err, "mskit: %v\n", err)
		return exitError(exitFailure)
	}
	return err
}

// observe shows where the mapping stands: on a terminal in place, with all other
// messages above it, elsewhere a line for each batch, and with --json nothing.
// undraw takes off what is drawn in place; further calls do nothing.
func (c *esmCommand) observe(std *streams, mapping *esm.Config) (with *streams, undraw func()) {
	switch {
	case c.JSON:
		return std, func() {}
	case !progress.IsTerminal(std.err):
		mapping.Observe = func(p esm.Progress) {
			fmt.Fprintf(std.err, "mskit: %s; lag %d\n", summaryLine(p.Summary), p.TotalLag())
		}
		return std, func() {}
	}
	fmt.Fprintf(std.err, "mskit: consuming %s as %s; Ctrl-C ends\n", mapping.Topic, mapping.ConsumerGroupID)
	display := progress.New(std.err)
	mapping.Observe = display.Observe
	return &streams{in: std.in, out: std.out, err: display}, display.Close
}

// reporting tells of every invocation that failed, and ends the mapping where
// no other one could do better.
type reporting struct {
	function esm.Invoker
	std      *streams
	end      context.CancelCauseFunc
}

func (r reporting) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	reply, err := r.function.Invoke(ctx, payload)
	if err != nil && ctx.Err() == nil {
		fmt.Fprintf(r.std.err, "mskit: %v\n", err)
	}
	if errors.Is(err, function.ErrCannotStart) {
		r.end(exitOf(function.InitFailed))
	}
	return reply, err
}

func summaryLine(s esm.Summary) string {
	left := ""
	if s.Returned > 0 {
		left = fmt.Sprintf(", %d left for later", s.Returned)
	}
	return fmt.Sprintf("%d records: %d succeeded, %d filtered, %d given up, %d dropped%s; %d invocations: %d partial failures, %d failures, %d records retried",
		s.Records, s.Succeeded, s.Filtered, s.GivenUp, s.Dropped, left, s.Invocations, s.PartialFailures, s.FailedInvocations, s.Retried)
}
