package middleware

import (
	"context"
	"log/slog"
	"time"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent"
)

// Log writes one line for every attempt at a record: at debug level when it
// succeeded, at info when it was skipped, else at warn. The line has the
// record's coordinates, sizes, age and duration, and never its bytes. nil is
// slog.Default() at the time of the record.
//
// Package batch logs failures without it, at most 20 an invocation; this is for
// looking closer.
func Log(l *slog.Logger) batch.Middleware {
	return func(next batch.Handler) batch.Handler {
		return batch.HandlerFunc(func(ctx context.Context, r *kafkaevent.Record) error {
			start := time.Now()
			err := next.HandleRecord(ctx, r)
			logger := l
			if logger == nil {
				logger = slog.Default()
			}
			class := batch.ClassOf(err)
			level := levelOf(class)
			if !logger.Enabled(ctx, level) {
				return err
			}
			attrs := append(r.LogValue().Group(),
				slog.Int("keyBytes", len(r.Key)),
				slog.Int("valueBytes", len(r.Value)),
				slog.Duration("duration", time.Since(start)),
			)
			if !r.Timestamp.IsZero() {
				attrs = append(attrs, slog.Duration("age", start.Sub(r.Timestamp)))
			}
			if err != nil {
				attrs = append(attrs, slog.String("class", class.String()), slog.String("error", err.Error()))
			}
			logger.LogAttrs(ctx, level, "record handled", attrs...)
			return err
		})
	}
}

func levelOf(c batch.Class) slog.Level {
	switch c {
	case batch.ClassNone:
		return slog.LevelDebug
	case batch.ClassSkip:
		return slog.LevelInfo
	default:
		return slog.LevelWarn
	}
}
