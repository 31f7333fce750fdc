package esm_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mskit-go/mskit/cmd/mskit/esm"
	"github.com/mskit-go/mskit/cmd/mskit/esm/esmtest"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/schematest"
)

// doomed are three records of two partitions, the last without a key.
func doomed(t *testing.T, topics ...string) *esmtest.Broker {
	t.Helper()
	broker := esmtest.NewBroker(t, 2, append(topics, topic)...)
	broker.Produce(t,
		&kgo.Record{Topic: topic, Partition: 0, Key: []byte("a"), Value: []byte("1")},
		&kgo.Record{Topic: topic, Partition: 1, Key: []byte("b"), Value: []byte("2")},
		&kgo.Record{Topic: topic, Partition: 1, Value: []byte("3")},
	)
	return broker
}

var down = invoker(func(context.Context, []byte) ([]byte, error) { return nil, errors.New("down") })

func wantFailure(t *testing.T, f *kafkaevent.FailureRecord, condition kafkaevent.FailureCondition, size int) {
	t.Helper()
	if f.Condition != condition || f.InvokeCount != 3 || f.Response == nil || f.Response.FunctionError != "Unhandled" || f.Batch.Size != size || f.Time.IsZero() {
		t.Errorf("failure %v: invoke count %d, response %+v, %d records", f, f.InvokeCount, f.Response, f.Batch.Size)
	}
}

func TestFilesGetTheShapesOfBucketsAndQueues(t *testing.T) {
	for name, test := range map[string]struct {
		destination func(*bytes.Buffer) esm.Destination
		replayable  bool
	}{
		"bucket": {func(b *bytes.Buffer) esm.Destination { return esm.ToBucket(b) }, true},
		"queue":  {func(b *bytes.Buffer) esm.Destination { return esm.ToQueue(b) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				broker := doomed(t)
				var file bytes.Buffer
				config := broker.Config(topic)
				config.MaximumRetryAttempts = new(2)
				config.OnFailure = test.destination(&file)
				if s, err := esm.Run(t.Context(), down, config); err != nil || s.GivenUp != 3 {
					t.Fatalf("%+v, %v, want all given up", s, err)
				}
				if n := bytes.Count(file.Bytes(), []byte("\n")); n != 1 {
					t.Errorf("%d lines, want one for the batch", n)
				}
				f, err := kafkaevent.ParseFailure(file.Bytes())
				if err != nil {
					t.Fatal(err)
				}
				wantFailure(t, f, kafkaevent.RetryAttemptsExhausted, 3)
				if e, err := f.Event(); (err == nil) != test.replayable || err == nil && e.Len() != 3 {
					t.Errorf("event %v, %v", e, err)
				}
			})
		})
	}
}

func TestATopicGetsAMessageForEachRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := doomed(t, "failed")
		config := broker.Config(topic)
		config.MaximumRetryAttempts = new(2)
		config.OnFailure = esm.ToTopic("failed")
		if s, err := esm.Run(t.Context(), down, config); err != nil || s.GivenUp != 3 {
			t.Fatalf("%+v, %v, want all given up", s, err)
		}
		var got []string
		for _, m := range broker.Read(t, "failed") {
			f, err := kafkaevent.ParseFailure(m.Value)
			if err != nil {
				t.Fatal(err)
			}
			wantFailure(t, f, kafkaevent.RetriesExhausted, 1)
			e, err := f.Event()
			if err != nil {
				t.Fatal(err)
			}
			for r := range e.Records() {
				if string(r.Key) != string(m.Key) || (r.Key == nil) != (m.Key == nil) {
					t.Errorf("key %q of %s, want its own", m.Key, r.ID())
				}
				got = append(got, r.ID())
			}
		}
		slices.Sort(got)
		if want := []string{"orders/0/0", "orders/1/0", "orders/1/1"}; !slices.Equal(got, want) {
			t.Errorf("messages of %v, want %v", got, want)
		}
		wantCommitted(t, broker)
	})
}

// What is given up before a call says so.
func TestAFailureWithoutACallHasNoResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := doomed(t)
		var file bytes.Buffer
		config := withRegistry(broker, schematest.NewRegistry(), schema.Value)
		config.OnFailure = esm.ToBucket(&file)
		if s, err := esm.Run(t.Context(), down, config); err != nil || s.GivenUp != 3 || s.Invocations != 0 {
			t.Fatalf("%+v, %v, want all given up without a call", s, err)
		}
		f, err := kafkaevent.ParseFailure(file.Bytes())
		if err != nil || f.Condition != esm.DeserializationError || f.Response != nil {
			t.Errorf("failure %v with response %+v, %v", f, f.Response, err)
		}
	})
}

func TestARecordThatFitsNoEventIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := doomed(t)
		big := broker.Connect(t, kgo.ProducerBatchMaxBytes(8<<20), kgo.ProducerBatchCompression(kgo.GzipCompression()))
		record := &kgo.Record{Topic: topic, Value: make([]byte, 5<<20)} // compressed it is small
		if err := big.ProduceSync(t.Context(), record).FirstErr(); err != nil {
			t.Fatal(err)
		}
		var given *esm.Failure
		config := broker.Config(topic)
		config.OnFailure = esm.DestinationFunc(func(_ context.Context, f *esm.Failure) error { given = f; return nil })
		s, err := esm.Run(t.Context(), new(collect), config)
		if err != nil || s.GivenUp != 1 || s.Succeeded != 3 || given.Condition != kafkaevent.MaximumPayloadSizeExceeded || given.Response != nil {
			t.Errorf("%+v, %v, failure %+v, want one record too large", s, err, given)
		}
		wantCommitted(t, broker)
	})
}
