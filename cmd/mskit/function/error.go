package function

import (
	"encoding/json"
	"errors"
	"log/slog"
)

// ErrCannotStart is the cause of an [InitFailed] whose command is not there or
// is no program that may be run: there is no use in trying again.
var ErrCannotStart = errors.New("cannot start")

// Kind tells the ways of failing apart.
type Kind uint8

const (
	// InitFailed: the process could not be started, reported an init error,
	// ended before it asked for an event, or did not ask in time.
	InitFailed Kind = iota + 1
	// Crashed: the process ended without an answer.
	Crashed
	// TimedOut: no answer within the timeout; the process was killed, as
	// Lambda does.
	TimedOut
	// Failed: the function reported an error.
	Failed
	// BadReply: the reply is not JSON, so Lambda takes the whole batch for
	// failed.
	BadReply
)

func (k Kind) String() string {
	switch k {
	case InitFailed:
		return "init error"
	case Crashed:
		return "crash"
	case TimedOut:
		return "timeout"
	case Failed:
		return "function error"
	case BadReply:
		return "reply is not JSON"
	}
	return "unknown"
}

// Error is a failure of the function. Whatever its kind, Lambda retries the
// whole batch.
type Error struct {
	Kind Kind
	// Message says what happened; for [Failed] it is the function's own text.
	Message string
	// Type is the errorType of a function's own report: the Go type, the
	// Python class. Empty otherwise.
	Type string
	// Stack is the stack trace of that report as JSON, if it has one.
	Stack json.RawMessage
	// Err is the cause, if there is one.
	Err error
}

func (e *Error) Error() string {
	text := e.Kind.String() + ": "
	if e.Type != "" {
		text += e.Type + ": "
	}
	return text + e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// LogValue gives the parts as attributes.
func (e *Error) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("kind", e.Kind.String()), slog.String("msg", e.Message)}
	if e.Type != "" {
		attrs = append(attrs, slog.String("type", e.Type))
	}
	return slog.GroupValue(attrs...)
}
