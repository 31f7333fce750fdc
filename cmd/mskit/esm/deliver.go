package esm

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/mskit-go/mskit/kafkaevent"

	"github.com/mskit-go/mskit/cmd/mskit/runtimeapi"
)

// delivery is a batch, or a part of one, on its way.
type delivery struct {
	event    *kafkaevent.Event
	attempts int           // how often it was tried again
	delay    time.Duration // before it is tried again
	calls    int           // of the function
	err      error         // of the last call, if that failed as a whole
}

// deliver calls the function until every record is settled. An error ends the
// mapping, but for errLeft; what is not settled then is left undone.
func (m *Mapping) deliver(ctx context.Context, d delivery) error {
	for {
		if err := m.expire(ctx, &d); err != nil {
			return err
		}
		if d.event.Len() == 0 {
			return nil
		}
		payload, err := d.event.MarshalJSON()
		if err != nil {
			m.leave(d.event)
			return err
		}
		if len(payload) > runtimeapi.MaxEvent {
			return m.deliverHalves(ctx, d, kafkaevent.MaximumPayloadSizeExceeded)
		}
		rest := m.invoke(ctx, &d, payload)
		if ctx.Err() != nil {
			m.leave(d.event)
			return context.Cause(ctx)
		}
		m.count(func(s *Summary) { s.Succeeded += d.event.Len() - rest.Len() })
		if d.event = rest; rest.Len() == 0 {
			return nil
		}
		if d.err != nil && m.config.BisectBatchOnFunctionError && rest.Len() > 1 {
			if m.wanted() {
				m.leave(d.event)
				return errLeft
			}
			return m.deliverHalves(ctx, d, kafkaevent.RetryAttemptsExhausted)
		}
		if most := m.config.MaximumRetryAttempts; most != nil && d.attempts >= *most {
			return m.giveUp(ctx, kafkaevent.RetryAttemptsExhausted, d)
		}
		if err := m.pause(ctx, &d); err != nil {
			m.leave(d.event)
			return err
		}
	}
}

