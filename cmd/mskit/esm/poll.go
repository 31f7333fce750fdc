package esm

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mskit-go/mskit/cmd/mskit/runtimeapi"
)

const (
	// idle is how long a mapping waits for what is left of the log before it
	// looks whether it still is.
	idle    = time.Second
	forever = time.Duration(math.MaxInt64)
)

// next delivers and commits one batch and gives the number of its records. With
// left, it waits for records no longer than something is left, and takes out of
// it what is read.
func (m *Mapping) next(ctx context.Context, left offsets) (int, error) {
	select {
	case <-m.yield: // of a rebalance that is over
	default:
	}
	records, err := m.poll(ctx, left)
	if err != nil {
		return 0, err
	}
	defer m.client.AllowRebalance()
	if len(records) == 0 {
		if left != nil && m.stopping.Err() == nil {
			err = m.leaveOut(ctx, left)
		}
		return 0, err
	}
	at, err := m.settle(ctx, records)
	for partition, end := range left {
		if at[partition] >= end {
			delete(left, partition)
		}
	}
	n := 0
	for _, r := range records {
		if !r.Attrs.IsControl() {
			n++
		}
	}
	return n, err
}

// poll fills a batch: until it has its size, or would not fit into an event, or
// the window after its first record is over, or nothing is left. It is empty
// after waiting in vain.
func (m *Mapping) poll(ctx context.Context, left offsets) ([]*kgo.Record, error) {
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(m.stopping, cancel)() //nolint:contextcheck // Stop is of its own context
	patience := forever
	if left != nil {
		patience = idle
	}
	timer := time.AfterFunc(patience, cancel)
	defer timer.Stop()

	var records []*kgo.Record
	size := 0
	unread := maps.Clone(left)
	for len(records) < m.config.BatchSize && size < runtimeapi.MaxEvent {
		fetches := m.client.PollRecords(waiting, m.config.BatchSize-len(records))
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		m.fetched(fetches)
		first := len(records) == 0
		fetches.EachRecord(func(r *kgo.Record) {
			records = append(records, r)
			size += encodedSize(r)
			if end, ok := unread[r.Partition]; ok && r.Offset+1 >= end {
				delete(unread, r.Partition)
			}
		})
		if waiting.Err() != nil {
			break
		}
		if err := fatal(fetches); err != nil {
			return nil, fmt.Errorf("esm: %w", err)
		}
		if len(records) == 0 {
			m.client.AllowRebalance() // an error alone blocks it too, and to overcome that may take one
			continue
		}
		if m.config.MaximumBatchingWindow < 0 || left != nil && len(unread) == 0 {
			break
		}
		if first {
			timer.Reset(m.config.MaximumBatchingWindow)
		}
	}
	return records, nil
}

// encodedSize is about what a record takes in an event.
func encodedSize(r *kgo.Record) int {
	n := (len(r.Key) + len(r.Value)) / 3 * 4
	for _, h := range r.Headers {
		n += len(h.Key) + 4*len(h.Value)
	}
	return n
}

// fatal is the first error that the client does not overcome by itself.
func fatal(fetches kgo.Fetches) error {
	for _, e := range fetches.Errors() {
		var loss *kgo.ErrDataLoss
		if errors.As(e.Err, &loss) || kerr.IsRetriable(e.Err) || lost(e.Err) {
			continue
		}
		return e.Err
	}
	return nil
}

// lost is whether the group has gone on without this member, which joins it
// anew.
func lost(err error) bool {
	for _, e := range []error{
		kerr.UnknownMemberID, kerr.IllegalGeneration, kerr.RebalanceInProgress, kerr.FencedMemberEpoch, kerr.StaleMemberEpoch,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
