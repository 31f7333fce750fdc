package kafkaevent

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FailureRecord is what the on-failure destination of an event source mapping
// receives when Lambda gives a batch, or a record of it, up. An SQS queue and
// an SNS topic get the facts alone, an S3 bucket and a Kafka topic get the
// event as well, so only those two can be replayed: see [FailureRecord.Event].
//
// Shapes: https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html and
// https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html.
type FailureRecord struct {
	// Version is that of the format, "1.0".
	Version string
	// Time is when Lambda gave up.
	Time time.Time
	// RequestID is the last invocation's.
	RequestID string
	// FunctionARN names the function that failed.
	FunctionARN string
	// Condition says why Lambda gave up.
	Condition FailureCondition
	// InvokeCount is about how often Lambda called the function for the batch.
	InvokeCount int
	// Response is what the last invocation came to; nil when the function was
	// not called, as for a batch that was too large.
	Response *FailureResponse
	// Batch is what was given up.
	Batch FailureBatch

	payload []byte
}

// FailureCondition says why Lambda gave a batch up. The constants are what AWS
// documents; others are kept as delivered.
type FailureCondition string

// AWS spells the exhausted retries in two ways: the first in the records of
// queues, topics of SNS and buckets, the second in those of Kafka topics.
const (
	RetryAttemptsExhausted     FailureCondition = "RetryAttemptsExhausted"
	RetriesExhausted           FailureCondition = "RetriesExhausted"
	MaximumPayloadSizeExceeded FailureCondition = "MaximumPayloadSizeExceeded"
)

// Exhausted reports whether the retries ran out, in either spelling.
func (c FailureCondition) Exhausted() bool {
	return c == RetryAttemptsExhausted || c == RetriesExhausted
}

// FailureResponse is the outcome of the invocation that was the last.
type FailureResponse struct {
	// StatusCode is the HTTP status of the Invoke call; 200 also when the
	// function failed.
	StatusCode int
	// ExecutedVersion is the function's version, "$LATEST" or a number.
	ExecutedVersion string
	// FunctionError is "Unhandled" or "Handled"; empty when the function
	// returned normally.
	FunctionError string
}

// FailureBatch is the batch that was given up.
type FailureBatch struct {
	// Size is the number of records.
	Size int
	// SourceARN is the cluster's; empty for self-managed Kafka.
	SourceARN string
	// BootstrapServers are host:port pairs.
	BootstrapServers []string
	// PayloadSize is the length of the event, in bytes.
	PayloadSize int64
	// Ranges are sorted by Key. A record from a Kafka topic has one range of
	// one offset.
	Ranges []FailureRange
}

// FailureRange is the part of a batch that came from one partition. Offsets
// have gaps, so it may hold fewer records than it spans.
type FailureRange struct {
	// Key is "topic-partition", as in [Partition].
	Key string
	// First and Last are offsets, both included.
	First, Last int64
	// FirstTime and LastTime are the timestamps of those two records.
	FirstTime, LastTime time.Time
}

// ParseFailure decodes one record of an on-failure destination: the body of an
// SQS message, the message of an SNS notification, an S3 object, or the value
// of a message of a Kafka topic. It also takes the SNS notification itself, as
// a queue that subscribes to the topic without raw delivery gets it. data is
// left alone and shares no memory with the result.
//
// A Lambda event that holds or announces such records, of SQS, SNS, S3 or
// Kafka, is refused with an error that names the part to pass.
func ParseFailure(data []byte) (*FailureRecord, error) {
	f := &FailureRecord{}
	if err := f.UnmarshalJSON(data); err != nil {
		return nil, err
	}
	return f, nil
}

