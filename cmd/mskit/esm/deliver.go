package esm

import (
	"context"
	"time"

	"github.com/mskit-go/mskit/kafkaevent"

	"github.com/mskit-go/mskit/cmd/mskit/runtimeapi"
)

// deliver calls the function until every record of the event is settled. An
// error ends the mapping: the context's cause, or OnFailure's.
func (m *mapping) deliver(ctx context.Context, e *kafkaevent.Event, attempts int) error {
	for e.Len() > 0 {
		payload, err := e.MarshalJSON()
		if err != nil {
			return err
		}
		if len(payload) > runtimeapi.MaxEvent {
			return m.deliverHalves(ctx, e, attempts, kafkaevent.MaximumPayloadSizeExceeded)
		}
		rest, whole := m.invoke(ctx, e, payload)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		m.summary.Succeeded += e.Len() - rest.Len()
		if e = rest; e.Len() == 0 {
			return nil
		}
		if whole && m.BisectBatchOnFunctionError && e.Len() > 1 {
			return m.deliverHalves(ctx, e, attempts, kafkaevent.RetryAttemptsExhausted)
		}
		if m.MaximumRetryAttempts != nil && attempts >= *m.MaximumRetryAttempts {
			return m.giveUp(ctx, kafkaevent.RetryAttemptsExhausted, e)
		}
		attempts++
		select {
		case <-time.After(m.RetryDelay):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// deliverHalves delivers what is too large, or failed as a whole, in two parts,
// one after the other. A single record that cannot be halved is given up.
func (m *mapping) deliverHalves(ctx context.Context, e *kafkaevent.Event, attempts int, single kafkaevent.FailureCondition) error {
	n := e.Len()
	if n == 1 {
		return m.giveUp(ctx, single, e)
	}
	i := 0
	first := pick(e, func(*kafkaevent.Record, string) bool { i++; return i <= n/2 })
	i = 0
	second := pick(e, func(*kafkaevent.Record, string) bool { i++; return i > n/2 })
	if err := m.deliver(ctx, first, attempts); err != nil {
		return err
	}
	return m.deliver(ctx, second, attempts)
}

// invoke returns what is left to deliver, and whether the batch failed as a
// whole.
func (m *mapping) invoke(ctx context.Context, e *kafkaevent.Event, payload []byte) (rest *kafkaevent.Event, whole bool) {
	m.summary.Invocations++
	reply, err := m.function.Invoke(ctx, payload)
	var named map[place]bool
	if err == nil && m.ReportBatchItemFailures {
		named, err = failed(reply, e)
	}
	if err != nil {
		m.summary.FailedInvocations++
		return e, true
	}
	if len(named) > 0 {
		m.summary.PartialFailures++
	}
	lowest := make(map[string]int64)
	for at := range named {
		if low, ok := lowest[at.partition]; !ok || at.offset < low {
			lowest[at.partition] = at.offset
		}
	}
	return pick(e, func(r *kafkaevent.Record, key string) bool {
		if low, ok := lowest[key]; ok && m.FromLowestOffset {
			return r.Offset >= low
		}
		return named[place{key, r.Offset}]
	}), false
}

func (m *mapping) giveUp(ctx context.Context, why kafkaevent.FailureCondition, e *kafkaevent.Event) error {
	if m.OnFailure == nil {
		m.summary.Dropped += e.Len()
		return nil
	}
	if err := m.OnFailure(ctx, why, e); err != nil {
		return err
	}
	m.summary.GivenUp += e.Len()
	return nil
}

// pick is the event with the records that keep wants, asked in their order.
func pick(e *kafkaevent.Event, keep func(r *kafkaevent.Record, key string) bool) *kafkaevent.Event {
	picked := &kafkaevent.Event{Source: e.Source, SourceARN: e.SourceARN, BootstrapServers: e.BootstrapServers}
	for _, p := range e.Partitions {
		var records []kafkaevent.Record
		for i := range p.Records {
			if keep(&p.Records[i], p.Key) {
				records = append(records, p.Records[i])
			}
		}
		if len(records) > 0 {
			picked.Partitions = append(picked.Partitions, kafkaevent.Partition{Key: p.Key, Records: records})
		}
	}
	return picked
}
