package esm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

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

const (
	// coordinatorTime is how long a group may be without a coordinator. The
	// first group of a cluster is, until its brokers have made the topic of
	// offsets; the client itself asks hardly twice.
	coordinatorTime  = 30 * time.Second
	coordinatorPause = 250 * time.Millisecond
)

// committed is what the group has committed.
func (m *Mapping) committed(ctx context.Context) (offsets, error) {
	fetch := func() (kadm.OffsetResponses, error) {
		answer, err := m.admin.FetchOffsetsForTopics(ctx, m.config.ConsumerGroupID, m.config.Topic)
		return answer, cmp.Or(err, answer.Error())
	}
	answer, err := fetch()
	for end := time.Now().Add(coordinatorTime); errors.Is(err, kerr.CoordinatorNotAvailable) && time.Now().Before(end); {
		select {
		case <-time.After(coordinatorPause):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		answer, err = fetch()
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

// read is where the group has read each partition to: its beginning, where
// nothing is committed, or retention has taken what was, or the log is a shorter
// one by now, as of a topic that was made anew.
func (m *Mapping) read(ctx context.Context) (offsets, error) {
	committed, err := m.committed(ctx) // before the ends, which grow
	if err != nil {
		return nil, err
	}
	at, err := m.listed(m.admin.ListStartOffsets(ctx, m.config.Topic))
	if err != nil {
		return nil, err
	}
	ends, err := m.listed(m.admin.ListEndOffsets(ctx, m.config.Topic))
	for partition, offset := range committed {
		if offset <= ends[partition] {
			at[partition] = max(at[partition], offset)
		}
	}
	return at, err
}

// unread has the end of each partition that the group has not read up to it.
func (m *Mapping) unread(ctx context.Context) (offsets, error) {
	left, err := m.ends(ctx)
	if err != nil {
		return nil, err
	}
	return left, m.leaveOut(ctx, left)
}

// leaveOut takes those partitions out that are read, be it by another member, or
// that have lost what was left of them.
func (m *Mapping) leaveOut(ctx context.Context, left offsets) error {
	at, err := m.read(ctx)
	if err != nil {
		return err
	}
	for partition, end := range left {
		if at[partition] >= end {
			delete(left, partition)
		}
	}
	return nil
}
