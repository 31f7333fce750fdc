package batchtest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
)

// invocationKey is where the context of an invocation has its call.
type invocationKey struct{}

// call is an invocation that runs, or did.
type call struct{ over atomic.Bool }

// ended reports whether the invocation that a context comes from is over.
func ended(ctx context.Context) bool {
	c, ok := ctx.Value(invocationKey{}).(*call)
	return ok && c.over.Load()
}

// verdict is what Lambda makes of an invocation.
type verdict struct {
	fault Fault
	err   error          // the whole batch failed
	named map[place]bool // else: these did
}

func (v verdict) reason() string {
	if v.err != nil {
		return v.err.Error()
	}
	return "the reply names them"
}

// again is what has to be delivered again, in order.
func (v verdict) again(records []*record, how Redelivery) []*record {
	if v.err != nil {
		return records
	}
	var list []*record
	behind := make(map[string]bool) // partitions in which a named record was seen
	for _, r := range records {
		if v.named[place{r.key, r.Offset}] {
			behind[r.key] = true
			list = append(list, r)
		} else if behind[r.key] && how == FromLowestOffset {
			list = append(list, r)
		}
	}
	return list
}

var (
	errCrash   = errors.New("the sandbox died")
	errTimeout = errors.New("the function timed out")
	errGoexit  = errors.New("the handler ended its goroutine")
)

// invoke calls the handler once.
func (m *mapping) invoke(j job, payload []byte) verdict {
	n, fault := m.begin(j)
	v := verdict{fault: fault, err: errCrash}
	if fault != CrashBefore {
		reply, err := m.call(payload)
		switch {
		case fault == CrashAfter:
		case err != nil:
			v.err = err
		default:
			v.named, v.err = m.read(j, reply)
		}
	}
	m.end(n, j, v)
	return v
}

// begin notes an invocation and asks what is to go wrong with it.
func (m *mapping) begin(j job) (n int, f Fault) {
	inv := Invocation{Attempt: j.attempts + 1, Records: make([]string, len(j.records))}
	for i, r := range j.records {
		r.deliveries++
		inv.Records[i] = r.id
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Faults != nil {
		inv.Fault = m.Faults(inv)
	}
	m.report.Invocations = append(m.report.Invocations, inv)
	return len(m.report.Invocations) - 1, inv.Fault
}

func (m *mapping) end(n int, j job, v verdict) {
	m.mu.Lock()
	defer m.mu.Unlock()
	inv := &m.report.Invocations[n]
	inv.Err = v.err
	for _, r := range j.records {
		if v.named[place{r.key, r.Offset}] {
			inv.Named = append(inv.Named, r.id)
		}
	}
}

// call calls the handler as Lambda's runtime does: with a deadline, at which the
// function has failed whatever it does then.
func (m *mapping) call(payload []byte) ([]byte, error) {
	c := &call{}
	ctx, cancel := context.WithTimeout(context.WithValue(m.t.Context(), invocationKey{}, c), m.Timeout)
	defer cancel()
	type result struct {
		reply []byte
		err   error
	}
	results := make(chan result, 1)
	go func() {
		res := result{err: errGoexit}
		defer func() {
			if r := recover(); r != nil {
				res = result{err: fmt.Errorf("panic: %v", r)}
			}
			c.over.Store(true)
			results <- res
		}()
		res.reply, res.err = m.handler.Invoke(ctx, payload)
	}()
	select {
	case res := <-results:
		return res.reply, res.err
	case <-ctx.Done():
		c.over.Store(true)
		return nil, errTimeout
	}
}

// read makes of a reply what Lambda does, and an error of the test of one that
// breaks the contract.
func (m *mapping) read(j job, reply []byte) (map[place]bool, error) {
	m.t.Helper()
	delivered := make(map[place]bool, len(j.records))
	for _, r := range j.records {
		delivered[place{r.key, r.Offset}] = true
	}
	named, err := readReply(reply, func(p place) bool { return delivered[p] })
	if m.ReportBatchItemFailures {
		if err != nil {
			m.errorf("%v: Lambda takes the whole batch for failed", err)
		}
		return named, err
	}
	if len(named) > 0 {
		for _, r := range j.records {
			if named[place{r.key, r.Offset}] {
				settleAs(Dropped, []*record{r})
			}
		}
		m.errorf("the reply names %d records, but without ReportBatchItemFailures nobody reads it: they are lost", len(named))
	}
	return nil, nil
}