// UnmarshalJSON is [ParseFailure] for encoding/json and for functions that take
// a FailureRecord.
func (f *FailureRecord) UnmarshalJSON(data []byte) error {
	wire, err := decodeFailure(data)
	if err != nil {
		return err
	}
	next := FailureRecord{
		Version:     wire.Version,
		Time:        wire.Timestamp.Time,
		RequestID:   wire.RequestContext.RequestID,
		FunctionARN: wire.RequestContext.FunctionARN,
		Condition:   wire.RequestContext.Condition,
		InvokeCount: wire.RequestContext.InvokeCount,
		Batch: FailureBatch{
			Size:        wire.Batch.Size,
			SourceARN:   wire.Batch.SourceARN,
			PayloadSize: wire.Batch.PayloadSize,
		},
	}
	if r := wire.ResponseContext; r != nil {
		next.Response = &FailureResponse{r.StatusCode, r.ExecutedVersion, r.FunctionError}
	}
	if s := wire.Batch.BootstrapServers; s != "" {
		next.Batch.BootstrapServers = strings.Split(s, ",")
	}
	if next.payload, err = wire.carried(); err != nil {
		return err
	}
	for key, r := range wire.Batch.Records {
		next.Batch.Ranges = append(next.Batch.Ranges, FailureRange{
			Key:   key,
			First: int64(r.First), Last: int64(r.Last),
			FirstTime: r.FirstTime.Time, LastTime: r.LastTime.Time,
		})
	}
	slices.SortFunc(next.Batch.Ranges, func(a, b FailureRange) int { return cmp.Compare(a.Key, b.Key) })
	if r := wire.Batch.Record; r != nil {
		next.Batch.Ranges = append(next.Batch.Ranges, FailureRange{
			Key:   next.onlyKey(),
			First: int64(r.Offset), Last: int64(r.Offset),
			FirstTime: r.Time.Time, LastTime: r.Time.Time,
		})
	}
	*f = next
	return nil
}

// Payload is a copy of the invocation payload that failed, for
// batch.Processor's Invoke or any other handler; nil when the destination got
// the facts alone, as SQS and SNS do.
func (f *FailureRecord) Payload() []byte { return bytes.Clone(f.payload) }

// Event is the event that failed, to be given to batch.Processor's Process
// once more. Its records carry their original coordinates. The error is an
// [*Error]: the record came from SQS or SNS and carries no event, or what it
// carries is none.
//
// Nothing retries what fails in a replay: the caller has to look at the result.
func (f *FailureRecord) Event() (*Event, error) {
	if f.payload == nil {
		return nil, &Error{
			Offset: -1, Path: "payload",
			Msg:  "this failure record carries no event, only the offsets of one",
			Hint: "destinations of S3 and Kafka keep the event; one of SQS or SNS does not",
		}
	}
	return Parse(f.payload)
}

// String names the condition and the ranges, and nothing of the payload.
func (f FailureRecord) String() string {
	var b strings.Builder
	b.WriteString(string(f.Condition))
	for _, r := range f.Batch.Ranges {
		fmt.Fprintf(&b, " %s/%d..%d", r.Key, r.First, r.Last)
	}
	return b.String()
}

// Format prints String whatever the verb, so that no %+v can print a payload.
func (f FailureRecord) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, f.String()) }

// LogValue gives the facts, never the payload.
func (f FailureRecord) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("condition", string(f.Condition)),
		slog.String("requestId", f.RequestID),
		slog.Int("invokeCount", f.InvokeCount),
		slog.Int("records", f.Batch.Size),
		slog.Any("ranges", f.Batch.Ranges),
	)
}

// onlyKey is the partition of the one record that a Kafka destination carries:
// recordInfo does not name it.
func (f *FailureRecord) onlyKey() string {
	if f.payload == nil {
		return ""
	}
	e, err := Parse(f.payload)
	if err != nil || len(e.Partitions) != 1 {
		return ""
	}
	return e.Partitions[0].Key
}

