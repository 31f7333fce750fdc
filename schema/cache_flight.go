package schema

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// flight is one request that any number of callers wait for. It runs on a
// context of its own, so that the first caller's cancellation does not fail the
// others, and ends with the last of them, so that nothing outlives the
// invocation.
type flight struct {
	key     cacheKey
	cancel  context.CancelFunc
	waiting int           // under Cache.mu
	landed  chan struct{} // closed when schema and err are set
	schema  *Schema
	err     *Error
}

// takeOff begins a request. It is called with c.mu held.
func (c *Cache) takeOff(ctx context.Context, key cacheKey, inv *invocation) *flight {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.cfg.fetchTimeout)
	f := &flight{key: key, cancel: cancel, landed: make(chan struct{})}
	c.flights[key] = f
	c.stats.Fetches++
	go func() {
		defer cancel()
		start := time.Now()
		var schema *Schema
		var err error = &Error{Kind: KindUnavailable, Msg: fmt.Sprintf("the registry %T left its goroutine", c.reg)}
		defer func() { c.land(f, inv, schema, err, time.Since(start), ctx.Err()) }()
		schema, err = c.fetch(ctx, key)
	}()
	return f
}

// wait is one caller's share of a flight.
func (c *Cache) wait(ctx context.Context, f *flight) (*Schema, error) {
	select {
	case <-f.landed:
	case <-ctx.Done():
		c.mu.Lock()
		f.waiting--
		if f.waiting == 0 {
			f.cancel()
			if c.flights[f.key] == f {
				delete(c.flights, f.key) // whoever comes now wants an answer
			}
		}
		c.mu.Unlock()
		return nil, &Error{Kind: KindUnavailable, ID: f.key.id, Msg: "the registry had not answered when the context ended", Err: ctx.Err()}
	}
	if f.err != nil {
		return nil, f.err.clone()
	}
	return f.schema, nil
}

// fetch asks the registry. Whatever it does, a panic included, is an error
// here: the flight must land.
func (c *Cache) fetch(ctx context.Context, key cacheKey) (s *Schema, err error) {
	defer func() {
		if p := recover(); p != nil {
			s, err = nil, &Error{Kind: KindUnavailable, Msg: fmt.Sprintf("the registry %T panicked with a %T", c.reg, p)}
		}
	}()
	if key.id.IsZero() {
		s, err = latest(ctx, c.reg, key.subject)
	} else {
		s, err = c.reg.Schema(ctx, key.id)
	}
	if e, ok := err.(*Error); ok && e == nil { //nolint:errorlint // a nil pointer that became an error
		err = nil
	}
	if err == nil && s == nil {
		err = &Error{Kind: KindUnavailable, Msg: fmt.Sprintf("the registry %T returned neither a schema nor an error", c.reg)}
	}
	return s, err
}

// land hands the result to those who wait and remembers it for those to come.
// ended is the end of the flight's own context, nil while that goes on.
func (c *Cache) land(f *flight, inv *invocation, s *Schema, err error, took time.Duration, ended error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer close(f.landed)
	if c.flights[f.key] == f {
		delete(c.flights, f.key)
	}
	c.stats.FetchTime += took

	if err == nil {
		f.schema = s
		c.keep(f.key, s)
		return
	}
	e, _ := errors.AsType[*Error](err)
	if e != nil {
		e = e.clone()
	} else {
		e = &Error{Kind: KindUnavailable, Err: err}
	}
	e.ID = f.key.id
	f.err = e
	switch {
	case errors.Is(ended, context.Canceled):
		// Nobody waits any more; the registry is not to blame.
	case e.Kind == KindUnknownSchema || e.Kind.Config() || !e.Kind.Retryable():
		f.err = c.unknown(f.key, inv, e)
	default:
		c.stats.Failures++
		cost := 1
		if ended != nil {
			cost = c.cfg.failureBudget
		}
		inv.spend(c, cost, e)
	}
}

// keep remembers a schema by its id and, if it was asked for so, as the latest
// of its subject. It is called with c.mu held.
func (c *Cache) keep(key cacheKey, s *Schema) {
	c.missing.remove(key)
	id := key.id
	if id.IsZero() {
		c.latest.put(key.subject, latestEntry{s, now()}, 0)
		id = s.ID
	}
	if !id.IsZero() {
		c.schemas.put(id, s, s.size())
	}
}
