package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
)

type decodeCommand struct {
	registryFlags
	JSON bool   `name:"json" help:"Print one JSON object for each record."`
	File string `arg:"" default:"-" help:"Event or failure record; - reads standard input."`
}

// Help is shown by "mskit decode --help".
func (c *decodeCommand) Help() string {
	return `Reads a Kafka event, or what an on-failure destination received: the body of an SQS message, an SNS message, an S3 object, a message of a Kafka topic. Several in a row are shown one after the other. For each record it shows the coordinates, the key, the headers, the framing of a schema registry if there is one, and the value; bytes that are no text are shown in hexadecimal.

With --registry keys and values that name a schema are decoded by it, Avro, Protobuf and JSON Schema, and shown as JSON; so are those whose framing the event source mapping has taken off. What names no schema is shown as it is. Exit code 1: something could not be decoded.

Examples:

  mskit decode event.json

  mskit decode --registry http://127.0.0.1:8081 --json event.json

  aws sqs receive-message --queue-url $URL --query 'Messages[0].Body' --output text | mskit decode`
}

// Validate is called by kong.
func (c *decodeCommand) Validate() error { return c.validate() }

func (c *decodeCommand) Run(ctx context.Context, std *streams) error {
	data, err := readInput(c.File, std.in)
	if err != nil {
		return err
	}
	v, err := newView(&c.registryFlags, std.in)
	if err != nil {
		return err
	}
	ctx = schema.BeginInvocation(ctx) // a registry that is down is not asked for each record
	for _, document := range documents(data) {
		if err := c.show(ctx, std, v, document); err != nil {
			return err
		}
	}
	if v.failed {
		return exitError(exitFailure)
	}
	return nil
}

// documents are the JSON texts in a row, or all of the data where it is not
// that.
func documents(data []byte) [][]byte {
	var all [][]byte
	for texts := json.NewDecoder(bytes.NewReader(data)); ; {
		var text json.RawMessage
		switch err := texts.Decode(&text); {
		case errors.Is(err, io.EOF) && len(all) > 0:
			return all
		case err != nil:
			return [][]byte{data}
		}
		all = append(all, text)
	}
}

// show prints an event, or the event of a failure record.
func (c *decodeCommand) show(ctx context.Context, std *streams, v *view, data []byte) error {
	event, err := kafkaevent.Parse(data)
	if err != nil {
		failure, failureErr := kafkaevent.ParseFailure(data)
		if failureErr != nil {
			return errors.Join(err, failureErr)
		}
		if !c.JSON {
			printFailure(std, failure)
		}
		if failure.Payload() == nil {
			if c.JSON {
				return printJSON(std, failureFacts(failure))
			}
			return nil
		}
		if event, err = failure.Event(); err != nil {
			return err
		}
	}
	if !c.JSON {
		return printRecords(ctx, std, v, event)
	}
	for r := range event.Records() {
		if err := printJSON(std, decodedRecord(ctx, v, r)); err != nil {
			return err
		}
	}
	return nil
}

// decoded is one line of "mskit decode --json". Key, value and header values
// are text where they are text, and {"hex":"..."} where they are not.
type decoded struct {
	Topic         string          `json:"topic"`
	Partition     int32           `json:"partition"`
	Offset        int64           `json:"offset"`
	Timestamp     *time.Time      `json:"timestamp,omitempty"`
	TimestampType string          `json:"timestampType,omitempty"`
	Key           any             `json:"key"`
	Value         any             `json:"value"`
	Headers       []decodedHeader `json:"headers,omitempty"`
	KeySchema     string          `json:"keySchema,omitempty"`
	KeyFraming    string          `json:"keyFraming,omitempty"`
	KeyFormat     string          `json:"keyFormat,omitempty"`
	KeyError      string          `json:"keyError,omitempty"`
	ValueSchema   string          `json:"valueSchema,omitempty"`
	ValueFraming  string          `json:"valueFraming,omitempty"`
	ValueFormat   string          `json:"valueFormat,omitempty"`
	ValueError    string          `json:"valueError,omitempty"`
	Error         string          `json:"error,omitempty"`
}

type decodedHeader struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
}

