package batch

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/mskit-go/mskit/kafkaevent"
)

// Message is a record with its decoded value. The record's bytes are at
// m.Record.Value.
//
// Printing or logging a Message, with any verb, gives the record's coordinates
// and never the value.
type Message[V any] struct {
	*kafkaevent.Record
	Value V
}

// KeyedMessage is a record with its decoded key and value. Key is the zero K
// for a record without a key, which m.Record.Key == nil tells apart.
//
// It prints and logs as [Message] does.
type KeyedMessage[K, V any] struct {
	*kafkaevent.Record
	Key   K
	Value V
}

// KeyMessage is a record with its decoded key alone, as [Keys] hands it to a
// function that handles deletes.
//
// It prints and logs as [Message] does.
type KeyMessage[K any] struct {
	*kafkaevent.Record
	Key K
}

// String is the record's ID.
func (m Message[V]) String() string { return recordID(m.Record) }

// Format prints the record's ID, whatever the verb.
func (m Message[V]) Format(s fmt.State, _ rune) { formatRecord(s, m.Record) }

// LogValue gives the record's coordinates.
func (m Message[V]) LogValue() slog.Value { return logRecord(m.Record) }

// String is the record's ID.
func (m KeyedMessage[K, V]) String() string { return recordID(m.Record) }

// Format prints the record's ID, whatever the verb.
func (m KeyedMessage[K, V]) Format(s fmt.State, _ rune) { formatRecord(s, m.Record) }

// LogValue gives the record's coordinates.
func (m KeyedMessage[K, V]) LogValue() slog.Value { return logRecord(m.Record) }

// String is the record's ID.
func (m KeyMessage[K]) String() string { return recordID(m.Record) }

// Format prints the record's ID, whatever the verb.
func (m KeyMessage[K]) Format(s fmt.State, _ rune) { formatRecord(s, m.Record) }

// LogValue gives the record's coordinates.
func (m KeyMessage[K]) LogValue() slog.Value { return logRecord(m.Record) }

func recordID(r *kafkaevent.Record) string {
	if r == nil {
		return "<no record>"
	}
	return r.ID()
}

func formatRecord(s fmt.State, r *kafkaevent.Record) { _, _ = io.WriteString(s, recordID(r)) }

func logRecord(r *kafkaevent.Record) slog.Value {
	if r == nil {
		return slog.StringValue(recordID(nil))
	}
	return r.LogValue()
}
