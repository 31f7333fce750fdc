package schema

import (
	"fmt"
	"io"
	"log/slog"
	"strconv"
)

// String names the topic, the field and the length, never a byte of the data.
func (in Input) String() string {
	size := "null"
	if in.Data != nil {
		size = strconv.Itoa(len(in.Data)) + " bytes"
	}
	return in.Topic + " " + in.Field.String() + " (" + size + ")"
}

// Format prints String, whatever the verb.
func (in Input) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, in.String()) }

// LogValue gives topic, field and length.
func (in Input) LogValue() slog.Value { return slog.StringValue(in.String()) }

// String names the schema id, where it was found and the length of the body,
// never a byte of it.
func (f Frame) String() string {
	id := f.ID.String()
	if id == "" {
		id = "none"
	}
	return "schema " + id + " from " + f.Origin.String() + " (" + strconv.Itoa(len(f.Body)) + " bytes)"
}

// Format prints String, whatever the verb.
func (f Frame) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, f.String()) }

// LogValue gives what String does.
func (f Frame) LogValue() slog.Value { return slog.StringValue(f.String()) }
