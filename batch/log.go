package batch

import (
	"context"
	"errors"
	"log/slog"

	"github.com/mskit-go/mskit/kafkaevent"
)

// maxRecordLogs bounds what one invocation logs of single records.
const maxRecordLogs = 20

// logger is the log of one invocation. Nothing it is given holds a payload, and
// a handler that panics changes nothing.
type logger struct {
	ctx context.Context
	l   *slog.Logger
}

//go:noinline // it would be six times the closure and its recovery
func (l logger) log(level slog.Level, msg string, attrs ...slog.Attr) {
	_ = protect(func() error {
		l.l.LogAttrs(l.ctx, level, msg, attrs...)
		return nil
	})
}

// observerFailed says that an observer panicked.
func (l logger) observerFailed(err error) {
	l.log(slog.LevelError, "batch: observer failed", errorAttrs(err)...)
}

// report logs what the operator has to know of this invocation, in document
// order, whatever order the records ran in.
func (r *run) report(log logger, res *Result, w window) {
	logged := 0
	for _, s := range r.settled {
		if s.times == 2 {
			r.reportPoison(log, s)
		}
		if logged < maxRecordLogs {
			r.reportRecord(log, s)
			logged++
		}
	}
	if res.Records > 0 && res.Deferred == res.Records && w.left != noDeadline && r.ctx.Err() != nil {
		log.log(slog.LevelError, "batch: no record could start: the deadline reserve is as long as the time that was left",
			slog.Duration("left", w.left), slog.Duration("reserve", w.reserve))
	}
	switch {
	case res.Failed+res.Deferred > 0:
		attrs := res.attrs()
		if why := r.cause(); why != "" {
			attrs = append(attrs, slog.String("stopped", why))
		}
		log.log(slog.LevelWarn, "batch: records are left for another delivery", attrs...)
	case res.Skipped+res.DeadLettered > 0:
		log.log(slog.LevelInfo, "batch: done, with records skipped or dead-lettered", res.attrs()...)
	default:
		log.log(slog.LevelDebug, "batch: done", res.attrs()...)
	}
}

// cause says why records were deferred, beyond failures before them.
func (r *run) cause() string {
	switch {
	case r.ctx.Err() != nil:
		return "out of time"
	case r.halted.Load() && r.incomplete != nil:
		return "a record failed"
	case r.halted.Load():
		return "circuit open: consecutive transient failures"
	default:
		return ""
	}
}

func (r *run) reportRecord(log logger, s settlement) {
	level, msg := slog.LevelWarn, "batch: record failed"
	switch s.outcome {
	case skipped:
		level, msg = slog.LevelInfo, "batch: record skipped"
	case deadLettered:
		msg = "batch: record dead-lettered"
	}
	if s.times > 1 {
		r.logRecord(log, level, msg, s.at, s.err, slog.Int("failures", s.times))
	} else {
		r.logRecord(log, level, msg, s.at, s.err)
	}
}

// reportRetry is logged at once: the retry may succeed, and then nothing else
// would tell of a panic.
func (r *run) reportRetry(i int32, n int, err error) {
	level := slog.LevelDebug
	if _, ok := errors.AsType[*PanicError](err); ok {
		level = slog.LevelWarn
	}
	r.logRecord(r.log(r.ctx), level, "batch: trying the record again", i, err, slog.Int("attempt", n))
}

// reportFramed says that the filter cannot see into what it passes.
func (r *run) reportFramed(rec *kafkaevent.Record) {
	r.log(r.ctx).log(slog.LevelWarn, "batch: the filter's pattern looks at a key or value that is framed for a schema registry, and passes such records unread; "+
		"use a decoder with a JSON view, or batch.WithFilterView (logged once)", slog.String("topic", rec.Topic))
}

// reportPoison points out, once, a record that came again and failed again.
func (r *run) reportPoison(log logger, s settlement) {
	msg := "batch: the same record failed again"
	if r.sink == nil {
		msg += "; without batch.WithDeadLetter or an on-failure destination it holds up what is behind it"
	}
	r.logRecord(log, slog.LevelError, msg, s.at, s.err, slog.Int("failures", s.times))
}

// logRecord logs what became of one record: its coordinates, its error, and
// more.
func (r *run) logRecord(log logger, level slog.Level, msg string, i int32, err error, more ...slog.Attr) {
	attrs := append(coordinateAttrs(r.placeOf(i).topic, r.offsets[i]), errorAttrs(err)...)
	log.log(level, msg, append(attrs, more...)...)
}

//go:noinline // two slices of attributes would be 600 bytes
func coordinateAttrs(tp kafkaevent.TopicPartition, offset int64) []slog.Attr {
	return []slog.Attr{
		slog.String("topic", tp.Topic),
		slog.Int("partition", int(tp.Partition)),
		slog.Int64("offset", offset),
	}
}

func outcomeAttrs(c Class, err error) []slog.Attr {
	return []slog.Attr{slog.String("class", c.String()), slog.String("error", textOf(err))}
}

// errorAttrs are the same whatever the error, so that a log index is not
// confused by attributes that are text once and an object next time.
func errorAttrs(err error) []slog.Attr {
	attrs := outcomeAttrs(ClassOf(err), err)
	_ = protect(func() error { // it may have an As method
		if p, ok := errors.AsType[*PanicError](err); ok {
			attrs = append(attrs, slog.String("stack", p.Stack))
		}
		return nil
	})
	return attrs
}

// textOf survives an Error method that panics.
func textOf(err error) (text string) {
	if err == nil {
		return "no error"
	}
	if protect(func() error { text = err.Error(); return nil }) != nil {
		return "an error whose Error method panics"
	}
	return text
}
