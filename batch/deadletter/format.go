package deadletter

import (
	"fmt"
	"io"
	"log/slog"
)

// String names the topic and the lengths of key and value, never their bytes.
func (m Message) String() string {
	return fmt.Sprintf("message to %s (key %d bytes, value %d bytes)", m.Topic, len(m.Key), len(m.Value))
}

// Format prints String, whatever the verb.
func (m Message) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, m.String()) }

// LogValue gives the topic, the lengths and the names of the headers.
func (m Message) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("topic", m.Topic),
		slog.Int("keyBytes", len(m.Key)),
		slog.Int("valueBytes", len(m.Value)),
		slog.Any("headers", m.Headers),
	)
}
