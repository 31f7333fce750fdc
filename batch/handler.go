package batch

import (
	"context"
	"reflect"

	"github.com/mskit-go/mskit/kafkaevent"
)

// Handler processes one record. The error says what becomes of the record, see
// [ClassOf].
//
// ctx ends at the deadline reserve ([WithDeadlineReserve]). A handler that goes
// on after that is abandoned: its record counts as failed whatever the handler
// returns in the end.
type Handler interface {
	HandleRecord(ctx context.Context, r *kafkaevent.Record) error
}

// HandlerFunc is a function as a [Handler]. It sees tombstones and records
// without a key as they are.
type HandlerFunc func(ctx context.Context, r *kafkaevent.Record) error

// HandleRecord calls f.
func (f HandlerFunc) HandleRecord(ctx context.Context, r *kafkaevent.Record) error {
	return f(ctx, r)
}

// Middleware wraps a handler, see [WithMiddleware].
type Middleware func(Handler) Handler

// configChecker is the optional method of handlers and decoders that know, once
// constructed, that they cannot work.
type configChecker interface{ ConfigError() error }

// errorIfNil is the error for something that is nil and must not be.
func errorIfNil(isNil bool, what string) error {
	if isNil {
		return configErrorf("%s is nil", what)
	}
	return nil
}

// configErrorOf is what makes v unusable: v is nil, a nil pointer or func, or it
// says so itself.
func configErrorOf(v any, what string) error {
	if v == nil {
		return configErrorf("%s is nil", what)
	}
	switch rv := reflect.ValueOf(v); rv.Kind() {
	case reflect.Pointer, reflect.Func, reflect.Map:
		if rv.IsNil() {
			return configErrorf("%s is nil (%T)", what, v)
		}
	default:
	}
	c, ok := v.(configChecker)
	if !ok {
		return nil
	}
	if err := protect(c.ConfigError); err != nil {
		return asConfigError(err)
	}
	return nil
}
