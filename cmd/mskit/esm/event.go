package esm

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mskit-go/mskit/kafkaevent"
)

// builder lays records out by partition, in the order in which they come.
type builder struct {
	event *kafkaevent.Event
	index map[int32]int
}

func (m *Mapping) builder() *builder {
	e := &kafkaevent.Event{Source: "SelfManagedKafka", BootstrapServers: m.config.Brokers}
	if arn := m.config.EventSourceARN; arn != "" {
		e.Source, e.SourceARN = "aws:kafka", arn
	}
	return &builder{event: e, index: make(map[int32]int)}
}

func (b *builder) add(r kafkaevent.Record) {
	i, ok := b.index[r.Partition]
	if !ok {
		i = len(b.event.Partitions)
		b.index[r.Partition] = i
		b.event.Partitions = append(b.event.Partitions, kafkaevent.Partition{Key: r.TopicPartition.String()})
	}
	b.event.Partitions[i].Records = append(b.event.Partitions[i].Records, r)
}

// refusal is what the registry stage refused for one reason.
type refusal struct {
	*builder

	err error // of the first record
}

// event is the records as Lambda delivers them, without what the filter does not
// want and what has no place in its schema. A record that the filter fails on is
// delivered. After an error, which is not the records' fault, all of them come
// again.
func (m *Mapping) event(ctx context.Context, records []*kgo.Record) (*kafkaevent.Event, map[kafkaevent.FailureCondition]refusal, error) {
	wanted, refused := m.builder(), make(map[kafkaevent.FailureCondition]refusal)
	read, filtered := 0, 0
	for _, r := range records {
		if r.Attrs.IsControl() {
			continue
		}
		read++
		record := Record(r)
		view := record // for the filter
		if m.registry != nil {
			var err error
			if record, view, err = m.registry.patiently(ctx, record); err != nil {
				why := condition(err)
				if why == "" {
					m.count(func(s *Summary) { s.Records += read; s.Returned += read })
					return nil, nil, fmt.Errorf("esm: schema registry: %w", err)
				}
				if _, ok := refused[why]; !ok {
					refused[why] = refusal{m.builder(), err}
				}
				refused[why].add(record)
				continue
			}
		}
		if m.config.Filter != nil {
			if ok, err := m.config.Filter.Match(&view); err == nil && !ok {
				filtered++
				continue
			}
		}
		wanted.add(record)
	}
	m.count(func(s *Summary) { s.Records += read; s.Filtered += filtered })
	return wanted.event, refused, nil
}

// Record is a record of a log as Lambda delivers it. It shares the memory of r.
func Record(r *kgo.Record) kafkaevent.Record {
	record := kafkaevent.Record{
		TopicPartition: kafkaevent.TopicPartition{Topic: r.Topic, Partition: r.Partition},
		Offset:         r.Offset,
		TimestampType:  "CREATE_TIME",
		Key:            r.Key,
		Value:          r.Value,
	}
	if r.Timestamp.UnixMilli() >= 0 { // -1 for none
		record.Timestamp = r.Timestamp.UTC()
	}
	if r.Attrs.TimestampType() == 1 {
		record.TimestampType = "LOG_APPEND_TIME"
	}
	if len(r.Headers) > 0 {
		headers := make(kafkaevent.Headers, len(r.Headers))
		for i, h := range r.Headers {
			headers[i] = kafkaevent.Header{Key: h.Key, Value: h.Value}
		}
		record.SetHeaders(headers)
	}
	return record
}