// wireFailure is the JSON of all three shapes. recordsInfo is what queues,
// topics of SNS and buckets get, recordInfo what Kafka topics get. The payload
// is a string in S3 and an object in Kafka.
type wireFailure struct {
	RequestContext struct {
		RequestID   string           `json:"requestId"`
		FunctionARN string           `json:"functionArn"`
		Condition   FailureCondition `json:"condition"`
		InvokeCount int              `json:"approximateInvokeCount"`
	} `json:"requestContext"`
	ResponseContext *struct {
		StatusCode      int    `json:"statusCode"`
		ExecutedVersion string `json:"executedVersion"`
		FunctionError   string `json:"functionError"`
	} `json:"responseContext"`
	Version   string   `json:"version"`
	Timestamp wireTime `json:"timestamp"`
	Batch     *struct {
		Size             int    `json:"batchSize"`
		SourceARN        string `json:"eventSourceArn"`
		BootstrapServers string `json:"bootstrapServers"`
		PayloadSize      int64  `json:"payloadSize"`
		Records          map[string]struct {
			First     wireOffset `json:"firstRecordOffset"`
			Last      wireOffset `json:"lastRecordOffset"`
			FirstTime wireTime   `json:"firstRecordTimestamp"`
			LastTime  wireTime   `json:"lastRecordTimestamp"`
		} `json:"recordsInfo"`
		Record *struct {
			Offset wireOffset `json:"offset"`
			Time   wireTime   `json:"timestamp"`
		} `json:"recordInfo"`
	} `json:"KafkaBatchInfo"`
	Payload json.RawMessage `json:"payload"`

	// What people pass by mistake, and the one envelope that is opened.
	Type           string          `json:"Type"`
	Message        string          `json:"Message"`
	Records        json.RawMessage `json:"Records"`
	RequestPayload json.RawMessage `json:"requestPayload"`
}

func decodeFailure(data []byte) (*wireFailure, error) {
	w, err := unmarshalFailure(data)
	if err == nil && w.Batch == nil && w.Type == "Notification" {
		w, err = unmarshalFailure([]byte(w.Message))
	}
	if err != nil {
		return nil, err
	}
	if w.Batch == nil {
		return nil, w.stranger()
	}
	return w, nil
}

// unmarshalFailure makes the errors of encoding/json, which may quote what they
// read, into ones that give only the place.
func unmarshalFailure(data []byte) (*wireFailure, error) {
	w := &wireFailure{}
	err := json.Unmarshal(data, w)
	if err == nil {
		return w, nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return nil, e
	}
	e := &Error{Offset: -1, Msg: "not a failure record"}
	if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		e.Offset, e.Msg = int(s.Offset), "not valid JSON"
	}
	if u, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		seen, _, _ := strings.Cut(u.Value, " ")
		e.Offset, e.Path, e.Msg = int(u.Offset), u.Field, "a JSON "+seen+" is not what belongs here"
	}
	return nil, e
}

// stranger says what JSON that is no failure record is likely to be.
func (w *wireFailure) stranger() error {
	e := &Error{Offset: -1, Msg: `no "KafkaBatchInfo": not a failure record of a Kafka event source mapping`}
	switch {
	case len(w.RequestPayload) > 0:
		e.Hint = "it looks like the destination record of an asynchronous invocation"
	case len(w.Records) > 0 && w.Records[0] == '[':
		e.Hint = "it looks like a Lambda event: pass the body of each SQS message, the message of each SNS record, or the content of the S3 object"
	case len(w.Records) > 0 && w.Records[0] == '{':
		e.Hint = "it looks like a Kafka event: pass the value of each record"
	}
	return e
}

// carried is the event inside the record, unescaped.
func (w *wireFailure) carried() ([]byte, error) {
	switch {
	case len(w.Payload) == 0 || string(w.Payload) == "null":
		return nil, nil
	case w.Payload[0] == '"':
		var text string
		if err := json.Unmarshal(w.Payload, &text); err != nil {
			return nil, &Error{Offset: -1, Path: "payload", Msg: "not a string"}
		}
		return []byte(text), nil
	case w.Payload[0] == '{':
		return w.Payload, nil
	}
	return nil, &Error{Offset: -1, Path: "payload", Msg: "neither an event nor the text of one"}
}

// wireOffset is an integer that AWS writes as a string.
type wireOffset int64

func (o *wireOffset) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	n, err := strconv.ParseInt(strings.Trim(string(text), `"`), 10, 64)
	if err != nil {
		return &Error{Offset: -1, Msg: "an offset of KafkaBatchInfo is no integer"}
	}
	*o = wireOffset(n)
	return nil
}

// wireTime is a time in ISO 8601.
type wireTime struct{ time.Time }

func (t *wireTime) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	parsed, err := time.Parse(`"`+time.RFC3339+`"`, string(text))
	if err != nil {
		return &Error{Offset: -1, Msg: "a timestamp is not in ISO 8601"}
	}
	t.Time = parsed.UTC()
	return nil
}
