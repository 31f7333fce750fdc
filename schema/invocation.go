package schema

import (
	"context"
	"sync"
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

type invocationKey struct{}

// invocation has one budget for each cache that was asked in it.
type invocation struct {
	mu      sync.Mutex
	budgets map[*Cache]*budget
}

func invocationFrom(ctx context.Context) *invocation {
	inv, _ := ctx.Value(invocationKey{}).(*invocation)
	return inv
}

// budget is what an invocation has spent on one failing registry.
type budget struct {
	failures int
	last     *Error
}
