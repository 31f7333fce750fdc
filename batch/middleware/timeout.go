package middleware

import (
	"context"
	"errors"
	"time"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent"
)

// RecordTimeoutError is the failure of a record whose handler gave up because
// [Timeout] had ended its context. It is transient.
type RecordTimeoutError struct {
	// Limit is the time the record had.
	Limit time.Duration
	// Err is what the handler returned.
	Err error
}

func (e *RecordTimeoutError) Error() string {
	return "middleware: the record took more than " + e.Limit.String() + ": " + e.Err.Error()
}

func (e *RecordTimeoutError) Unwrap() error { return e.Err }

// Timeout ends the context of one record's handler after d. A handler that
// minds its context then fails, and the rest of the batch keeps its time; one
// that does not is left alone until the deadline reserve. Every attempt of
// [batch.WithRetry] has d anew. Zero or less is no limit.
//
// It costs about as much as decoding a small record, so leave it away where
// handlers have time limits of their own.
func Timeout(d time.Duration) batch.Middleware {
	return func(next batch.Handler) batch.Handler {
		if d <= 0 {
			return next
		}
		return batch.HandlerFunc(func(ctx context.Context, r *kafkaevent.Record) error {
			limited, cancel := context.WithTimeout(ctx, d)
			defer cancel()
			err := next.HandleRecord(limited, r)
			if errors.Is(err, context.DeadlineExceeded) && limited.Err() != nil && ctx.Err() == nil {
				return &RecordTimeoutError{Limit: d, Err: err}
			}
			return err
		})
	}
}
