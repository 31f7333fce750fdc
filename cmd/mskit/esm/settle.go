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

// commitTime is what a commit gets when the mapping is told to end.
const commitTime = 10 * time.Second

// errLeft says that the rest of a batch is left for later.
var errLeft = errors.New("left for later")

// settle delivers a batch, commits what is settled and gives the offsets that
// are committed.
func (m *Mapping) settle(ctx context.Context, records []*kgo.Record) (offsets, error) {
	m.undone = make(offsets)
	event, refused, err := m.event(ctx, records)
	if err != nil {
		return nil, err
	}
	if err := m.refuse(ctx, refused); err != nil {
		m.leave(event)
		return nil, err
	}
	if err := m.deliver(ctx, delivery{event: event}); err != nil && !errors.Is(err, errLeft) {
		return nil, err
	}
	if m.config.BeforeCommit != nil {
		if err := m.config.BeforeCommit(ctx); err != nil {
			m.count(func(s *Summary) { s.LostCommits++ })
			return nil, err
		}
	}
	at, err := m.commit(ctx, m.done(records))
	if err != nil {
		return nil, fmt.Errorf("esm: commit: %w", err)
	}
	m.client.SetOffsets(map[string]map[int32]kgo.EpochOffset{m.config.Topic: rewind(records, at)})
	m.settled(at)
	if m.config.Observe != nil {
		m.config.Observe(m.progress(ctx))
	}
	return at, nil
}

// refuse gives up what could not be deserialized.
func (m *Mapping) refuse(ctx context.Context, refused map[kafkaevent.FailureCondition]refusal) error {
	var failed error
	for _, why := range []kafkaevent.FailureCondition{SchemaNotFound, DeserializationError} {
		r, ok := refused[why]
		if !ok {
			continue
		}
		if failed != nil {
			m.leave(r.event)
			continue
		}
		if failed = m.giveUp(ctx, why, delivery{event: r.event, err: r.err}); failed == nil {
			m.count(func(s *Summary) { s.Undeserialized += r.event.Len() })
		}
	}
	return failed
}

// done is where each partition stands after a batch.
func (m *Mapping) done(records []*kgo.Record) map[int32]kgo.EpochOffset {
	done := make(map[int32]kgo.EpochOffset)
	for _, r := range records {
		if undone, left := m.undone[r.Partition]; !left || r.Offset < undone {
			done[r.Partition] = kgo.EpochOffset{Epoch: r.LeaderEpoch, Offset: r.Offset + 1}
		}
	}
	return done
}

// rewind is where partitions go back to of which not all was committed: they are
// read again if they stay with this member.
func rewind(records []*kgo.Record, committed offsets) map[int32]kgo.EpochOffset {
	again := make(map[int32]kgo.EpochOffset)
	for _, r := range records {
		at, ok := committed[r.Partition]
		if _, first := again[r.Partition]; !first && (!ok || r.Offset >= at) {
			again[r.Partition] = kgo.EpochOffset{Epoch: r.LeaderEpoch, Offset: r.Offset}
		}
	}
	return again
}

// commit commits what is settled, also when the mapping is told to end now. A
// group that has gone on without this member is no error: what was settled comes
// again.
func (m *Mapping) commit(ctx context.Context, done map[int32]kgo.EpochOffset) (offsets, error) {
	commit, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(commitTime, cancel) })()
	at := make(offsets, len(done))
	var failed error
	m.client.CommitOffsetsSync(commit, map[string]map[int32]kgo.EpochOffset{m.config.Topic: done},
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
