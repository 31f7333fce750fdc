package esm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mskit-go/mskit/kafkaevent"
)

// commitTime is what the last commit gets when the mapping is told to end.
const commitTime = 5 * time.Second

type mapping struct {
	Config

	function Invoker
	client   *kgo.Client
	summary  Summary
	left     map[int32]int64 // with UntilEnd: partitions not yet read to that offset
}

// Run delivers the topic to the function until the context ends, or with
// [Config.UntilEnd] until the end of the log. Offsets are committed once their
// records are settled, so a record under way when it ends comes again to the
// next run. The error is nil at the end of the log and the context's cause
// when that ended it; the summary is valid in any case.
func Run(ctx context.Context, function Invoker, config Config) (Summary, error) {
	if len(config.Brokers) == 0 || config.Topic == "" {
		return Summary{}, errors.New("esm: brokers and topic are required")
	}
	config = config.withDefaults()
	client, err := kgo.NewClient(
		kgo.SeedBrokers(config.Brokers...),
		kgo.ConsumerGroup(config.ConsumerGroupID),
		kgo.ConsumeTopics(config.Topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.DisableAutoCommit(),
		kgo.BlockRebalanceOnPoll(),
		kgo.KeepControlRecords(), // their offsets count, they do not
		kgo.FetchMaxWait(config.MaximumBatchingWindow),
	)
	if err != nil {
		return Summary{}, fmt.Errorf("esm: %w", err)
	}
	defer client.CloseAllowingRebalance()
	m := &mapping{Config: config, function: function, client: client}
	if err := m.end(ctx); err != nil {
		return m.summary, fmt.Errorf("esm: %w", err)
	}
	for !m.UntilEnd || len(m.left) > 0 {
		records, err := m.poll(ctx)
		if err != nil {
			return m.summary, err
		}
		if err := m.settle(ctx, records); err != nil {
			return m.summary, err
		}
		client.AllowRebalance()
	}
	return m.summary, nil
}

// end notes where the log ends, and leaves out what the group has read before.
func (m *mapping) end(ctx context.Context) error {
	if !m.UntilEnd {
		return nil
	}
	admin := kadm.NewClient(m.client)
	ends, err := admin.ListEndOffsets(ctx, m.Topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return err
	}
	starts, err := admin.ListStartOffsets(ctx, m.Topic)
	if err != nil {
		return err
	}
	committed, err := admin.FetchOffsets(ctx, m.ConsumerGroupID)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) { // a new group has read nothing
		return err
	}
	m.left = make(map[int32]int64)
	ends.Each(func(o kadm.ListedOffset) {
		at := int64(0)
		if start, ok := starts.Lookup(o.Topic, o.Partition); ok {
			at = start.Offset
		}
		if c, ok := committed.Lookup(o.Topic, o.Partition); ok {
			at = max(at, c.At)
		}
		if at < o.Offset {
			m.left[o.Partition] = o.Offset
		}
	})
	return nil
}

// poll fills a batch: until it has its size, or the window after its first
// record is over.
func (m *mapping) poll(ctx context.Context) ([]*kgo.Record, error) {
	var records []*kgo.Record
	waiting := ctx
	for len(records) < m.BatchSize {
		fetches := m.client.PollRecords(waiting, m.BatchSize-len(records))
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		records = append(records, fetches.Records()...)
		if waiting.Err() != nil {
			break
		}
		if err := fetches.Err(); err != nil {
			return nil, fmt.Errorf("esm: %w", err)
		}
		if len(records) > 0 && waiting == ctx {
			window, cancel := context.WithTimeout(ctx, m.MaximumBatchingWindow)
			defer cancel()
			waiting = window //nolint:fatcontext // once for each batch
		}
		if m.read(records) {
			break
		}
	}
	return records, nil
}

// read is whether the records reach the end of the log.
func (m *mapping) read(records []*kgo.Record) bool {
	if !m.UntilEnd {
		return false
	}
	at := make(map[int32]int64)
	for _, r := range records {
		at[r.Partition] = r.Offset + 1
	}
	for partition, end := range m.left {
		if at[partition] < end {
			return false
		}
	}
	return true
}

// settle delivers a batch and commits it.
func (m *mapping) settle(ctx context.Context, records []*kgo.Record) error {
	event := m.event(records)
	if err := m.deliver(ctx, event, 0); err != nil {
		return err
	}
	// What is settled is committed, also when the mapping is told to end now.
	commit, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTime)
	defer cancel()
	if err := m.client.CommitRecords(commit, records...); err != nil {
		return fmt.Errorf("esm: %w", err)
	}
	for _, r := range records {
		if end, ok := m.left[r.Partition]; ok && r.Offset+1 >= end {
			delete(m.left, r.Partition)
		}
	}
	if m.Observe != nil {
		m.Observe(m.summary)
	}
	return nil
}

// event is the records as Lambda delivers them, without what the filter does
// not want. A record that the filter fails on is delivered.
func (m *mapping) event(records []*kgo.Record) *kafkaevent.Event {
	e := &kafkaevent.Event{Source: "SelfManagedKafka", BootstrapServers: m.Brokers}
	index := make(map[string]int)
	for _, r := range records {
		if r.Attrs.IsControl() {
			continue
		}
		m.summary.Records++
		record := convert(r)
		if m.Filter != nil {
			if ok, err := m.Filter.Match(&record); err == nil && !ok {
				m.summary.Filtered++
				continue
			}
		}
		key := record.TopicPartition.String()
		i, ok := index[key]
		if !ok {
			i = len(e.Partitions)
			index[key] = i
			e.Partitions = append(e.Partitions, kafkaevent.Partition{Key: key})
		}
		e.Partitions[i].Records = append(e.Partitions[i].Records, record)
	}
	return e
}

func convert(r *kgo.Record) kafkaevent.Record {
	record := kafkaevent.Record{
		TopicPartition: kafkaevent.TopicPartition{Topic: r.Topic, Partition: r.Partition},
		Offset:         r.Offset,
		Timestamp:      r.Timestamp,
		TimestampType:  "CREATE_TIME",
		Key:            r.Key,
		Value:          r.Value,
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
