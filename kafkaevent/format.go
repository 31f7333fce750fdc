package kafkaevent

import (
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
)

// What is printed or logged of an event must never hold a key, a value or a
// header's value: logs live longer and are read by more people than topics.
// Format stands in for every verb, so that no %+v, %#v or %x of a struct that
// holds one of these types gets around it, and LogValue for every slog handler.

// String is the record's ID.
func (r Record) String() string { return r.ID() }

// Format prints the record's ID, whatever the verb.
func (r Record) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, r.ID()) }

// LogValue gives the coordinates.
func (r Record) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("topic", r.Topic),
		slog.Int("partition", int(r.Partition)),
		slog.Int64("offset", r.Offset),
	)
}

// String is the key and the number of records.
func (p Partition) String() string { return p.Key + " (" + count(len(p.Records), "record") + ")" }

// Format prints String, whatever the verb.
func (p Partition) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, p.String()) }

// LogValue gives the key, the number of records and the first and last offset.
func (p Partition) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("partition", p.Key), slog.Int("records", len(p.Records))}
	if n := len(p.Records); n > 0 {
		attrs = append(attrs, slog.Int64("first", p.Records[0].Offset), slog.Int64("last", p.Records[n-1].Offset))
	}
	return slog.GroupValue(attrs...)
}

// String is the source and how much there is of it.
func (e Event) String() string {
	return e.Source + " (" + count(e.Len(), "record") + " in " + count(len(e.Partitions), "partition") + ")"
}

// Format prints String, whatever the verb.
func (e Event) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, e.String()) }

// LogValue gives the source and how much there is of it.
func (e Event) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("source", e.Source),
		slog.Int("partitions", len(e.Partitions)),
		slog.Int("records", e.Len()),
	)
}

// String is the name and the length of the value.
func (h Header) String() string {
	if h.Value == nil {
		return h.Key + " (null)"
	}
	return h.Key + " (" + count(len(h.Value), "byte") + ")"
}

// Format prints String, whatever the verb.
func (h Header) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, h.String()) }

// LogValue gives the name and the length of the value.
func (h Header) LogValue() slog.Value { return slog.StringValue(h.String()) }

// String lists the names and the lengths of the values.
func (h Headers) String() string {
	list := make([]string, len(h))
	for i := range h {
		list[i] = h[i].String()
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// Format prints String, whatever the verb.
func (h Headers) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, h.String()) }

// LogValue lists the names and the lengths of the values.
func (h Headers) LogValue() slog.Value { return slog.StringValue(h.String()) }

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