// pause waits before a batch is tried again. It is the moment to leave the batch
// when the mapping stops or a rebalance waits.
func (m *Mapping) pause(ctx context.Context, d *delivery) error {
	if d.attempts++; d.attempts == 1 {
		d.delay = m.config.RetryDelay
	} else {
		d.delay = max(d.delay, min(2*d.delay, m.config.MaximumRetryDelay))
	}
	if m.wanted() { // without a delay, select would choose at random
		return errLeft
	}
	select {
	case <-time.After(d.delay):
		return nil
	case <-m.stopping.Done():
		return errLeft
	case <-m.yield:
		return errLeft
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// leave notes what comes again.
func (m *Mapping) leave(e *kafkaevent.Event) {
	for r := range e.Records() {
		if low, ok := m.undone[r.Partition]; !ok || r.Offset < low {
			m.undone[r.Partition] = r.Offset
		}
	}
	m.count(func(s *Summary) { s.Returned += e.Len() })
}

// deliverHalves delivers what is too large, or failed as a whole, in two parts,
// one after the other. A single record that cannot be halved is given up.
func (m *Mapping) deliverHalves(ctx context.Context, d delivery, single kafkaevent.FailureCondition) error {
	n := d.event.Len()
	if n == 1 {
		return m.giveUp(ctx, single, d)
	}
	i := 0
	first, second := d, d
	first.event, second.event = split(d.event, func(*kafkaevent.Record, string) bool { i++; return i <= n/2 })
	err := m.deliver(ctx, first)
	if err == nil && m.wanted() {
		err = errLeft
	}
	if err != nil {
		m.leave(second.event)
		return err
	}
	return m.deliver(ctx, second)
}

// wanted is whether the mapping stops or a rebalance waits.
func (m *Mapping) wanted() bool {
	select {
	case <-m.stopping.Done():
		return true
	case <-m.yield:
		return true
	default:
		return false
	}
}

// invoke calls the function and gives what is left to deliver.
func (m *Mapping) invoke(ctx context.Context, d *delivery, payload []byte) *kafkaevent.Event {
	retried := 0
	if d.calls++; d.calls > 1 {
		retried = d.event.Len()
	}
	reply, err := m.function.Invoke(ctx, payload)
	var named map[place]bool
	if err == nil && m.config.ReportBatchItemFailures {
		named, err = failed(reply, d.event)
	}
	d.err = err
	m.count(func(s *Summary) {
		s.Invocations++
		s.Retried += retried
		switch {
		case err != nil:
			s.FailedInvocations++
		case len(named) > 0:
			s.PartialFailures++
		}
	})
	if err != nil {
		return d.event
	}
	return m.again(d.event, named)
}

// again is what comes again after a reply that names these places.
func (m *Mapping) again(e *kafkaevent.Event, named map[place]bool) *kafkaevent.Event {
	if len(named) == 0 {
		return &kafkaevent.Event{}
	}
	behind := make(map[string]bool) // partitions of which a record was seen that is named
	rest, _ := split(e, func(r *kafkaevent.Record, key string) bool {
		again := named[place{key, r.Offset}] || behind[key]
		behind[key] = again && m.config.FromLowestOffset
		return again
	})
	return rest
}

// expire gives up what has become too old.
func (m *Mapping) expire(ctx context.Context, d *delivery) error {
	if m.config.MaximumRecordAge <= 0 {
		return nil
	}
	oldest := time.Now().Add(-m.config.MaximumRecordAge)
	old := *d
	old.event, d.event = split(d.event, func(r *kafkaevent.Record, _ string) bool {
		return !r.Timestamp.IsZero() && r.Timestamp.Before(oldest)
	})
	n := old.event.Len()
	if n == 0 {
		return nil
	}
	if err := m.giveUp(ctx, kafkaevent.RetryAttemptsExhausted, old); err != nil {
		m.leave(d.event)
		return err
	}
	m.count(func(s *Summary) { s.Expired += n })
	return nil
}

func (m *Mapping) giveUp(ctx context.Context, why kafkaevent.FailureCondition, d delivery) error {
	n := d.event.Len()
	if m.config.OnFailure == nil {
		m.count(func(s *Summary) { s.Dropped += n })
		return nil
	}
	f := &Failure{Condition: why, InvokeCount: d.calls, Err: d.err, Time: time.Now(), Event: d.event}
	if d.calls > 0 {
		f.Response = &kafkaevent.FailureResponse{StatusCode: http.StatusOK, ExecutedVersion: "$LATEST"}
		if d.err != nil {
			f.Response.FunctionError = "Unhandled"
		}
	}
	if err := m.config.OnFailure.Put(ctx, f); err != nil {
		m.leave(d.event)
		return fmt.Errorf("esm: on-failure destination: %w", err)
	}
	m.count(func(s *Summary) { s.GivenUp += n })
	return nil
}

// split parts an event into the records that match, asked in their order, and
// the others.
func split(e *kafkaevent.Event, match func(r *kafkaevent.Record, key string) bool) (these, others *kafkaevent.Event) {
	these = &kafkaevent.Event{Source: e.Source, SourceARN: e.SourceARN, BootstrapServers: e.BootstrapServers}
	others = &kafkaevent.Event{Source: e.Source, SourceARN: e.SourceARN, BootstrapServers: e.BootstrapServers}
	for _, p := range e.Partitions {
		for i := range p.Records {
			to := others
			if match(&p.Records[i], p.Key) {
				to = these
			}
			if n := len(to.Partitions); n == 0 || to.Partitions[n-1].Key != p.Key {
				to.Partitions = append(to.Partitions, kafkaevent.Partition{Key: p.Key})
			}
			last := &to.Partitions[len(to.Partitions)-1]
			last.Records = append(last.Records, p.Records[i])
		}
	}
	return these, others
}
