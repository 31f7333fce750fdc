package deadletter

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent"
)

// The headers of a dead letter. Those of the origin are written once and kept
// when the letter is dead-lettered again; those of the error are replaced. So a
// letter does not grow however often it is replayed.
const (
	HeaderTopic     = "mskit-original-topic"
	HeaderPartition = "mskit-original-partition"
	HeaderOffset    = "mskit-original-offset"
	// HeaderTimestamp is in milliseconds since 1970; absent when the record had
	// none.
	HeaderTimestamp     = "mskit-original-timestamp"
	HeaderTimestampType = "mskit-original-timestamp-type"
	// HeaderClass is permanent, or transient for a record that was given up by
	// batch.WithDeadLetterAfter.
	HeaderClass = "mskit-error-class"
	// HeaderType is the Go type of the error.
	HeaderType = "mskit-error-type"
	// HeaderText is the error's text, cut at 1,024 bytes.
	HeaderText = "mskit-error"
	// HeaderTime is when it was dead-lettered, in RFC 3339.
	HeaderTime = "mskit-dead-lettered-at"

	headerPrefix = "mskit-"
	maxText      = 1024
)

// Message is what a producer is to send.
type Message struct {
	Topic string
	// Key and Value are the record's, byte for byte: nil is null. They are valid
	// during Produce; with batch.WithZeroCopy not longer.
	Key, Value []byte
	// Headers are the record's, then those of this package.
	Headers kafkaevent.Headers
	// Timestamp is the record's; zero when it had none.
	Timestamp time.Time
}

// NewMessage puts a dead letter into a message to topic.
//
// A value that Lambda delivered in broken base64 cannot be given back: it is
// empty, and the error says so.
func NewMessage(topic string, l batch.DeadLetter) Message {
	r := l.Record
	m := Message{Topic: topic, Key: r.Key, Value: r.Value, Timestamp: r.Timestamp}
	origin := kafkaevent.Headers{
		{Key: HeaderTopic, Value: []byte(r.Topic)},
		{Key: HeaderPartition, Value: strconv.AppendInt(nil, int64(r.Partition), 10)},
		{Key: HeaderOffset, Value: strconv.AppendInt(nil, r.Offset, 10)},
	}
	if !r.Timestamp.IsZero() {
		origin = append(
			origin,
			kafkaevent.Header{Key: HeaderTimestamp, Value: strconv.AppendInt(nil, r.Timestamp.UnixMilli(), 10)},
			kafkaevent.Header{Key: HeaderTimestampType, Value: []byte(r.TimestampType)},
		)
	}
	if _, ok := Original(r); ok {
		origin = nil
	}
	for _, h := range r.Headers() {
		switch {
		case !strings.HasPrefix(h.Key, headerPrefix):
			m.Headers = append(m.Headers, h)
		case strings.HasPrefix(h.Key, "mskit-original-") && origin == nil:
			m.Headers = append(m.Headers, h)
		}
	}
	m.Headers = append(m.Headers, origin...)
	m.Headers = append(
		m.Headers,
		kafkaevent.Header{Key: HeaderClass, Value: []byte(batch.ClassOf(l.Err).String())},
		kafkaevent.Header{Key: HeaderType, Value: fmt.Appendf(nil, "%T", rootCause(l.Err))},
		kafkaevent.Header{Key: HeaderText, Value: []byte(cut(fmt.Sprint(l.Err)))},
		kafkaevent.Header{Key: HeaderTime, Value: time.Now().UTC().AppendFormat(nil, time.RFC3339)},
	)
	return m
}

// rootCause looks through wrappers for the type that tells something.
func rootCause(err error) error {
	for {
		u, ok := err.(interface{ Unwrap() error })
		if !ok || u.Unwrap() == nil {
			return err
		}
		err = u.Unwrap()
	}
}

// cut keeps a text valid UTF-8.
func cut(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	return strings.ToValidUTF8(s, "")
}

// Original gives a dead letter that was read from its topic the coordinates and
// timestamp it had at first, and takes the headers of this package off. The
// bytes are shared with r. False, and r as it is, for any other record.
func Original(r *kafkaevent.Record) (*kafkaevent.Record, bool) {
	headers := r.Headers()
	topic, ok := headers.Last(HeaderTopic)
	partition, errP := strconv.ParseInt(headers.Get(HeaderPartition), 10, 32)
	offset, errO := strconv.ParseInt(headers.Get(HeaderOffset), 10, 64)
	if !ok || errP != nil || errO != nil {
		return r, false
	}
	o := *r
	o.Topic, o.Partition, o.Offset = string(topic), int32(partition), offset
	o.Timestamp, o.TimestampType = time.Time{}, ""
	if ms, err := strconv.ParseInt(headers.Get(HeaderTimestamp), 10, 64); err == nil {
		o.Timestamp, o.TimestampType = time.UnixMilli(ms).UTC(), headers.Get(HeaderTimestampType)
	}
	var rest kafkaevent.Headers
	for _, h := range headers {
		if !strings.HasPrefix(h.Key, headerPrefix) {
			rest = append(rest, h)
		}
	}
	o.SetHeaders(rest)
	return &o, true
}
