package batch

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
)

// Processor runs a handler over the records of an event. It has the method that
// lambda.Start looks for, so it goes there as it is; one processor serves any
// number of invocations at once.
type Processor struct {
	config

	handler    Handler // in its middleware
	root       Handler // as it was given
	runLane    laneRunner
	slicing    bool                // root takes records in slices
	incomplete func(*Result) error // the error of an invocation that left records; nil: it replies with their names
	err        error               // the processor is set up wrongly

	history     history
	framedNoted atomic.Bool
	lent        sync.Pool // of *lentHeaders
}

// NewPartial is for an event source mapping with ReportBatchItemFailures: the
// reply names the records that Lambda shall deliver again. Without that setting
// Lambda ignores the reply and failed records are lost; use [NewAllOrNothing].
//
// Invoke returns an error only for a payload that is no Kafka event
// ([*InvalidEventError]), for a wrong set-up ([*ConfigurationError]) and for a
// reply over 6 MB ([*ReplyTooLargeError]).
func NewPartial(h Handler, opts ...Option) *Processor {
	return newProcessor(h, nil, opts)
}

// NewAllOrNothing is for an event source mapping without
// ReportBatchItemFailures: when a record fails, no further one starts, and
// Invoke returns an [*IncompleteBatchError], upon which Lambda delivers the
// whole batch again.
func NewAllOrNothing(h Handler, opts ...Option) *Processor {
	return newProcessor(h, incompleteBatch, opts)
}

func newProcessor(h Handler, incomplete func(*Result) error, opts []Option) *Processor {
	p := &Processor{config: config{concurrency: 1, reserve: -1}, incomplete: incomplete}
	p.lent.New = newLentHeaders
	for _, o := range opts {
		if o != nil {
			o.apply(&p.config)
		}
	}
	p.root, p.runLane = h, (*worker).recordLane
	if f := runnerFor(h); f != nil {
		p.runLane, p.slicing = f, true
	}
	p.handler, p.err = p.chain(h)
	return p
}

// chain wraps h in the middleware. Everything wrong with the set-up comes to
// light here and is kept for Invoke to return.
func (p *Processor) chain(h Handler) (Handler, error) {
	if err := configErrorOf(h, "the handler"); err != nil {
		return nil, err
	}
	if p.order > Unordered {
		return nil, configErrorf("unknown order %d", p.order)
	}
	if p.sink != nil {
		if err := p.sink.check(); err != nil {
			return nil, err
		}
	}
	if p.slicing && len(p.middleware) > 0 {
		return nil, configErrorf("batch.Slices takes many records at once and middleware wraps single ones; do without one of them")
	}
	if p.filter != nil {
		if err := p.filter.check(); err != nil {
			return nil, err
		}
	}
	// Around each, so that what is outside sees a panic as an error.
	h = guarded{h}
	for i := len(p.middleware) - 1; i >= 0; i-- {
		m := p.middleware[i]
		if m == nil {
			continue
		}
		err := protect(func() error {
			h = m(h)
			return configErrorOf(h, "the handler that a middleware returned")
		})
		if err != nil {
			return nil, asConfigError(err)
		}
		if _, ok := h.(guarded); !ok {
			h = guarded{h}
		}
	}
	return h, nil
}

// Invoke processes one event and returns the partial batch reply.
func (p *Processor) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	_, reply, err := p.run(ctx, func() (*kafkaevent.Event, error) {
		if p.zeroCopy {
			return kafkaevent.ParseInPlace(payload)
		}
		return kafkaevent.Parse(payload)
	})
	return reply, err
}

// Process is Invoke for an event that is parsed already. The result is never
// nil; the error is the one Invoke would return.
func (p *Processor) Process(ctx context.Context, e *kafkaevent.Event) (*Result, error) {
	res, _, err := p.run(ctx, func() (*kafkaevent.Event, error) {
		if e == nil {
			return nil, errors.New("the event is nil")
		}
		return e, nil
	})
	return res, err
}

func (p *Processor) run(ctx context.Context, parse func() (*kafkaevent.Event, error)) (*Result, []byte, error) {
	res := &Result{Started: time.Now()}
	reply, err := p.into(ctx, res, parse)
	res.Err = err
	res.Duration = time.Since(res.Started)
	for _, o := range p.observers {
		if err := protect(func() error { o.ObserveBatch(ctx, res); return nil }); err != nil {
			p.log(ctx).observerFailed(err)
		}
	}
	return res, reply, err
}

// into fills in res.
func (p *Processor) into(ctx context.Context, res *Result, parse func() (*kafkaevent.Event, error)) ([]byte, error) {
	switch {
	case p.err != nil:
		return nil, p.err
	case p.handler == nil:
		return nil, configErrorf("a Processor that is none of batch.NewPartial or batch.NewAllOrNothing")
	}
	e, err := parse()
	if err != nil {
		return nil, &InvalidEventError{Err: err}
	}
	window := p.window(ctx, res.Started)
	hctx, cancel := window.handlers(schema.BeginInvocation(ctx), res.Started)
	defer cancel()

	r := newRun(hctx, p, e)
	r.start(window.grace)
	r.tally(res)
	r.report(p.log(ctx), res, window)

	reply := res.Response.appendJSON(nil)
	switch {
	case p.incomplete != nil && len(res.Response.BatchItemFailures) > 0:
		return nil, p.incomplete(res)
	case len(reply) > maxReply:
		return nil, &ReplyTooLargeError{Size: len(reply)}
	default:
		return reply, nil
	}
}

func (c *config) log(ctx context.Context) logger {
	l := c.logger
	if l == nil {
		l = slog.Default()
	}
	return logger{ctx: ctx, l: l}
}
