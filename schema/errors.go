package schema

import (
	"errors"
	"log/slog"
)

// Kind says what went wrong and, by [Kind.Retryable], whether the same record
// can succeed later.
type Kind uint8

const (
	// KindUnknown is an error that says nothing of itself. Retryable.
	KindUnknown Kind = iota
	// KindFraming: the bytes do not start as the configured framing wants, or
	// a message index is malformed. Permanent.
	KindFraming
	// KindTruncated: the bytes end too early. Permanent.
	KindTruncated
	// KindTrailing: bytes are left after the value. Permanent.
	KindTrailing
	// KindTooLarge: a size, count or depth is over its cap. Permanent.
	KindTooLarge
	// KindDecode: the bytes are not a value of the schema or type. Permanent.
	KindDecode
	// KindTypeMismatch: the record holds another message type than the decoder
	// was made for. Permanent.
	KindTypeMismatch
	// KindValidation: the value breaks its JSON Schema. Permanent.
	KindValidation
	// KindInvalidSchema: the registered schema cannot be used. Permanent.
	KindInvalidSchema
	// KindIncompatible: writer's and reader's schema do not resolve. Permanent.
	KindIncompatible
	// KindTombstone: there is no value, and a typed handler wants one.
	// Permanent.
	KindTombstone
	// KindUnknownSchema: the registry does not know the id, perhaps not yet.
	// Retryable.
	KindUnknownSchema
	// KindNoSuchSchema: the registry said so often enough. Permanent.
	KindNoSuchSchema
	// KindUnauthorized: the registry refused the credentials (401, 403).
	// Retryable: it is not the record's fault.
	KindUnauthorized
	// KindThrottled: the registry asked to come back later. Retryable.
	KindThrottled
	// KindUnavailable: the registry could not be reached or failed. Retryable.
	KindUnavailable
	// KindUnsupportedRule: the schema obliges readers to do what this decoder
	// cannot (decrypt, migrate). Retryable and never dead-lettered: it is the
	// configuration that is wrong, not the record.
	KindUnsupportedRule
	// KindConfig: the decoder is set up wrongly. Retryable and never
	// dead-lettered.
	KindConfig
)

// Retryable reports whether the same record can succeed later without anybody
// changing it.
func (k Kind) Retryable() bool {
	switch k {
	case KindUnknown, KindUnknownSchema, KindUnauthorized, KindThrottled, KindUnavailable, KindUnsupportedRule, KindConfig:
		return true
	default:
		return false
	}
}

// Config reports whether the fault is in the configuration. Such a record must
// not go to a dead-letter sink.
func (k Kind) Config() bool { return k == KindConfig || k == KindUnsupportedRule }

// String is a lower-case phrase, "unknown schema".
func (k Kind) String() string {
	switch k {
	case KindFraming:
		return "framing"
	case KindTruncated:
		return "truncated"
	case KindTrailing:
		return "trailing bytes"
	case KindTooLarge:
		return "too large"
	case KindDecode:
		return "decode"
	case KindTypeMismatch:
		return "type mismatch"
	case KindValidation:
		return "validation"
	case KindInvalidSchema:
		return "invalid schema"
	case KindIncompatible:
		return "incompatible schemas"
	case KindTombstone:
		return "tombstone"
	case KindUnknownSchema:
		return "unknown schema"
	case KindNoSuchSchema:
		return "no such schema"
	case KindUnauthorized:
		return "unauthorized"
	case KindThrottled:
		return "throttled"
	case KindUnavailable:
		return "registry unavailable"
	case KindUnsupportedRule:
		return "unsupported rule"
	case KindConfig:
		return "configuration"
	default:
		return "unknown"
	}
}

// Error is why one key or value could not be decoded. Its text has the kind,
// ids, paths, offsets and lengths, never a byte of the payload, a codec's own
// words or a credential.
type Error struct {
	Kind  Kind
	ID    ID
	Topic string
	Field Field
	// Path leads to the faulty part of the value, a field path or a JSON
	// pointer; empty for the whole.
	Path string
	// Msg is what was seen and what was wanted, and the next step where one is
	// known.
	Msg string
	// Err is the cause; nil where the cause's text could quote a payload.
	Err error
}

func (e *Error) Error() string {
	s := "schema: "
	if e.Topic != "" {
		s += e.Topic + " "
	}
	s += e.Field.String() + ": " + e.Kind.String()
	if !e.ID.IsZero() {
		s += " (schema id " + e.ID.String() + ")"
	}
	if e.Path != "" {
		s += " at " + e.Path
	}
	if e.Msg != "" {
		s += ": " + e.Msg
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// LogValue gives the parts as attributes.
func (e *Error) LogValue() slog.Value {
	cause := ""
	if e.Err != nil {
		cause = e.Err.Error()
	}
	var attrs []slog.Attr
	for _, part := range [...]struct{ key, text string }{
		{"kind", e.Kind.String()},
		{"field", e.Field.String()},
		{"topic", e.Topic},
		{"schemaId", e.ID.String()},
		{"path", e.Path},
		{"msg", e.Msg},
		{"cause", cause},
	} {
		if part.text != "" {
			attrs = append(attrs, slog.String(part.key, part.text))
		}
	}
	return slog.GroupValue(attrs...)
}

// At fills in where the input came from, for errors made below the place that
// knows it.
func (e *Error) At(in Input) *Error {
	e.Topic, e.Field = in.Topic, in.Field
	return e
}

// Retryable reports whether the same record can succeed later: nil is false,
// an [*Error] goes by its Kind, and any other error, as from a decoder of your
// own, is true.
func Retryable(err error) bool {
	if err == nil {
		return false
	}
	return KindOf(err).Retryable()
}

// KindOf is the kind of the first [*Error] in err's tree, KindUnknown when it
// has none or a nil pointer.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok && e != nil {
		return e.Kind
	}
	return KindUnknown
}
