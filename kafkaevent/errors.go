package kafkaevent

import (
	"log/slog"
	"strconv"
	"strings"
)

// Error says what of a payload is wrong and where. A payload that is no event
// at all is the error of [Parse]; a record that cannot be decoded carries its
// own, as [Record.Err]. Neither goes away by a retry.
//
// It never holds a byte of a key, a value or a header.
type Error struct {
	// Offset is the position in the payload, in bytes; -1 when there is none.
	Offset int
	// Path leads to the faulty part, `records["orders-0"][3].value`; empty for
	// the payload as a whole.
	Path string
	// Msg is what was seen and what was wanted.
	Msg string
	// Hint is the next step, where one is known.
	Hint string
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("kafkaevent: ")
	if e.Path != "" {
		b.WriteString(e.Path)
		b.WriteString(": ")
	}
	b.WriteString(e.Msg)
	if e.Offset >= 0 {
		b.WriteString(" at byte ")
		b.WriteString(strconv.Itoa(e.Offset))
	}
	if e.Hint != "" {
		b.WriteString("; ")
		b.WriteString(e.Hint)
	}
	return b.String()
}

// LogValue gives the parts as attributes.
func (e *Error) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("msg", e.Msg)}
	if e.Path != "" {
		attrs = append(attrs, slog.String("path", e.Path))
	}
	if e.Offset >= 0 {
		attrs = append(attrs, slog.Int("offset", e.Offset))
	}
	if e.Hint != "" {
		attrs = append(attrs, slog.String("hint", e.Hint))
	}
	return slog.GroupValue(attrs...)
}
