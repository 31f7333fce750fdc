package deadletter_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/batch/deadletter"
	"github.com/mskit-go/mskit/kafkaevent"
)

var (
	errBoom = errors.New("boom")
	silent  = batch.WithLogger(slog.New(slog.DiscardHandler))
)

func record() *kafkaevent.Record {
	r := &kafkaevent.Record{
		TopicPartition: kafkaevent.TopicPartition{Topic: "orders", Partition: 3},
		Offset:         42,
		Timestamp:      time.UnixMilli(1_700_000_000_000).UTC(),
		TimestampType:  "LOG_APPEND_TIME",
		Key:            []byte("key"),
		Value:          []byte{0, 255},
	}
	r.SetHeaders(kafkaevent.Headers{{Key: "a", Value: []byte("1")}, {Key: "null"}, {Key: "a", Value: []byte("2")}})
	return r
}

func TestMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := deadletter.NewMessage("orders.dlt", batch.DeadLetter{Record: record(), Err: batch.Permanent(fmt.Errorf("save: %w", errBoom))})
		want := deadletter.Message{
			Topic: "orders.dlt", Key: []byte("key"), Value: []byte{0, 255}, Timestamp: record().Timestamp,
			Headers: kafkaevent.Headers{
				{Key: "a", Value: []byte("1")},
				{Key: "null"},
				{Key: "a", Value: []byte("2")},
				{Key: "mskit-original-topic", Value: []byte("orders")},
				{Key: "mskit-original-partition", Value: []byte("3")},
				{Key: "mskit-original-offset", Value: []byte("42")},
				{Key: "mskit-original-timestamp", Value: []byte("1700000000000")},
				{Key: "mskit-original-timestamp-type", Value: []byte("LOG_APPEND_TIME")},
				{Key: "mskit-error-class", Value: []byte("permanent")},
				{Key: "mskit-error-type", Value: []byte("*errors.errorString")},
				{Key: "mskit-error", Value: []byte("save: boom")},
				{Key: "mskit-dead-lettered-at", Value: []byte("2000-01-01T00:00:00Z")},
			},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// arrive is a message as it is read from the dead-letter topic.
func arrive(m deadletter.Message, offset int64) *kafkaevent.Record {
	r := &kafkaevent.Record{
		TopicPartition: kafkaevent.TopicPartition{Topic: m.Topic},
		Offset:         offset, Timestamp: m.Timestamp, TimestampType: "CREATE_TIME", Key: m.Key, Value: m.Value,
	}
	r.SetHeaders(m.Headers)
	return r
}

func TestALetterDoesNotGrowWhenReplayed(t *testing.T) {
	m := deadletter.NewMessage("orders.dlt", batch.DeadLetter{Record: record(), Err: errBoom})
	size := len(m.Headers)
	for i := range 5 {
		m = deadletter.NewMessage("orders.dlt.2", batch.DeadLetter{Record: arrive(m, int64(i)), Err: errors.New("another")})
	}
	if len(m.Headers) != size {
		t.Errorf("%d headers became %d", size, len(m.Headers))
	}
	if got := m.Headers.Get(deadletter.HeaderText) + m.Headers.Get(deadletter.HeaderTopic) + m.Headers.Get(deadletter.HeaderOffset); got != "anotherorders42" {
		t.Errorf("headers %q", got)
	}
	o, ok := deadletter.Original(arrive(m, 9))
	if !ok {
		t.Fatal("not a dead letter")
	}
	want := record()
	if o.ID() != want.ID() || !o.Timestamp.Equal(want.Timestamp) || o.TimestampType != want.TimestampType ||
		!bytes.Equal(o.Key, want.Key) || !bytes.Equal(o.Value, want.Value) {
		t.Errorf("original is %v at %v", o, o.Timestamp)
	}
	if diff := cmp.Diff(want.Headers(), o.Headers()); diff != "" {
		t.Error(diff)
	}
}

func TestOriginalOfOtherRecords(t *testing.T) {
	r := record()
	if o, ok := deadletter.Original(r); ok || o != r {
		t.Error("a record without the headers was changed")
	}
	r.SetHeaders(kafkaevent.Headers{
		{Key: deadletter.HeaderTopic, Value: []byte("x")},
		{Key: deadletter.HeaderPartition, Value: []byte("4294967296")},
		{Key: deadletter.HeaderOffset, Value: []byte("1")},
	})
	if o, ok := deadletter.Original(r); ok || o != r {
		t.Error("a record with hostile headers was changed")
	}
}

func TestRecordsWithoutKeyValueOrTimestamp(t *testing.T) {
	m := deadletter.NewMessage("t", batch.DeadLetter{Record: &kafkaevent.Record{}, Err: errBoom})
	if m.Key != nil || m.Value != nil || !m.Timestamp.IsZero() {
		t.Errorf("%+v", m)
	}
	if o, ok := deadletter.Original(arrive(m, 1)); !ok || !o.Timestamp.IsZero() || o.TimestampType != "" {
		t.Errorf("%v %v", o, ok)
	}
}

func TestErrorTextIsCut(t *testing.T) {
	m := deadletter.NewMessage("t", batch.DeadLetter{Record: record(), Err: errors.New("x" + strings.Repeat("ä", 4000))})
	if got := m.Headers.Get(deadletter.HeaderText); len(got) != 1023 || !strings.HasSuffix(got, "ä") {
		t.Errorf("%d bytes ending in %q", len(got), got[len(got)-4:])
	}
}

func deliver(t *testing.T, sink batch.DeadLetterSink) *batch.Result {
	t.Helper()
	h := batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return batch.Permanent(errBoom) })
	e := &kafkaevent.Event{Partitions: []kafkaevent.Partition{{Key: "orders-3", Records: []kafkaevent.Record{*record()}}}}
	res, err := batch.NewPartial(h, silent, batch.WithDeadLetter(sink)).Process(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestTopic(t *testing.T) {
	var sent []deadletter.Message
	produce := func(err error) deadletter.Producer {
		return deadletter.ProducerFunc(func(_ context.Context, m deadletter.Message) error {
			sent = append(sent, m)
			return err
		})
	}
	if res := deliver(t, deadletter.Topic("dlt", produce(nil))); res.DeadLettered != 1 || len(sent) != 1 || sent[0].Topic != "dlt" {
		t.Errorf("%+v, sent %d", res, len(sent))
	}
	if res := deliver(t, deadletter.Topic("dlt", produce(errBoom))); res.Failed != 1 {
		t.Errorf("with a failing producer: %+v", res)
	}
	for _, sink := range []batch.DeadLetterSink{deadletter.Topic("", produce(nil)), deadletter.Topic("dlt", nil)} {
		if res := deliver(t, sink); res.Failed != 1 {
			t.Errorf("without topic or producer: %+v", res)
		}
	}
}

func TestMemoryKeepsClones(t *testing.T) {
	var m deadletter.Memory
	r := record()
	if err := m.Put(t.Context(), batch.DeadLetter{Record: r, Err: errBoom}); err != nil {
		t.Fatal(err)
	}
	r.Value[0] = 'x'
	got := m.Letters()
	if len(got) != 1 || got[0].Record.Value[0] != 0 || !errors.Is(got[0].Err, errBoom) {
		t.Errorf("%v", got)
	}
}

func TestLogHasCoordinatesAndNoPayload(t *testing.T) {
	var buf bytes.Buffer
	if res := deliver(t, deadletter.Log(slog.New(slog.NewTextHandler(&buf, nil)))); res.DeadLettered != 1 {
		t.Errorf("%+v", res)
	}
	want := "level=ERROR msg=\"dead letter\" topic=orders partition=3 offset=42 timestamp=2023-11-14T22:13:20.000Z keyBytes=3 valueBytes=2 class=permanent error=boom"
	if !strings.Contains(buf.String(), want) {
		t.Errorf("%s, want %s", buf.String(), want)
	}
}

// A function that reads the dead-letter topic handles each letter as the record
// it was.
func ExampleReplay() {
	topic := deadletter.ProducerFunc(func(ctx context.Context, m deadletter.Message) error {
		letter := arrive(m, 0)
		replay := deadletter.Replay(batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error {
			fmt.Println("replayed", r, "read at", letter)
			return nil
		}))
		return replay.HandleRecord(ctx, letter)
	})
	sink := deadletter.Topic("orders.dlt", topic)

	err := sink.Put(context.Background(), batch.DeadLetter{Record: record(), Err: errors.New("no such customer")})
	fmt.Println(err)
	// Output:
	// replayed orders/3/42 read at orders.dlt/0/0
	// <nil>
}

