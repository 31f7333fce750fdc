package kafkaeventtest_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
)

func TestRecordDefaults(t *testing.T) {
	r := kafkaeventtest.Text("orders", "x")
	if r.Topic != "orders" || r.Partition != 0 || r.Offset != 0 || r.Key != nil || string(r.Value) != "x" ||
		r.TimestampType != "CREATE_TIME" || !r.Timestamp.Equal(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) ||
		r.Headers() != nil || r.KeySchema != (kafkaevent.SchemaMetadata{}) || r.ValueSchema != (kafkaevent.SchemaMetadata{}) {
		t.Errorf("defaults are %s %q %q %v %v", r.ID(), r.Key, r.Value, r.Timestamp, r.Headers())
	}
}

func TestRecordOptions(t *testing.T) {
	at := time.Date(2025, 5, 6, 7, 8, 9, 0, time.UTC)
	r := kafkaeventtest.Text(
		"orders", "value",
		nil, // is skipped
		kafkaeventtest.WithFraming(bytes.ToUpper),
		kafkaeventtest.WithKeyFraming(bytes.ToUpper),
		kafkaeventtest.WithKey("first"), kafkaeventtest.WithKey("key"),
		kafkaeventtest.WithTopic("bills"), kafkaeventtest.WithPartition(3), kafkaeventtest.WithOffset(9),
		kafkaeventtest.WithTime(at), kafkaeventtest.WithTimestampType("LOG_APPEND_TIME"),
		kafkaeventtest.WithHeader("a", "1"), kafkaeventtest.WithHeaderBytes("a", nil),
		kafkaeventtest.WithKeySchema("JSON", "1"), kafkaeventtest.WithValueSchema("AVRO", "2"),
	)
	if r.ID() != "bills/3/9" || string(r.Key) != "KEY" || string(r.Value) != "VALUE" ||
		!r.Timestamp.Equal(at) || r.TimestampType != "LOG_APPEND_TIME" ||
		r.KeySchema.SchemaID != "1" || r.ValueSchema.DataFormat != "AVRO" {
		t.Errorf("record is %s %q %q %v", r.ID(), r.Key, r.Value, r.Timestamp)
	}
	h := r.Headers()
	if len(h) != 2 || string(h[0].Value) != "1" || h[1].Value != nil {
		t.Errorf("headers are %q", h)
	}
}

func TestFramingLeavesNullAlone(t *testing.T) {
	frame := func([]byte) []byte { return []byte("framed") }
	r := kafkaeventtest.Value("orders", nil, kafkaeventtest.WithFraming(frame), kafkaeventtest.WithKeyFraming(frame))
	if r.Key != nil || !r.Tombstone() {
		t.Errorf("key %q, value %q", r.Key, r.Value)
	}
	r = kafkaeventtest.Value("orders", []byte{}, kafkaeventtest.WithFraming(frame))
	if string(r.Value) != "framed" {
		t.Errorf("empty value became %q", r.Value)
	}
}

func TestNullAndEmptyKeySurviveThePayload(t *testing.T) {
	event, err := kafkaevent.Parse(kafkaeventtest.MSK(
		kafkaeventtest.Text("t", ""),
		kafkaeventtest.Text("t", "", kafkaeventtest.WithKey("")),
	))
	if err != nil {
		t.Fatal(err)
	}
	none, empty := event.Partitions[0].Records[0], event.Partitions[0].Records[1]
	if none.Key != nil || empty.Key == nil || len(empty.Key) != 0 {
		t.Errorf("keys are %#v and %#v", none.Key, empty.Key)
	}
	if none.Value == nil {
		t.Error("an empty value became a tombstone")
	}
}

func TestPayloadIsTheEvent(t *testing.T) {
	records := []kafkaevent.Record{
		kafkaeventtest.Text("b", "1", kafkaeventtest.WithPartition(2), kafkaeventtest.WithHeader("h", "\x80")),
		kafkaeventtest.Tombstone("a", "k", kafkaeventtest.WithTime(time.Time{})),
		kafkaeventtest.Text("b", "2", kafkaeventtest.WithPartition(2)),
	}
	for name, event := range map[string]*kafkaevent.Event{
		"MSK": kafkaeventtest.Event(records...), "self-managed": kafkaeventtest.SelfManagedEvent(records...),
	} {
		payload := kafkaeventtest.Payload(event)
		parsed, err := kafkaevent.Parse(payload)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, want := describe(kafkaeventtest.Payload(parsed)), describe(payload); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
		if parsed.Len() != 3 || parsed.Partitions[0].Key != "b-2" || parsed.Partitions[0].Records[1].Offset != 1 {
			t.Errorf("%s: %s", name, describe(payload))
		}
	}
}