func decodedRecord(ctx context.Context, v *view, r *kafkaevent.Record) decoded {
	d := decoded{
		Topic:         r.Topic,
		Partition:     r.Partition,
		Offset:        r.Offset,
		TimestampType: r.TimestampType,
	}
	if !r.Timestamp.IsZero() {
		d.Timestamp = &r.Timestamp
	}
	for _, h := range r.Headers() {
		d.Headers = append(d.Headers, decodedHeader{h.Key, jsonBytes(h.Value)})
	}
	key, value := v.part(ctx, batch.KeyInput(r)), v.part(ctx, batch.ValueInput(r))
	d.Key, d.KeySchema, d.KeyFraming, d.KeyFormat, d.KeyError = jsonBytes(key.data), key.schema, key.framing, key.format, key.err
	d.Value, d.ValueSchema, d.ValueFraming, d.ValueFormat, d.ValueError = jsonBytes(value.data), value.schema, value.framing, value.format, value.err
	if err := r.Err(); err != nil {
		d.Error = err.Error()
	}
	return d
}

// jsonBytes is how bytes look in JSON: their JSON value, their text, or
// {"hex":"..."}.
func jsonBytes(b []byte) any {
	switch {
	case b == nil:
		return nil
	case json.Valid(b):
		return json.RawMessage(b)
	case isText(b):
		return string(b)
	}
	return map[string]string{"hex": fmt.Sprintf("%x", b)}
}

// isText is whether bytes can be shown as they are, without a terminal's
// control characters.
func isText(b []byte) bool {
	if !utf8.Valid(b) {
		return false
	}
	for _, c := range string(b) {
		if !unicode.IsPrint(c) && c != '\n' && c != '\t' {
			return false
		}
	}
	return true
}

// cell is how bytes look in a table.
func cell(b []byte) string {
	switch {
	case b == nil:
		return "null"
	case len(b) == 0:
		return `""`
	case isText(b):
		return fmt.Sprintf("%.200s", oneLine(string(b)))
	}
	return fmt.Sprintf("0x%.100x", b)
}

func oneLine(s string) string {
	line := []rune(s)
	for i, c := range line {
		if c == '\n' || c == '\t' {
			line[i] = ' '
		}
	}
	return string(line)
}

func printRecords(ctx context.Context, std *streams, v *view, e *kafkaevent.Event) error {
	w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TOPIC\tPARTITION\tOFFSET\tTIMESTAMP\tKEY\tSCHEMA\tVALUE")
	for r := range e.Records() {
		at := "-"
		if !r.Timestamp.IsZero() {
			at = r.Timestamp.Format("2006-01-02T15:04:05.000Z")
		}
		key, value := v.part(ctx, batch.KeyInput(r)), v.part(ctx, batch.ValueInput(r))
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\t%s\t%s\n", r.Topic, r.Partition, r.Offset, at, cell(key.data), value.cell(), cell(value.data))
		for _, h := range r.Headers() {
			fmt.Fprintf(w, "\t\t\t\t\t\t  header %s: %s\n", h.Key, cell(h.Value))
		}
		for _, text := range []string{key.err, value.err} {
			if text != "" {
				fmt.Fprintf(w, "\t\t\t\t\t\t  %s\n", text)
			}
		}
		if err := r.Err(); err != nil {
			fmt.Fprintf(w, "\t\t\t\t\t\t  %v\n", err)
		}
	}
	return w.Flush()
}

func printFailure(std *streams, f *kafkaevent.FailureRecord) {
	fmt.Fprintf(std.out, "given up: %s, after about %d invocations of %s\n", f.Condition, f.InvokeCount, f.FunctionARN)
	for _, r := range f.Batch.Ranges {
		fmt.Fprintf(std.out, "records:  %s, offsets %d to %d\n", r.Key, r.First, r.Last)
	}
	if f.Payload() == nil {
		fmt.Fprintln(std.out, "payload:  none; an S3 bucket or a Kafka topic as destination keeps it")
	}
}

// facts is a failure record without a payload in JSON.
type facts struct {
	Condition   kafkaevent.FailureCondition `json:"condition"`
	InvokeCount int                         `json:"invokeCount"`
	FunctionARN string                      `json:"functionArn"`
	Ranges      []factsRange                `json:"ranges"`
}

type factsRange struct {
	Partition string `json:"partition"`
	First     int64  `json:"first"`
	Last      int64  `json:"last"`
}

func failureFacts(f *kafkaevent.FailureRecord) facts {
	out := facts{Condition: f.Condition, InvokeCount: f.InvokeCount, FunctionARN: f.FunctionARN}
	for _, r := range f.Batch.Ranges {
		out.Ranges = append(out.Ranges, factsRange{r.Key, r.First, r.Last})
	}
	return out
}

// printJSON prints a value as one line.
func printJSON(std *streams, v any) error {
	line := json.NewEncoder(std.out)
	line.SetEscapeHTML(false)
	return line.Encode(v)
}
