package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mskit-go/mskit/kafkaevent"

	"github.com/mskit-go/mskit/cmd/mskit/function"
)

type replayCommand struct {
	clusterFlags
	Topic     string        `help:"Replay a dead-letter topic instead of a file, from where the group stands to the end that the topic has now."`
	Group     string        `default:"mskit-replay" help:"Consumer group for --topic."`
	KeepGoing bool          `help:"With --topic: go on behind a record that failed. Its partition stays committed before it, so what succeeds behind it comes again next time."`
	Timeout   time.Duration `default:"30s" help:"Time the function has for one event."`
	Env       []string      `placeholder:"KEY=VALUE" sep:"none" help:"Environment variable for the function; may be repeated."`
	JSON      bool          `name:"json" help:"Print one JSON object for each invocation instead of the replies."`
	File      string        `arg:"" optional:"" help:"Failure records, one or several; - reads standard input. Not with --topic."`
	Command   []string      `arg:"" optional:"" passthrough:"" help:"The function: a bootstrap or a command that acts as one, after --."`
}

// Help is shown by "mskit replay --help".
func (c *replayCommand) Help() string {
	return `Gives the function once more what was given up: what an on-failure destination received, or the records of a dead-letter topic, with their original coordinates. The replies go to standard output as those of "mskit invoke". A function that crashed or timed out is started again for the next event. The first failure decides the exit code; a reply that names failed records is one.

A file has one failure record or several in a row, as "mskit esm --on-failure" and S3 have them. The records of SQS and SNS carry no event: with --brokers their offsets are read from the log, as long as it has them. What a filter or a schema registry of the mapping did to those records is not done again.

A dead-letter topic has the records of Lambda's Kafka destination, or those of package batch/deadletter. They are replayed one at a time. Only what succeeded is committed: a partition stops at its first failure, and the next replay begins there.

Examples:

  mskit replay failed.jsonl -- ./bootstrap

  aws sqs receive-message --queue-url $URL --query 'Messages[0].Body' --output text | mskit replay --brokers 127.0.0.1:9092 - -- ./bootstrap

  mskit replay --topic orders-failed --brokers 127.0.0.1:9092 -- ./bootstrap`
}

// Validate also sorts the arguments out: with --topic all are the function's.
func (c *replayCommand) Validate() error {
	if c.Topic != "" && c.File != "" {
		c.Command = append([]string{c.File}, c.Command...)
		c.File = ""
	}
	switch {
	case c.Topic == "" && c.File == "":
		return errors.New("want a file of failure records or --topic")
	case len(c.Command) == 0:
		return errors.New("want the function's command after --")
	case c.Topic == "" && c.KeepGoing:
		return errors.New("--keep-going: want --topic too")
	case c.Timeout <= 0:
		return errors.New("--timeout: want more than 0s")
	}
	return errors.Join(validEnv(c.Env), validCommand(c.Command), c.validate())
}

func (c *replayCommand) Run(ctx context.Context, std *streams) error {
	log := &prefixWriter{w: std.err, prefix: "function | "}
	defer log.Flush() //nolint:errcheck // nowhere is left to say so
	sandbox := &function.Sandbox{Config: function.Config{Command: commandLine(c.Command), Env: append(c.Env, withoutSecrets...), Timeout: c.Timeout, Log: log}}
	defer sandbox.Close()
	r := &replay{sandbox: sandbox, std: std, report: textReporter{std}}
	if c.JSON {
		r.report = &jsonReporter{std: std}
	}
	var err error
	if c.Topic != "" {
		err = c.topic(ctx, r)
	} else {
		err = c.file(ctx, r)
	}
	if err != nil {
		return err
	}
	return r.first
}

// file replays the failure records of a file, one after the other.
func (c *replayCommand) file(ctx context.Context, r *replay) error {
	text, err := readInput(c.File, r.std.in)
	if err != nil {
		return err
	}
	records := json.NewDecoder(bytes.NewReader(text))
	for n := 1; ; n++ {
		var record json.RawMessage
		if err := records.Decode(&record); errors.Is(err, io.EOF) && n > 1 {
			return nil
		} else if err != nil {
			return fmt.Errorf("%s: failure record %d: not valid JSON", c.File, n)
		}
		failure, err := kafkaevent.ParseFailure(record)
		if err != nil {
			return fmt.Errorf("%s: failure record %d: %w", c.File, n, err)
		}
		payload := failure.Payload()
		if payload == nil {
			if payload, err = c.fetched(ctx, r.std, failure); err != nil {
				return fmt.Errorf("%s: failure record %d: %w", c.File, n, err)
			}
		}
		if _, err := r.event(ctx, ranges(failure), payload); err != nil {
			return err
		}
	}
}

// ranges names what was given up.
func ranges(f *kafkaevent.FailureRecord) string {
	names := make([]string, 0, len(f.Batch.Ranges))
	for _, r := range f.Batch.Ranges {
		if r.First == r.Last {
			names = append(names, fmt.Sprintf("%s offset %d", r.Key, r.First))
		} else {
			names = append(names, fmt.Sprintf("%s offsets %d to %d", r.Key, r.First, r.Last))
		}
	}
	return strings.Join(names, ", ")
}

// replay gives events to the function and tells how that went.
type replay struct {
	sandbox *function.Sandbox
	std     *streams
	report  invokeReporter
	n       int   // events so far
	first   error // the exit code of the first failure; nil: none
}

// event is whether the function took all of an event; of says what that is. The
// error ends the replay.
func (r *replay) event(ctx context.Context, of string, payload []byte) (bool, error) {
	r.n++
	r.report.replaying(r.n, of)
	result, err := r.sandbox.Call(ctx, payload)
	if err == nil {
		named, err := failuresNamed(result.Reply)
		if err == nil && named == 0 {
			r.report.replied(r.n, result, "ok")
			return true, nil
		}
		outcome := fmt.Sprintf("names %d failed records", named)
		if err != nil {
			outcome = err.Error()
		}
		r.report.replied(r.n, result, outcome)
		r.failed(exitReplay)
		return false, nil
	}
	n := r.n
	failure, ok := errors.AsType[*function.Error](err)
	if ok && failure.Kind == function.InitFailed {
		n = 0 // the report of a function that did not start
	}
	code := exitError(0)
	if err = r.report.failed(ctx, n, result, err); n == 0 || !errors.As(err, &code) {
		return false, err
	}
	r.failed(code)
	return false, nil
}

// failed keeps the first code.
func (r *replay) failed(code exitError) {
	if r.first == nil {
		r.first = code
	}
}

// failuresNamed is how many records a reply says have failed. A list that is no
// list is an error: nothing of such a reply is taken for success.
func failuresNamed(reply []byte) (int, error) {
	if reply = bytes.TrimSpace(reply); len(reply) == 0 || reply[0] != '{' {
		return 0, nil // whatever it is, the function reported no failure
	}
	var partial struct {
		BatchItemFailures []json.RawMessage `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(reply, &partial); err != nil {
		return 0, errors.New("batchItemFailures is no list")
	}
	return len(partial.BatchItemFailures), nil
}
