package kafkaevent

import (
	"log/slog"
	"strconv"
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
	s := "kafkaevent: "
	if e.Path != "" {
		s += e.Path + ": "
	}
	s += e.Msg
	if e.Offset >= 0 {
		s += " at byte " + strconv.Itoa(e.Offset)
	}
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

// LogValue gives the parts as attributes.
func (e *Error) LogValue() slog.Value {
	var attrs []slog.Attr
	for _, part := range [...]struct{ key, text string }{{"msg", e.Msg}, {"path", e.Path}, {"hint", e.Hint}} {
		if part.text != "" {
			attrs = append(attrs, slog.String(part.key, part.text))
		}
	}
	if e.Offset >= 0 {
		attrs = append(attrs, slog.Int("offset", e.Offset))
	}
	return slog.GroupValue(attrs...)
}