func ExampleTopic() {
	produce := deadletter.ProducerFunc(func(_ context.Context, m deadletter.Message) error {
		fmt.Println("to", m.Topic, m.Headers.Get(deadletter.HeaderClass), m.Headers.Get(deadletter.HeaderText))
		return nil // once the broker has acknowledged it
	})
	h := batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error {
		return batch.Permanent(errors.New("no such customer"))
	})
	p := batch.NewPartial(h, silent, batch.WithDeadLetter(deadletter.Topic("orders.dlt", produce)))

	e := &kafkaevent.Event{Partitions: []kafkaevent.Partition{{Key: "orders-3", Records: []kafkaevent.Record{*record()}}}}
	res, err := p.Process(context.Background(), e)
	fmt.Println(res.DeadLettered, err)
	// Output:
	// to orders.dlt permanent no such customer
	// 1 <nil>
}

func ExampleMemory() {
	var letters deadletter.Memory
	h := batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error {
		return batch.Permanent(errors.New("no such customer"))
	})
	p := batch.NewPartial(h, silent, batch.WithDeadLetter(&letters))

	e := &kafkaevent.Event{Partitions: []kafkaevent.Partition{{Key: "orders-3", Records: []kafkaevent.Record{*record()}}}}
	_, err := p.Process(context.Background(), e)
	fmt.Println(letters.Letters(), err)
	// Output: [orders/3/42: no such customer] <nil>
}
