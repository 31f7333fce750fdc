package deadletter

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent"
)

// Producer sends a message to Kafka, or to anything like it, and returns once
// the message is acknowledged. Every client library fits with a few lines.
type Producer interface {
	Produce(ctx context.Context, m Message) error
}

// ProducerFunc is a function as a [Producer].
type ProducerFunc func(ctx context.Context, m Message) error

// Produce calls f.
func (f ProducerFunc) Produce(ctx context.Context, m Message) error { return f(ctx, m) }

// Topic sends dead letters to a topic, see [NewMessage] for what they look like.
// An error of the producer is the error of Put. So are an empty topic and a nil
// producer, for every letter: nothing counts as handled then.
func Topic(topic string, p Producer) batch.DeadLetterSink {
	return batch.DeadLetterSinkFunc(func(ctx context.Context, l batch.DeadLetter) error {
		switch {
		case topic == "":
			return &batch.ConfigurationError{Msg: "deadletter.Topic has no topic"}
		case p == nil:
			return &batch.ConfigurationError{Msg: "deadletter.Topic has no producer"}
		}
		if err := p.Produce(ctx, NewMessage(topic, l)); err != nil {
			return fmt.Errorf("deadletter: produce to %s: %w", topic, err)
		}
		return nil
	})
}

// Log writes dead letters to a log and nowhere else: the line has the record's
// coordinates, sizes and error, and not its bytes. The record can be read again
// from its partition as long as Kafka keeps it, and is lost after that. nil is
// slog.Default() at the time of the record.
func Log(l *slog.Logger) batch.DeadLetterSink {
	return batch.DeadLetterSinkFunc(func(ctx context.Context, d batch.DeadLetter) error {
		logger := l
		if logger == nil {
			logger = slog.Default()
		}
		r := d.Record
		attrs := append(r.LogValue().Group(),
			slog.Time("timestamp", r.Timestamp),
			slog.Int("keyBytes", len(r.Key)),
			slog.Int("valueBytes", len(r.Value)),
			slog.String("class", batch.ClassOf(d.Err).String()),
			slog.String("error", fmt.Sprint(d.Err)),
		)
		logger.LogAttrs(ctx, slog.LevelError, "dead letter", attrs...)
		return nil
	})
}

// Memory keeps dead letters in memory, for tests. The zero value is ready.
type Memory struct {
	mu      sync.Mutex
	letters []batch.DeadLetter
}

// Put implements [batch.DeadLetterSink]. It keeps a clone of the record.
func (m *Memory) Put(_ context.Context, l batch.DeadLetter) error {
	l.Record = l.Record.Clone()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.letters = append(m.letters, l)
	return nil
}

// Letters are the dead letters so far, in the order they came.
func (m *Memory) Letters() []batch.DeadLetter {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]batch.DeadLetter(nil), m.letters...)
}

// Replay is a middleware for a function that reads a dead-letter topic: the
// handler sees each letter as the record it was, see [Original]. When it fails
// again, its dead letter still names the first topic.
func Replay(next batch.Handler) batch.Handler {
	return batch.HandlerFunc(func(ctx context.Context, r *kafkaevent.Record) error {
		o, _ := Original(r)
		return next.HandleRecord(ctx, o)
	})
}
