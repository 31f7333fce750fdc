package esm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/mskit-go/mskit/kafkaevent"
)

// commitTime is what a commit gets, also when the mapping is told to end.
const commitTime = 10 * time.Second

// errLeft says that the rest of a batch is left for later.
var errLeft = errors.New("left for later")

// settle delivers a batch, commits what is settled and gives the offsets that
// are committed.
func (m *Mapping) settle(ctx context.Context, records []*kgo.Record) (offsets, error) {
	m.undone = make(offsets)
	select {
	case <-m.yield: // of a rebalance that is over
	default:
	}
	err := m.deliver(ctx, delivery{event: m.event(records)})
	if err != nil && !errors.Is(err, errLeft) {
		return nil, err
	}
	if m.config.BeforeCommit != nil {
		if err := m.config.BeforeCommit(ctx); err != nil {
			m.count(func(s *Summary) { s.LostCommits++ })
			return nil, err
		}
	}
	done, again := m.outcome(records)
	at, err := m.commit(ctx, done)
	if err != nil {
		return nil, fmt.Errorf("esm: commit: %w", err)
	}
	// What is left undone is read again, also from the partitions that stay.
	m.client.SetOffsets(map[string]map[int32]kgo.EpochOffset{m.config.Topic: again})
	m.settled(at)
	if m.config.Observe != nil {
		m.config.Observe(m.progress())
	}
	return at, nil
}

// outcome is where each partition stands after a batch, and where those go back
// to that left something undone.
func (m *Mapping) outcome(records []*kgo.Record) (done, again map[int32]kgo.EpochOffset) {
	done, again = make(map[int32]kgo.EpochOffset), make(map[int32]kgo.EpochOffset)
	for _, r := range records {
		undone, left := m.undone[r.Partition]
		switch {
		case !left || r.Offset < undone:
			done[r.Partition] = kgo.EpochOffset{Epoch: r.LeaderEpoch, Offset: r.Offset + 1}
		case r.Offset == undone:
			again[r.Partition] = kgo.EpochOffset{Epoch: r.LeaderEpoch, Offset: r.Offset}
		}
	}
	return done, again
}

// commit commits what is settled, also when the mapping is told to end now. A
// group that has gone on without this member is no error: what was settled comes
// again.
func (m *Mapping) commit(ctx context.Context, done map[int32]kgo.EpochOffset) (offsets, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTime)
	defer cancel()
	at := make(offsets, len(done))
	var failed error
	m.client.CommitOffsetsSync(ctx, map[string]map[int32]kgo.EpochOffset{m.config.Topic: done},
		func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, response *kmsg.OffsetCommitResponse, err error) {
			if failed = err; err != nil {
				return
			}
			for _, t := range response.Topics {
				for _, p := range t.Partitions {
					if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
						failed = err
						continue
					}
					at[p.Partition] = done[p.Partition].Offset
				}
			}
		})
	if lost(failed) {
		m.count(func(s *Summary) { s.LostCommits++ })
		return at, nil
	}
	return at, failed
}

// event is the records as Lambda delivers them, without what the filter does
// not want. A record that the filter fails on is delivered.
func (m *Mapping) event(records []*kgo.Record) *kafkaevent.Event {
	e := &kafkaevent.Event{Source: "SelfManagedKafka", BootstrapServers: m.config.Brokers}
	var read, filtered int
	index := make(map[int32]int)
	for _, r := range records {
		if r.Attrs.IsControl() {
			continue
		}
		read++
		record := convert(r)
		if m.config.Filter != nil {
			if ok, err := m.config.Filter.Match(&record); err == nil && !ok {
				filtered++
				continue
			}
		}
		i, ok := index[r.Partition]
		if !ok {
			i = len(e.Partitions)
			index[r.Partition] = i
			e.Partitions = append(e.Partitions, kafkaevent.Partition{Key: record.TopicPartition.String()})
		}
		e.Partitions[i].Records = append(e.Partitions[i].Records, record)
	}
	m.count(func(s *Summary) { s.Records += read; s.Filtered += filtered })
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
