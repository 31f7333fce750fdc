package esm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// offsets are one for each partition of the topic.
type offsets map[int32]int64

// commitStart commits where the mapping begins, for the partitions that the
// group has no offset of. Committed, a beginning at the end of the log stays
// where it is, although the partition may change hands before its first record
// is settled. It is not needed for the beginning of the log, where a partition
// without an offset starts anyway.
func (m *Mapping) commitStart(ctx context.Context) error {
	ends, err := m.ends(ctx)
	if err != nil {
		return fmt.Errorf("topic %q: %w", m.config.Topic, err)
	}
	if m.config.StartingPosition == TrimHorizon {
		return nil
	}
	if m.config.StartingPosition == AtTimestamp {
		listed, err := m.admin.ListOffsetsAfterMilli(ctx, m.config.StartingPositionTimestamp.UnixMilli(), m.config.Topic)
		if ends, err = m.listed(listed, err); err != nil {
			return err
		}
	}
	committed, err := m.committed(ctx)
	if err != nil {
		return err
	}
	var start kadm.Offsets
	for partition, offset := range ends {
		if _, ok := committed[partition]; !ok {
			start.AddOffset(m.config.Topic, partition, offset, -1)
		}
	}
	if len(start) == 0 {
		return nil
	}
	answer, err := m.admin.CommitOffsets(ctx, m.config.ConsumerGroupID, start)
	if err == nil {
		err = answer.Error()
	}
	if errors.Is(err, kerr.UnknownMemberID) || errors.Is(err, kerr.RebalanceInProgress) {
		return nil // the group has members: where it begins was theirs to say
	}
	return err
}

// ends is where the log ends; records of open transactions do not count for a
// client that reads committed ones alone.
func (m *Mapping) ends(ctx context.Context) (offsets, error) {
	if m.readCommitted() {
		return m.listed(m.admin.ListCommittedOffsets(ctx, m.config.Topic))
	}
	return m.listed(m.admin.ListEndOffsets(ctx, m.config.Topic))
}

func (m *Mapping) readCommitted() bool {
	level, _ := m.client.OptValue(kgo.FetchIsolationLevel).(int8)
	return level == 1 // as in the protocol
}

func (m *Mapping) listed(list kadm.ListedOffsets, err error) (offsets, error) {
	if err == nil {
		err = list.Error()
	}
	if err != nil {
		return nil, err
	}
	at := make(offsets)
	list.Each(func(o kadm.ListedOffset) { at[o.Partition] = o.Offset })
	return at, nil
}

// committed is what the group has committed.
func (m *Mapping) committed(ctx context.Context) (offsets, error) {
	answer, err := m.admin.FetchOffsetsForTopics(ctx, m.config.ConsumerGroupID, m.config.Topic)
	if err == nil {
		err = answer.Error()
	}
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) { // a new group has committed nothing
		return nil, err
	}
	at := make(offsets)
	answer.Each(func(o kadm.OffsetResponse) {
		if o.At >= 0 {
			at[o.Partition] = o.At
		}
	})
	return at, nil
}

// unread has the end of each partition that the group has not read up to it.
func (m *Mapping) unread(ctx context.Context) (offsets, error) {
	left, err := m.ends(ctx)
	if err != nil {
		return nil, err
	}
	return left, m.leaveOut(ctx, left)
}

// leaveOut takes those partitions out that are read, be it by another member,
// or that lost their records to retention.
func (m *Mapping) leaveOut(ctx context.Context, left offsets) error {
	starts, err := m.listed(m.admin.ListStartOffsets(ctx, m.config.Topic))
	if err != nil {
		return err
	}
	committed, err := m.committed(ctx)
	if err != nil {
		return err
	}
	for partition, end := range left {
		if max(starts[partition], committed[partition]) >= end {
			delete(left, partition)
		}
	}
	return nil
}

func (m *Mapping) assigned(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range partitions[m.config.Topic] {
		m.partitions[p] = nil
	}
}

func (m *Mapping) revoked(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range partitions[m.config.Topic] {
		delete(m.partitions, p)
	}
}

// blocked asks the batch under way to make room for a rebalance.
func (m *Mapping) blocked(context.Context, *kgo.Client) {
	select {
	case m.yield <- struct{}{}:
	default:
	}
}

// fetched notes where the partitions end, and where new ones begin.
func (m *Mapping) fetched(fetches kgo.Fetches) {
	stable := m.readCommitted()
	m.mu.Lock()
	defer m.mu.Unlock()
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		if len(p.Records) == 0 {
			return
		}
		lag := m.partitions[p.Partition]
		if lag == nil {
			lag = &PartitionLag{Partition: p.Partition, Settled: p.Records[0].Offset}
			m.partitions[p.Partition] = lag
		}
		end := p.HighWatermark
		if stable {
			end = p.LastStableOffset
		}
		lag.End = max(end, p.Records[len(p.Records)-1].Offset+1)
	})
}

// settled notes what is committed.
func (m *Mapping) settled(at offsets) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for partition, offset := range at {
		if lag := m.partitions[partition]; lag != nil {
			lag.Settled = offset
		}
	}
}

func (m *Mapping) progress() Progress {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := Progress{Summary: m.summary}
	for _, lag := range m.partitions {
		if lag != nil {
			p.Lag = append(p.Lag, *lag)
		}
	}
	slices.SortFunc(p.Lag, func(a, b PartitionLag) int { return cmp.Compare(a.Partition, b.Partition) })
	return p
}
