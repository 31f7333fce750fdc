package batch

import (
	"context"
	"math/rand/v2"
	"time"
)

// RetryPolicy is how a record is tried again in place after a transient
// failure. Between two attempts there is a pause of a random length between
// zero and BaseDelay, doubled for every further attempt up to MaxDelay ("full
// jitter"). A pause that would pass the deadline reserve is not begun: the
// record is then reported to Lambda.
type RetryPolicy struct {
	// MaxAttempts counts the first call too; 0 and 1 are no retry.
	MaxAttempts int
	// BaseDelay is 100 ms when zero.
	BaseDelay time.Duration
	// MaxDelay is 5 s when zero.
	MaxDelay time.Duration
}

// again reports whether a record is to be tried once more after n attempts, the
// last of which gave err. It takes the pause that is due.
func (p RetryPolicy) again(r *run, i int32, n int, err error) bool {
	if n >= p.MaxAttempts || ClassOf(err) != ClassTransient || r.stopped() {
		return false
	}
	if r.retryLogs.Add(1) <= maxRecordLogs {
		r.reportRetry(i, n, err)
	}
	return p.pause(r.ctx, n)
}

// limit is the longest pause after that many attempts.
func (p RetryPolicy) limit(attempts int) time.Duration {
	base, most := p.BaseDelay, p.MaxDelay
	if base <= 0 {
		base = 100 * time.Millisecond
	}
	if most <= 0 {
		most = 5 * time.Second
	}
	for range attempts - 1 {
		if base >= most/2 {
			return most
		}
		base *= 2
	}
	return min(base, most)
}

// pause waits after that many attempts. False: there is no time for another.
func (p RetryPolicy) pause(ctx context.Context, attempts int) bool {
	d := rand.N(p.limit(attempts))
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= d {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
