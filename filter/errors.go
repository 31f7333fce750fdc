package filter

import (
	"log/slog"
	"strconv"
	"strings"
)

// Error is one thing wrong with a pattern, and where. [Compile] joins all it
// finds, pattern by pattern.
type Error struct {
	// Pattern is the pattern's number, counted from 1 in the order given; 0
	// when it is none of them.
	Pattern int
	// Line and Col are the position in the pattern's text, counted from 1,
	// columns in characters; 0 when there is none.
	Line, Col int
	// Path leads to the field, "value.device.id"; empty at the top.
	Path string
	// Msg is what was seen and what was wanted.
	Msg string
	// Hint is the next step, where one is known.
	Hint string
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("filter: ")
	if e.Pattern > 0 {
		b.WriteString("pattern ")
		b.WriteString(strconv.Itoa(e.Pattern))
		b.WriteString(", ")
	}
	if e.Line > 0 {
		b.WriteString("line ")
		b.WriteString(strconv.Itoa(e.Line))
		b.WriteString(" col ")
		b.WriteString(strconv.Itoa(e.Col))
		b.WriteString(", ")
	}
	if e.Path != "" {
		b.WriteString(e.Path)
		b.WriteString(": ")
	}
	b.WriteString(e.Msg)
	if e.Hint != "" {
		b.WriteString("; ")
		b.WriteString(e.Hint)
	}
	return b.String()
}

// LogValue gives the parts as attributes.
func (e *Error) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("msg", e.Msg)}
	if e.Pattern > 0 {
		attrs = append(attrs, slog.Int("pattern", e.Pattern))
	}
	if e.Line > 0 {
		attrs = append(attrs, slog.Int("line", e.Line), slog.Int("col", e.Col))
	}
	if e.Path != "" {
		attrs = append(attrs, slog.String("path", e.Path))
	}
	if e.Hint != "" {
		attrs = append(attrs, slog.String("hint", e.Hint))
	}
	return slog.GroupValue(attrs...)
}

// MismatchError says that a record's fate hangs on a part that no pattern can
// be laid on, under [OnMismatch] or [OnTombstone] with [Fail]. It never holds
// a byte of the record.
type MismatchError struct {
	// Field is key or value; empty for a document given to MatchJSON.
	Field string
	// Msg is what was seen.
	Msg string
	// Hint is the next step, where one is known.
	Hint string
}

func (e *MismatchError) Error() string {
	s := "filter: "
	if e.Field != "" {
		s += e.Field + ": "
	}
	s += e.Msg
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

// LogValue gives the parts as attributes.
func (e *MismatchError) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("msg", e.Msg)}
	if e.Field != "" {
		attrs = append(attrs, slog.String("field", e.Field))
	}
	if e.Hint != "" {
		attrs = append(attrs, slog.String("hint", e.Hint))
	}
	return slog.GroupValue(attrs...)
}

// ViewError is the error of a function of a [View], so that callers can tell
// a value that could not be rendered from a pattern's own trouble.
type ViewError struct {
	// Field is key or value.
	Field string
	// Err is what the function returned.
	Err error
}

func (e *ViewError) Error() string { return "filter: " + e.Field + ": view: " + e.Err.Error() }

func (e *ViewError) Unwrap() error { return e.Err }

// LogValue gives the parts as attributes.
func (e *ViewError) LogValue() slog.Value {
	return slog.GroupValue(slog.String("field", e.Field), slog.Any("err", e.Err))
}
