// Package lambdaevent converts between package kafkaevent's event and
// aws-lambda-go's events.KafkaEvent, for code that has the one and needs the
// other while it moves.
//
//	func handle(ctx context.Context, e events.KafkaEvent) (*batch.Result, error) {
//		event, err := lambdaevent.From(e)
//		if err != nil {
//			return nil, err
//		}
//		return processor.Process(ctx, event)
//	}
//
// It is not the way to read an event: events.KafkaEvent loses what it has no
// place for, so a function should take the payload itself, as
// batch.Processor's Invoke does, or a kafkaevent.Event. What a header outside
// -128 to 127 or a partition in a string does to encoding/json, failing the
// whole event, happens before anything here is called.
package lambdaevent

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/mskit-go/mskit/kafkaevent"
)

// From converts what aws-lambda-go decoded. It shares no memory with e.
//
// Lost before it is called, and gone for good:
//   - null, absent and empty keys and values are one in events.KafkaRecord.
//     They come back as null: a record without a key, a tombstone.
//   - null header values are empty ones.
//   - the schema metadata of keys and values, and all unknown members.
//   - the order of the partitions, which come sorted by key, and of the names
//     of a header object that has several.
//   - -1 for no timestamp is 1969-12-31T23:59:59.999Z. From reads that, and the
//     zero time, as no timestamp.
//
// A key or value that is not base64 is its record's error; a partition beyond
// 32 bits, too. The error of From itself is the one of [kafkaevent.Parse],
// which it calls: it costs a second decoding of the event.
func From(e events.KafkaEvent) (*kafkaevent.Event, error) {
	// Through JSON, because only the parser can give a record its error.
	wire := wireEvent{KafkaEvent: e, Records: make(map[string][]wireRecord, len(e.Records))}
	for key, records := range e.Records {
		list := make([]wireRecord, len(records))
		for i, r := range records {
			list[i] = wireRecord{KafkaRecord: r, Timestamp: millis(r.Timestamp.Time)}
		}
		wire.Records[key] = list
	}
	payload, err := json.Marshal(wire)
	if err != nil {
		return nil, fmt.Errorf("lambdaevent: %w", err)
	}
	return kafkaevent.Parse(payload)
}

// wireEvent and wireRecord are aws-lambda-go's but for the timestamp, whose
// MarshalJSON overflows for the zero time.
type wireEvent struct {
	events.KafkaEvent

	Records map[string][]wireRecord `json:"records"`
}

type wireRecord struct {
	events.KafkaRecord

	Timestamp int64 `json:"timestamp"`
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return -1
	}
	return t.UnixMilli()
}

// To converts to what aws-lambda-go would have decoded from the same payload.
// It shares no memory with e.
//
// Lost, because events.KafkaEvent has no place for it:
//   - whether a key or value was null or empty, so whether a record is a
//     tombstone: all are the empty string.
//   - whether a header value was null or empty.
//   - KeySchema, ValueSchema and all unknown members.
//   - the order of the partitions, as they are in a map.
//   - that a record had no timestamp: it becomes 1969-12-31T23:59:59.999Z.
//
// A record whose Err is set is an error: it would look sound afterwards.
func To(e *kafkaevent.Event) (events.KafkaEvent, error) {
	out := events.KafkaEvent{
		EventSource:      e.Source,
		EventSourceARN:   e.SourceARN,
		BootstrapServers: strings.Join(e.BootstrapServers, ","),
		Records:          make(map[string][]events.KafkaRecord, len(e.Partitions)),
	}
	for _, p := range e.Partitions {
		list := out.Records[p.Key]
		if list == nil {
			list = make([]events.KafkaRecord, 0, len(p.Records))
		}
		for i := range p.Records {
			r := &p.Records[i]
			if err := r.Err(); err != nil {
				return events.KafkaEvent{}, fmt.Errorf("lambdaevent: record %s: %w", r.ID(), err)
			}
			list = append(list, record(r))
		}
		out.Records[p.Key] = list
	}
	return out, nil
}

func record(r *kafkaevent.Record) events.KafkaRecord {
	at := r.Timestamp
	if at.IsZero() {
		at = time.UnixMilli(-1).UTC()
	}
	headers := make([]map[string]events.JSONNumberBytes, 0, len(r.Headers()))
	for _, h := range r.Headers() {
		value := append(make(events.JSONNumberBytes, 0, len(h.Value)), h.Value...)
		headers = append(headers, map[string]events.JSONNumberBytes{h.Key: value})
	}
	return events.KafkaRecord{
		Topic:         r.Topic,
		Partition:     int64(r.Partition),
		Offset:        r.Offset,
		Timestamp:     events.MilliSecondsEpochTime{Time: at},
		TimestampType: r.TimestampType,
		Key:           base64.StdEncoding.EncodeToString(r.Key),
		Value:         base64.StdEncoding.EncodeToString(r.Value),
		Headers:       headers,
	}
}
