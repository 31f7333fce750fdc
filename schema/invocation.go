package schema

import (
	"context"
	"sync"
	"time"
)

// BeginInvocation returns a context that stands for one invocation of the
// function. A [Cache] counts by it what must not be counted per record: how
// often a failing registry is asked, and how often an unknown schema id is.
// Package batch calls it; code that decodes in a loop of its own should call it
// once before the loop.
//
// Without one, a Cache takes one second for an invocation.
func BeginInvocation(ctx context.Context) context.Context {
	return context.WithValue(ctx, invocationKey{}, new(invocation))
}

const implicitInvocation = time.Second

type invocationKey struct{}

// invocation has one budget for each [*Cache] whose registry failed in it. The
// key is any, because the type of the map would link the cache into functions
// that have none.
type invocation struct {
	mu      sync.Mutex
	budgets map[any]budget
}

// budget is what an invocation has spent on one failing registry.
type budget struct {
	failures int
	last     *Error
}

// spend notes that cost requests failed, the last of them with err.
func (inv *invocation) spend(c *Cache, cost int, err *Error) {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if inv.budgets == nil {
		inv.budgets = make(map[any]budget)
	}
	inv.budgets[c] = budget{inv.budgets[c].failures + cost, err.clone()}
}

// spent is the error for requests that are no longer made, nil while the budget
// lasts.
func (inv *invocation) spent(c *Cache) *Error {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	b := inv.budgets[c]
	if b.failures < c.cfg.failureBudget {
		return nil
	}
	return &Error{Kind: b.last.Kind, Msg: "the registry failed before and is not asked again in this invocation", Err: b.last.clone()}
}

// invocation is the caller's, or one that lasts a second. It is called with
// c.mu held.
func (c *Cache) invocation(ctx context.Context) *invocation {
	if inv, ok := ctx.Value(invocationKey{}).(*invocation); ok {
		return inv
	}
	if c.implicit == nil || elapsed(c.implicitSince, implicitInvocation) {
		c.implicit, c.implicitSince = new(invocation), now()
	}
	return c.implicit
}
