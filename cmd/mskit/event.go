package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/mskit-go/mskit/kafkaevent"
)

type eventCommand struct {
	Topic       string    `default:"orders" help:"Topic of the records."`
	Partition   int32     `default:"0" help:"Partition of the records."`
	Offset      int64     `default:"0" help:"Offset of the first record."`
	Key         *string   `placeholder:"TEXT" help:"Key of every record; without it they have none."`
	Header      []string  `placeholder:"NAME=TEXT" sep:"none" help:"Header of every record; may be repeated."`
	Time        time.Time `placeholder:"TIME" help:"Timestamp of the records, as 2026-01-02T15:04:05Z; now by default."`
	Lines       string    `placeholder:"FILE" help:"Take a value from every line of a file as well; - reads standard input."`
	Tombstone   bool      `help:"Add a tombstone, a record without a value, at the end."`
	SelfManaged bool      `help:"Event of self-managed Kafka instead of Amazon MSK."`
	Indent      bool      `help:"Spread the event over several lines."`
	Values      []string  `arg:"" optional:"" help:"Values, one for each record, as text."`
}

// Help is shown by "mskit event --help".
func (c *eventCommand) Help() string {
	return `Prints the event as Lambda writes it: values and keys in base64, header bytes signed, absent what Lambda leaves out.

Examples:

  mskit event '{"id":"SE-1001"}' '{"id":"SE-1002"}' > event.json

  mskit event --topic users --key u-7 --tombstone | mskit invoke --event - -- ./bootstrap

  mskit event --lines orders.jsonl --indent`
}

func (c *eventCommand) Validate() error {
	for _, h := range c.Header {
		if name, _, ok := strings.Cut(h, "="); !ok || name == "" {
			return fmt.Errorf("--header: want NAME=TEXT, got %q", h)
		}
	}
	if c.Topic == "" {
		return errors.New("--topic: want a name")
	}
	if c.Partition < 0 || c.Offset < 0 {
		return errors.New("--partition and --offset: want 0 or more")
	}
	return nil
}

func (c *eventCommand) Run(std *streams) error {
	values := make([][]byte, 0, len(c.Values)+1)
	for _, v := range c.Values {
		values = append(values, []byte(v))
	}
	if c.Lines != "" {
		text, err := readInput(c.Lines, std.in)
		if err != nil {
			return err
		}
		for line := range bytes.Lines(text) {
			values = append(values, bytes.TrimRight(line, "\r\n"))
		}
	}
	if c.Tombstone {
		values = append(values, nil)
	}
	if int64(len(values)) > math.MaxInt64-c.Offset {
		return errors.New("--offset: the records' offsets go beyond the largest there is")
	}
	payload, err := c.event(values).MarshalJSON()
	if err != nil {
		return err
	}
	if c.Indent {
		var spread bytes.Buffer
		if err := json.Indent(&spread, payload, "", "  "); err != nil {
			return err
		}
		payload = spread.Bytes()
	}
	_, err = fmt.Fprintf(std.out, "%s\n", payload)
	return err
}

// someCluster is a cluster of which the ARN is not known.
const someCluster = "arn:aws:kafka:us-east-1:123456789012:cluster/mskit/00000000-0000-4000-8000-000000000000-1"

// event has one record for each value; a nil one is a tombstone.
func (c *eventCommand) event(values [][]byte) *kafkaevent.Event {
	e := &kafkaevent.Event{
		Source:           "aws:kafka",
		SourceARN:        someCluster,
		BootstrapServers: []string{"b-1.mskit.example.com:9098", "b-2.mskit.example.com:9098"},
	}
	if c.SelfManaged {
		e.Source, e.SourceARN = "SelfManagedKafka", ""
		e.BootstrapServers = []string{"kafka-1.example.com:9092", "kafka-2.example.com:9092"}
	}
	at := c.Time
	if at.IsZero() {
		at = time.Now()
	}
	var key []byte
	if c.Key != nil {
		key = []byte(*c.Key)
	}
	headers := make(kafkaevent.Headers, 0, len(c.Header))
	for _, h := range c.Header {
		name, text, _ := strings.Cut(h, "=")
		headers = append(headers, kafkaevent.Header{Key: name, Value: []byte(text)})
	}
	tp := kafkaevent.TopicPartition{Topic: c.Topic, Partition: c.Partition}
	p := kafkaevent.Partition{Key: tp.String()}
	for i, v := range values {
		r := kafkaevent.Record{
			TopicPartition: tp,
			Offset:         c.Offset + int64(i),
			Timestamp:      at.UTC().Truncate(time.Millisecond),
			TimestampType:  "CREATE_TIME",
			Key:            key,
			Value:          v,
		}
		r.SetHeaders(headers)
		p.Records = append(p.Records, r)
	}
	if len(p.Records) > 0 {
		e.Partitions = append(e.Partitions, p)
	}
	return e
}
