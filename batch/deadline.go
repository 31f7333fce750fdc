package batch

import (
	"context"
	"time"
)

// noDeadline stands for the time left where the context has no deadline.
const noDeadline = time.Duration(-1)

// window is when an invocation has to stop working so that its reply is in
// time.
type window struct {
	left    time.Duration // at the start; noDeadline
	reserve time.Duration
	grace   time.Duration
}

func (c *config) window(ctx context.Context, now time.Time) window {
	w := window{left: noDeadline, grace: maxGrace}
	end, ok := ctx.Deadline()
	if !ok {
		return w
	}
	w.left = max(end.Sub(now), 0)
	w.reserve = c.reserve
	if w.reserve < 0 {
		w.reserve = min(max(500*time.Millisecond, w.left/20), w.left/2)
	}
	w.grace = min(w.reserve/10, maxGrace)
	return w
}

// maxGrace is how long a handler may need to notice the end of its context and
// still have its outcome counted.
const maxGrace = 100 * time.Millisecond

// handlers is the context of handlers and sinks: one for the whole batch, since
// one per record would cost more than most records.
func (w window) handlers(ctx context.Context, now time.Time) (context.Context, context.CancelFunc) {
	if w.left == noDeadline {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, now.Add(w.left-w.reserve))
}