func TestBuildersPanicWithTheReason(t *testing.T) {
	broken, err := kafkaevent.Parse(kafkaeventtest.Fixture("value-not-base64"))
	if err != nil {
		t.Fatal(err)
	}
	for name, build := range map[string]func(){
		"a value without JSON": func() { kafkaeventtest.JSON("t", math.NaN()) },
		"a broken record":      func() { kafkaeventtest.Payload(broken) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if s, _ := recover().(string); !strings.HasPrefix(s, "kafkaeventtest: ") {
					t.Errorf("panic is %q", s)
				}
			}()
			build()
		})
	}
}

func TestFailuresAreReadBack(t *testing.T) {
	event := kafkaeventtest.Event(
		kafkaeventtest.Text("t", "<a>", kafkaeventtest.WithOffset(5)),
		kafkaeventtest.Text("t", "b", kafkaeventtest.WithOffset(8)),
		kafkaeventtest.Text("u", "c", kafkaeventtest.WithTime(time.Time{})),
	)
	event.Partitions = append(event.Partitions, kafkaevent.Partition{Key: "t-9"})
	f := kafkaevent.FailureRecord{InvokeCount: 3, RequestID: "r", Response: &kafkaevent.FailureResponse{StatusCode: 200}}

	for name, body := range map[string][]byte{
		"queue": kafkaeventtest.QueueFailure(f, event), "bucket": kafkaeventtest.BucketFailure(f, event),
	} {
		got, err := kafkaevent.ParseFailure(body)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got.String() != "RetryAttemptsExhausted t-0/5..8 u-0/0..0" || got.InvokeCount != 3 || got.RequestID != "r" ||
			got.Response.FunctionError != "" || got.Batch.Size != 3 || got.Batch.SourceARN != event.SourceARN {
			t.Errorf("%s: %v %+v", name, got, got.Batch)
		}
		if want := kafkaeventtest.Payload(event); name == "bucket" && !bytes.Equal(got.Payload(), want) {
			t.Errorf("%s carries %s, want %s", name, got.Payload(), want)
		}
	}

	messages := kafkaeventtest.TopicFailures(kafkaevent.FailureRecord{}, event)
	if len(messages) != 3 {
		t.Fatalf("%d messages, want one for each of 3 records", len(messages))
	}
	got, err := kafkaevent.ParseFailure(messages[1])
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != "RetriesExhausted t-0/8..8" || got.Response.FunctionError != "Unhandled" {
		t.Errorf("message is %v, response %+v", got, got.Response)
	}
	if replay, err := got.Event(); err != nil || replay.Len() != 1 || string(replay.Partitions[0].Records[0].Value) != "b" {
		t.Errorf("it carries %v, %v", replay, err)
	}

	tooLarge, err := kafkaevent.ParseFailure(kafkaeventtest.QueueFailure(
		kafkaevent.FailureRecord{Condition: kafkaevent.MaximumPayloadSizeExceeded}, event))
	if err != nil || tooLarge.Response != nil {
		t.Errorf("a batch too large to be sent has response %+v, %v", tooLarge.Response, err)
	}
}

type invokerFunc func(context.Context, []byte) ([]byte, error)

func (f invokerFunc) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	return f(ctx, payload)
}

func TestPoison(t *testing.T) {
	var kept []byte
	failed := errors.New("failed")
	h := kafkaeventtest.Poison(invokerFunc(func(_ context.Context, payload []byte) ([]byte, error) {
		kept = payload
		if string(payload) == "panic" {
			panic("panic")
		}
		return payload[:2], failed
	}))

	payload := []byte("payload")
	reply, err := h.Invoke(t.Context(), payload)
	if string(reply) != "pa" || !errors.Is(err, failed) {
		t.Errorf("reply %q, error %v", reply, err)
	}
	if string(payload) != "payload" {
		t.Errorf("the caller's payload is %q", payload)
	}
	if string(kept) != "!!!!!!!" {
		t.Errorf("what the handler kept is %q", kept)
	}

	func() {
		defer func() { _ = recover() }()
		_, _ = h.Invoke(t.Context(), []byte("panic"))
	}()
	if string(kept) != "!!!!!" {
		t.Errorf("after a panic, what the handler kept is %q", kept)
	}
	if reply, _ := kafkaeventtest.Poison(invokerFunc(func(context.Context, []byte) ([]byte, error) {
		return nil, nil
	})).Invoke(t.Context(), nil); reply != nil {
		t.Errorf("no reply became %q", reply)
	}
}
