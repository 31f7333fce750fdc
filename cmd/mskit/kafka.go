package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mskit-go/mskit/kafkaevent"

	"github.com/mskit-go/mskit/cmd/mskit/esm"
)

// eventOf is an event of one record.
func eventOf(brokers []string, r kafkaevent.Record) *kafkaevent.Event {
	return &kafkaevent.Event{
		Source:           "SelfManagedKafka",
		BootstrapServers: brokers,
		Partitions:       []kafkaevent.Partition{{Key: r.TopicPartition.String(), Records: []kafkaevent.Record{r}}},
	}
}

// fetched reads the offsets that a failure record names, as the event that they
// were in.
func (c *replayCommand) fetched(ctx context.Context, std *streams, f *kafkaevent.FailureRecord) ([]byte, error) {
	if len(c.Brokers) == 0 {
		return nil, errors.New("it carries no event, only offsets, as the records of SQS and SNS do: give --brokers to read them from the log; destinations of S3 and Kafka keep the event")
	}
	opts, err := c.client(std)
	if err != nil {
		return nil, err
	}
	if err := c.reach(ctx, opts); err != nil {
		return nil, err
	}
	client, err := kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(c.seeds()...),
		kgo.KeepControlRecords(), // one may be the last of a range
	}, opts...)...)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	event := &kafkaevent.Event{Source: "SelfManagedKafka", SourceARN: f.Batch.SourceARN, BootstrapServers: f.Batch.BootstrapServers}
	if event.SourceARN != "" {
		event.Source = "aws:kafka"
	}
	for _, span := range f.Batch.Ranges {
		p := kafkaevent.Partition{Key: span.Key}
		if p.Records, err = readRange(ctx, client, span); err != nil {
			return nil, err
		}
		event.Partitions = append(event.Partitions, p)
	}
	if n := event.Len(); n != f.Batch.Size {
		fmt.Fprintf(std.err, "mskit: note: the log has %d records at these offsets, the batch had %d; the mapping's filter and partial replies make a difference\n", n, f.Batch.Size)
	}
	return event.MarshalJSON()
}

// readRange reads a part of a partition, both ends included.
func readRange(ctx context.Context, client *kgo.Client, span kafkaevent.FailureRange) ([]kafkaevent.Record, error) {
	topic, partition, err := topicPartition(span.Key)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, reachTime, fmt.Errorf("%s: no answer within %v", span.Key, reachTime))
	defer cancel()
	if err := inLog(ctx, client, topic, partition, span); err != nil {
		return nil, err
	}
	client.AddConsumePartitions(map[string]map[int32]kgo.Offset{topic: {partition: kgo.NewOffset().At(span.First)}})
	defer client.PurgeTopicsFromConsuming(topic)
	var records []kafkaevent.Record
	for {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err := fetches.Err(); err != nil {
			return nil, err
		}
		for r := range fetches.RecordsAll() {
			if r.Offset <= span.Last && !r.Attrs.IsControl() {
				records = append(records, esm.Record(r))
			}
			if r.Offset >= span.Last {
				return records, nil
			}
		}
	}
}

// inLog is an error where a partition does not have a range, any more or yet.
func inLog(ctx context.Context, client *kgo.Client, topic string, partition int32, span kafkaevent.FailureRange) error {
	admin := kadm.NewClient(client)
	starts, err := admin.ListStartOffsets(ctx, topic)
	if err != nil {
		return err
	}
	ends, err := admin.ListEndOffsets(ctx, topic)
	if err != nil {
		return err
	}
	start, ok := starts.Lookup(topic, partition)
	end, okEnd := ends.Lookup(topic, partition)
	switch {
	case !ok || !okEnd:
		return fmt.Errorf("%s: no such partition in this cluster", span.Key)
	case start.Err != nil:
		return fmt.Errorf("%s: %w", span.Key, start.Err)
	case end.Err != nil:
		return fmt.Errorf("%s: %w", span.Key, end.Err)
	case span.First < start.Offset || span.Last >= end.Offset:
		return fmt.Errorf("%s: the log has offsets %d to %d, and not all of %d to %d", span.Key, start.Offset, end.Offset-1, span.First, span.Last)
	}
	return nil
}

// topicPartition takes "orders-0" apart. Topics have dashes too.
func topicPartition(key string) (string, int32, error) {
	i := strings.LastIndexByte(key, '-')
	if i <= 0 {
		return "", 0, fmt.Errorf("%q is no TOPIC-PARTITION", key)
	}
	n, err := strconv.ParseInt(key[i+1:], 10, 32)
	if err != nil || n < 0 {
		return "", 0, fmt.Errorf("%q is no TOPIC-PARTITION", key)
	}
	return key[:i], int32(n), nil
}
