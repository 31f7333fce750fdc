package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mskit-go/mskit/batch/deadletter"
	"github.com/mskit-go/mskit/kafkaevent"

	"github.com/mskit-go/mskit/cmd/mskit/esm"
)

// commitTime is what a commit gets, also when the replay is told to end.
const commitTime = 10 * time.Second

// topicReplay is the replay of a dead-letter topic. It is no member of its
// group: it reads each partition from the committed offset to the end.
type topicReplay struct {
	*replayCommand

	replay *replay
	client *kgo.Client
	admin  *kadm.Client
	left   map[int32]int64 // the ends of the partitions that are not done
	stuck  map[int32]bool  // those with a failure: committed no further

	succeeded, failed int
}

// topic replays until the end that the topic has now. The first signal ends it
// after the invocation under way, a second one at once.
func (c *replayCommand) topic(ctx context.Context, r *replay) error {
	opts, err := c.client(r.std)
	if err != nil {
		return err
	}
	if err := c.reach(ctx, opts); err != nil {
		return err
	}
	client, err := kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(c.seeds()...),
		kgo.KeepControlRecords(), // their offsets count, they do not
	}, opts...)...)
	if err != nil {
		return err
	}
	defer client.Close()
	atOnce, release := untilSecondSignal(ctx)
	defer release()
	t := &topicReplay{replayCommand: c, replay: r, client: client, admin: kadm.NewClient(client), stuck: make(map[int32]bool)}
	if err := t.begin(ctx); err != nil {
		return fmt.Errorf("%s: %w", c.Topic, err)
	}
	err = t.run(ctx, atOnce)
	fmt.Fprintf(r.std.err, "mskit: %d records replayed, %d failed\n", t.succeeded, t.failed)
	return err
}

// begin finds out what there is to read.
func (t *topicReplay) begin(ctx context.Context) error {
	ends, err := t.admin.ListEndOffsets(ctx, t.Topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return err
	}
	starts, err := t.admin.ListStartOffsets(ctx, t.Topic)
	if err != nil {
		return err
	}
	committed, err := t.admin.FetchOffsets(ctx, t.Group)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) { // a new group has read nothing
		return err
	}
	t.left = make(map[int32]int64)
	from := make(map[int32]kgo.Offset)
	ends.Each(func(o kadm.ListedOffset) {
		at := int64(0)
		if start, ok := starts.Lookup(o.Topic, o.Partition); ok {
			at = start.Offset
		}
		if c, ok := committed.Lookup(o.Topic, o.Partition); ok {
			at = max(at, c.At)
		}
		if at < o.Offset {
			from[o.Partition], t.left[o.Partition] = kgo.NewOffset().At(at), o.Offset
		}
	})
	t.client.AddConsumePartitions(map[string]map[int32]kgo.Offset{t.Topic: from})
	return nil
}

func (t *topicReplay) run(ctx, atOnce context.Context) error {
	for len(t.left) > 0 {
		fetches := t.client.PollFetches(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := fetches.Err(); err != nil {
			return err
		}
		for record := range fetches.RecordsAll() {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err := t.record(atOnce, record); err != nil {
				return err
			}
		}
	}
	return nil
}

// record replays one record and commits it if it succeeded.
func (t *topicReplay) record(ctx context.Context, record *kgo.Record) error {
	p := record.Partition
	end, ok := t.left[p]
	if !ok {
		return nil
	}
	if record.Offset+1 >= end {
		delete(t.left, p)
	}
	if record.Offset >= end {
		return nil // of after the replay began
	}
	ok = true
	if !record.Attrs.IsControl() {
		var err error
		if ok, err = t.letter(ctx, record); err != nil {
			return err
		}
		if ok {
			t.succeeded++
		} else {
			t.failed++
		}
	}
	if !ok {
		t.stuck[p] = true
		if !t.KeepGoing {
			delete(t.left, p)
		}
	}
	if t.stuck[p] {
		return nil
	}
	commit, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTime)
	defer cancel()
	offsets := make(kadm.Offsets)
	offsets.AddOffset(record.Topic, p, record.Offset+1, record.LeaderEpoch)
	committed, err := t.admin.CommitOffsets(commit, t.Group, offsets)
	if err == nil {
		err = committed.Error()
	}
	if err != nil {
		return fmt.Errorf("commit of %s-%d offset %d for the group %s, which nobody else may use now: %w", record.Topic, p, record.Offset, t.Group, err)
	}
	return nil
}

// letter is whether the function took what a record of the topic holds.
func (t *topicReplay) letter(ctx context.Context, record *kgo.Record) (bool, error) {
	r := esm.Record(record)
	at := fmt.Sprintf("%s offset %d", r.TopicPartition, r.Offset)
	if original, ok := deadletter.Original(&r); ok {
		payload, err := eventOf(t.seeds(), *original).MarshalJSON()
		if err != nil {
			return false, err
		}
		return t.replay.event(ctx, fmt.Sprintf("%s offset %d (%s)", original.TopicPartition, original.Offset, at), payload)
	}
	failure, err := kafkaevent.ParseFailure(r.Value)
	if err != nil {
		fmt.Fprintf(t.replay.std.err, "mskit: %s: neither a failure record of Lambda nor a dead letter of package batch/deadletter\n", at)
		t.replay.failed(exitReplay)
		return false, nil //nolint:nilerr // the user knows, and the other partitions go on
	}
	payload := failure.Payload()
	if payload == nil {
		fmt.Fprintf(t.replay.std.err, "mskit: %s: the failure record carries no event; replay it as a file\n", at)
		t.replay.failed(exitReplay)
		return false, nil
	}
	return t.replay.event(ctx, ranges(failure)+" ("+at+")", payload)
}
