package batch_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent"
)

// silent keeps the log of expected failures out of the test output.
var silent = batch.WithLogger(slog.New(slog.DiscardHandler))

// part is n records of one partition, offsets from 0, keys k0, k1, k0, ...
func part(topic string, partition int32, n int) kafkaevent.Partition {
	tp := kafkaevent.TopicPartition{Topic: topic, Partition: partition}
	p := kafkaevent.Partition{Key: tp.String()}
	for i := range n {
		p.Records = append(p.Records, kafkaevent.Record{
			TopicPartition: tp,
			Offset:         int64(i),
			Timestamp:      time.Date(2026, 1, 1, 0, 0, i, 0, time.UTC),
			TimestampType:  "CREATE_TIME",
			Key:            fmt.Appendf(nil, "k%d", i%2),
			Value:          fmt.Appendf(nil, `{"n":%d}`, i),
		})
	}
	return p
}

func event(parts ...kafkaevent.Partition) *kafkaevent.Event {
	return &kafkaevent.Event{Source: "aws:kafka", SourceARN: "arn:aws:kafka:eu-north-1:111122223333:cluster/c", Partitions: parts}
}

// payload is the event as Lambda sends it.
func payload(e *kafkaevent.Event) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"eventSource":%q,"eventSourceArn":%q,"records":{`, e.Source, e.SourceARN)
	for pi, p := range e.Partitions {
		if pi > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `%q:[`, p.Key)
		for ri := range p.Records {
			r := &p.Records[ri]
			if ri > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"topic":%q,"partition":%d,"offset":%d,"timestamp":%d,"timestampType":%q,"key":%s,"value":%s,"headers":[]}`,
				r.Topic, r.Partition, r.Offset, r.Timestamp.UnixMilli(), r.TimestampType, text(r.Key), text(r.Value))
		}
		b.WriteByte(']')
	}
	b.WriteString("}}")
	return b.Bytes()
}

func text(b []byte) string {
	if b == nil {
		return "null"
	}
	return `"` + base64.StdEncoding.EncodeToString(b) + `"`
}

// named is a reply as "orders-0:3" strings.
func named(r batch.Response) []string {
	var names []string
	for _, f := range r.BatchItemFailures {
		names = append(names, fmt.Sprintf("%s:%d", f.ItemIdentifier.Partition, f.ItemIdentifier.Offset))
	}
	return names
}

func reply(t *testing.T, b []byte) []string {
	t.Helper()
	var r batch.Response
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		t.Fatalf("reply %q: %v", b, err)
	}
	if r.BatchItemFailures == nil {
		t.Fatalf("reply %q: batchItemFailures is not a list", b)
	}
	return named(r)
}

// record of calls, safe for concurrent use.
type calls struct {
	mu  sync.Mutex
	ids []string
}

func (c *calls) add(r *kafkaevent.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ids = append(c.ids, fmt.Sprintf("%s:%d", r.TopicPartition, r.Offset))
}

func (c *calls) list() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.ids...)
}

func typeName(v any) string { return fmt.Sprintf("%T", v) }
