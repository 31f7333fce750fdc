package batch

import (
	"log/slog"
	"slices"
	"time"

	"github.com/mskit-go/mskit/filter"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
)

// Option configures a [Processor]. Where an option is given twice the last one
// counts, unless its comment says otherwise. A nil Option is skipped.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

type config struct {
	order           Order
	planned         planner // nil: by partition
	concurrency     int
	filter          filterer
	views           viewer // nil: the handler's own
	middleware      []Middleware
	sink            sinker
	deadLetterAfter int
	circuit         int
	retry           retrier
	reserve         time.Duration // negative: the default
	logger          *slog.Logger
	observers       []Observer
	zeroCopy        bool
}

// What an option does is behind an interface that is nil without it, so that a
// function links no more than the options it uses.
type (
	filterer interface {
		check() error
		wants(r *run, rec *kafkaevent.Record) (bool, error)
	}
	sinker interface {
		check() error
		put(r *run, i int32, err error) error
		exhausted(r *run, i int32) error
	}
	retrier interface {
		again(r *run, i int32, n int, err error) bool
	}
)

// WithOrder says which records have to run one after the other. The default is
// [ByPartition].
func WithOrder(o Order) Option {
	return optionFunc(func(c *config) { c.order, c.planned = o, o.planner() })
}

// WithConcurrency lets up to n handlers run at once, as far as the order
// allows. The default is 1; less than 1 is 1.
//
// It pays for handlers that wait. One that computes gains nothing below 1,769 MB
// of memory, where Lambda gives a function less than one CPU.
func WithConcurrency(n int) Option {
	return optionFunc(func(c *config) { c.concurrency = max(n, 1) })
}

// WithFilter handles only the records that f matches; the others count as done.
// The default, and the effect of nil, is all. A filter whose patterns name
// something no record has, as {"status":["PAID"]} does instead of
// {"value":{"status":["PAID"]}}, is a configuration error.
//
// Values that are not JSON on the wire are matched on the JSON view of the
// handler's decoder, if it has one ([schema.JSONView]). If the view fails, the
// record goes on to its handler.
func WithFilter(f *filter.Filter) Option {
	return optionFunc(func(c *config) {
		c.filter = nil
		if f != nil {
			c.filter = filtering{f}
		}
	})
}

// WithFilterView says how the filter sees keys and values, for a handler that
// decodes them itself or hides its decoders in a wrapper. The default is the
// views of the handler's own decoders; nil is the bytes as they are.
func WithFilterView(key, value schema.JSONView) Option {
	return optionFunc(func(c *config) { c.views = views{key: key, value: value} })
}

// WithMiddleware wraps the handler; the first listed is outermost. Decoding is
// inside, so middleware sees decode errors and durations too. Every attempt of
// [WithRetry] passes the whole chain. nil is skipped; repeated, the lists add up.
func WithMiddleware(m ...Middleware) Option {
	m = slices.Clone(m)
	return optionFunc(func(c *config) { c.middleware = append(c.middleware, m...) })
}

// WithDeadLetter sends records that will never succeed to s instead of
// reporting them to Lambda, where they would block their partition. The default,
// and the effect of nil, is to report them.
func WithDeadLetter(s DeadLetterSink) Option {
	return optionFunc(func(c *config) {
		c.sink = nil
		if s != nil {
			c.sink = deadLetters{s}
		}
	})
}

// WithDeadLetterAfter makes the n-th failed delivery of one record in this
// sandbox count as permanent, so that it goes to the sink of [WithDeadLetter];
// without a sink it has no effect. The default, and zero, is never.
//
// The event does not say how often a record was tried, so this counts what this
// sandbox has seen: another sandbox counts anew. A registry that fails and a
// wrong configuration do not count; a database that is down does, so n should
// outlast the outages you expect, see [WithCircuitBreaker].
func WithDeadLetterAfter(n int) Option {
	return optionFunc(func(c *config) { c.deadLetterAfter = max(n, 0) })
}

// WithCircuitBreaker stops an invocation early after k consecutive transient
// failures, counted over all partitions: no further record starts, and those
// that have not started are deferred. It is for "the database is down", where
// trying the rest would only take time. The default, and zero, is off.
func WithCircuitBreaker(k int) Option {
	return optionFunc(func(c *config) { c.circuit = max(k, 0) })
}

// WithRetry tries a record again in place after a transient failure. The
// default, and the zero policy, is not to.
func WithRetry(p RetryPolicy) Option {
	return optionFunc(func(c *config) {
		c.retry = nil
		if p.MaxAttempts > 1 {
			c.retry = p
		}
	})
}

// WithDeadlineReserve ends the handlers' context, and starts no further record,
// d before Lambda's deadline, so that the reply is out in time. The default, and
// the effect of a negative d, is the larger of 500 ms and 5 % of the time left at
// the start, but at most half of it. Zero is to run up to the deadline.
//
// A tenth of the reserve, up to 100 ms, is the grace for handlers that notice
// the end of their context late.
func WithDeadlineReserve(d time.Duration) Option {
	return optionFunc(func(c *config) { c.reserve = d })
}

// WithLogger says where to log: warnings for at most 20 failed records an
// invocation and one summary. The default, and the effect of nil, is
// slog.Default() at the time of the invocation. A logger over
// [slog.DiscardHandler] silences it.
func WithLogger(l *slog.Logger) Option {
	return optionFunc(func(c *config) { c.logger = l })
}

// WithObserver adds an observer; repeated, all are told, in order. nil is
// skipped.
func WithObserver(o Observer) Option {
	return optionFunc(func(c *config) {
		if o != nil {
			c.observers = append(c.observers, o)
		}
	})
}

// WithZeroCopy decodes the event in the buffer Lambda delivered it in, which is
// the fastest way. The price: a record's bytes are valid only until its handler
// returns, and a handler that ignores the end of its context is waited for
// instead of being abandoned.
func WithZeroCopy() Option {
	return optionFunc(func(c *config) { c.zeroCopy = true })
}
