package esm

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
)

// ToBucket writes each failure as S3 gets it, the facts and the event as escaped
// text: one JSON object a line, for kafkaevent.ParseFailure. There is no Lambda
// here, so the function's ARN and the request's id are placeholders.
func ToBucket(w io.Writer) Destination {
	return DestinationFunc(func(_ context.Context, f *Failure) error {
		_, err := w.Write(append(kafkaeventtest.BucketFailure(f.record(), f.Event), '\n'))
		return err
	})
}

// ToQueue writes each failure as SQS and SNS get it, the facts alone: one JSON
// object a line.
func ToQueue(w io.Writer) Destination {
	return DestinationFunc(func(_ context.Context, f *Failure) error {
		_, err := w.Write(append(kafkaeventtest.QueueFailure(f.record(), f.Event), '\n'))
		return err
	})
}

// ToTopic produces to a topic of the same cluster, as kafka://topic does: one
// message for each record, with the record's own key. The topic has to exist and
// be another one than the mapping's. A message is a third larger than its record
// and more; one that the topic does not take ends the mapping.
func ToTopic(topic string) Destination { return topicDestination{topic: topic} }

// topicDestination is bound to the client of its mapping by New.
type topicDestination struct {
	topic  string
	client *kgo.Client
}

func (d topicDestination) bind(ctx context.Context, m *Mapping) (topicDestination, error) {
	if d.topic == m.config.Topic {
		return d, errors.New("the on-failure topic is the one that is consumed")
	}
	list, err := m.admin.ListEndOffsets(ctx, d.topic)
	if err == nil {
		err = list.Error()
	}
	if err != nil {
		return d, fmt.Errorf("on-failure topic %q: %w", d.topic, err)
	}
	d.client = m.client
	return d, nil
}

func (d topicDestination) Put(ctx context.Context, f *Failure) error {
	if d.client == nil {
		return errors.New("esm: ToTopic belongs into Config.OnFailure: it produces through the mapping's client")
	}
	record := f.record()
	if record.Condition == kafkaevent.RetryAttemptsExhausted {
		record.Condition = kafkaevent.RetriesExhausted // AWS's other spelling
	}
	values := kafkaeventtest.TopicFailures(record, f.Event)
	messages := make([]*kgo.Record, 0, len(values))
	for r := range f.Event.Records() {
		messages = append(messages, &kgo.Record{Topic: d.topic, Key: r.Key, Value: values[len(messages)]})
	}
	return d.client.ProduceSync(ctx, messages...).FirstErr()
}

func (f *Failure) record() kafkaevent.FailureRecord {
	return kafkaevent.FailureRecord{
		Time:        f.Time,
		Condition:   f.Condition,
		InvokeCount: f.InvokeCount,
		Response:    f.Response,
	}
}
