package docs_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
	"github.com/mskit-go/mskit/kafkaevent/lambdaevent"
	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/avro"
)

// What migrating.md shows, compiled and run.

type order struct {
	ID int64 `json:"id"`
}

func save(context.Context, order) error { return nil }

// From plain aws-lambda-go.

func handle(ctx context.Context, event events.KafkaEvent) error {
	for _, records := range event.Records {
		for _, r := range records {
			value, err := base64.StdEncoding.DecodeString(r.Value)
			if err != nil {
				log.Println("skipping:", err)
				continue
			}
			var o order
			if err := json.Unmarshal(value, &o); err != nil {
				log.Println("skipping:", string(value), err)
				continue
			}
			if err := save(ctx, o); err != nil {
				return err
			}
		}
	}
	return nil
}

func saveOrder(ctx context.Context, m batch.Message[order]) error {
	return save(ctx, m.Value)
}

func startAfter() {
	lambda.Start(batch.NewPartial(batch.Values(schema.JSON[order](), saveOrder)))
}

var processor = batch.NewPartial(batch.Values(schema.JSON[order](), saveOrder),
	batch.WithLogger(slog.New(slog.DiscardHandler)))

func handleAsBefore(ctx context.Context, event events.KafkaEvent) (*batch.Result, error) {
	e, err := lambdaevent.From(event)
	if err != nil {
		return nil, err
	}
	return processor.Process(ctx, e)
}

// A record that is no JSON, between two that are.
func poisoned() []byte {
	return kafkaeventtest.MSK(
		kafkaeventtest.JSON("orders", order{1}),
		kafkaeventtest.Text("orders", "{"),
		kafkaeventtest.JSON("orders", order{3}),
	)
}

func Example_plainBefore() {
	log.SetOutput(discard{})
	var event events.KafkaEvent
	if err := json.Unmarshal(poisoned(), &event); err != nil {
		fmt.Println(err)
	}
	fmt.Println("error:", handle(context.Background(), event))
	// Output:
	// error: <nil>
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

func Example_plainAfter() {
	reply, err := processor.Invoke(context.Background(), poisoned())
	fmt.Println(string(reply), err)
	// Output:
	// {"batchItemFailures":[{"itemIdentifier":{"partition":"orders-0","offset":1}},{"itemIdentifier":{"partition":"orders-0","offset":2}}]} <nil>
}

func Example_plainBetween() {
	var event events.KafkaEvent
	if err := json.Unmarshal(poisoned(), &event); err != nil {
		fmt.Println(err)
	}
	result, err := handleAsBefore(context.Background(), event)
	fmt.Println(result.Succeeded, result.Failed, result.Deferred, err)
	// Output:
	// 1 1 1 <nil>
}

// From Powertools.

const userSchema = `{"type":"record","name":"User","fields":[{"name":"name","type":"string"},{"name":"age","type":"int"}]}`

type user struct {
	Name string `avro:"name"`
	Age  int32  `avro:"age"`
}

func greet(_ context.Context, m batch.Message[user]) error {
	fmt.Println(m.Value.Name, m.ID())
	return nil
}

func powertoolsAfter() batch.Handler {
	return batch.Values(avro.NewDecoder[user](nil, avro.WithWriterSchema(userSchema)), greet)
}

func powertoolsEvolving(registry schema.Registry) batch.Handler {
	return batch.Values(avro.NewDecoder[user](registry), greet)
}

func Example_powertoolsAfter() {
	meta := kafkaeventtest.WithValueSchema("AVRO", "1")
	value := []byte("\x06Ada\x48")
	reply, err := batch.NewPartial(powertoolsAfter()).Invoke(context.Background(),
		kafkaeventtest.MSK(kafkaeventtest.Value("users", value, meta)))
	fmt.Println(string(reply), err)

	registry := schema.Static(&schema.Schema{ID: schema.ConfluentID(1), Format: schema.FormatAvro, Text: userSchema})
	reply, err = batch.NewPartial(powertoolsEvolving(registry)).Invoke(context.Background(),
		kafkaeventtest.MSK(kafkaeventtest.Value("users", value, meta)))
	fmt.Println(string(reply), err)
	// Output:
	// Ada users/0/0
	// {"batchItemFailures":[]} <nil>
	// Ada users/0/0
	// {"batchItemFailures":[]} <nil>
}

// From a long-running consumer.

// message and consumer stand for the client library's own.
type message struct {
	Topic      string
	Partition  int32
	Offset     int64
	Time       time.Time
	Key, Value []byte
	Headers    map[string][]byte
}

type consumer interface {
	Fetch(ctx context.Context) (message, error)
	Commit(ctx context.Context, m message) error
}

func consume(ctx context.Context, c consumer) error {
	for {
		m, err := c.Fetch(ctx)
		if err != nil {
			return err
		}
		var o order
		if err := json.Unmarshal(m.Value, &o); err != nil {
			log.Println("skipping:", err)
		} else if err := save(ctx, o); err != nil {
			return err // restart, and read from the last commit
		}
		if err := c.Commit(ctx, m); err != nil {
			return err
		}
	}
}

func toRecord(m message) *kafkaevent.Record {
	r := &kafkaevent.Record{
		TopicPartition: kafkaevent.TopicPartition{Topic: m.Topic, Partition: m.Partition},
		Offset:         m.Offset,
		Timestamp:      m.Time,
		Key:            m.Key,
		Value:          m.Value,
	}
	var headers kafkaevent.Headers
	for name, value := range m.Headers {
		headers = append(headers, kafkaevent.Header{Key: name, Value: value})
	}
	r.SetHeaders(headers)
	return r
}

func consumeWithHandler(ctx context.Context, c consumer, h batch.Handler) error {
	for {
		m, err := c.Fetch(ctx)
		if err != nil {
			return err
		}
		if err := h.HandleRecord(ctx, toRecord(m)); err != nil {
			return err
		}
		if err := c.Commit(ctx, m); err != nil {
			return err
		}
	}
}

// log3 is a consumer of three messages.
type log3 struct{ read, committed int }

var errEnd = errors.New("no more messages")

func (l *log3) Fetch(context.Context) (message, error) {
	if l.read == 3 {
		return message{}, errEnd
	}
	l.read++
	return message{
		Topic: "orders", Offset: int64(l.read), Time: time.UnixMilli(1767225600123), Key: []byte("k"),
		Value: fmt.Appendf(nil, `{"id":%d}`, l.read), Headers: map[string][]byte{"trace": []byte("1")},
	}, nil
}

func (l *log3) Commit(context.Context, message) error { l.committed++; return nil }

func Example_consumer() {
	before, after := &log3{}, &log3{}
	fmt.Println(consume(context.Background(), before), before.committed)
	fmt.Println(consumeWithHandler(context.Background(), after, batch.Values(schema.JSON[order](), saveOrder)), after.committed)
	// Output:
	// no more messages 3
	// no more messages 3
}

var _ = startAfter
