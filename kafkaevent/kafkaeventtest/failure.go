package kafkaeventtest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/mskit-go/mskit/kafkaevent"
)

// QueueFailure is what an SQS queue or an SNS topic gets as on-failure
// destination when Lambda gives the event up: the facts without the event.
//
// Fields of f that are zero get defaults: retries exhausted after one
// invocation that failed, in 2026. f.Batch is taken from the event. It panics
// where [Payload] does.
func QueueFailure(f kafkaevent.FailureRecord, e *kafkaevent.Event) []byte {
	return marshal(batchFailure(f, e, Payload(e)))
}

// BucketFailure is [QueueFailure] for an S3 bucket, which gets the event too, as
// escaped text.
func BucketFailure(f kafkaevent.FailureRecord, e *kafkaevent.Event) []byte {
	payload := Payload(e)
	w := batchFailure(f, e, payload)
	w.Payload = string(payload)
	return marshal(w)
}

// TopicFailures is [QueueFailure] for a Kafka topic: one message for each
// record, in the order of the event, each with an event of that record alone.
func TopicFailures(f kafkaevent.FailureRecord, e *kafkaevent.Event) [][]byte {
	var messages [][]byte
	for _, p := range e.Partitions {
		for i := range p.Records {
			r := &p.Records[i]
			one := *e
			one.Partitions = []kafkaevent.Partition{{Key: p.Key, Records: p.Records[i : i+1]}}
			payload := Payload(&one)

			w := newFailure(f, kafkaevent.RetriesExhausted, &one, payload)
			w.Batch.Record = &wireRecord{Offset: strconv.FormatInt(r.Offset, 10), Time: isoTime(r.Timestamp)}
			w.Payload = json.RawMessage(payload)
			messages = append(messages, marshal(w))
		}
	}
	return messages
}

func batchFailure(f kafkaevent.FailureRecord, e *kafkaevent.Event, payload []byte) *wireFailure {
	w := newFailure(f, kafkaevent.RetryAttemptsExhausted, e, payload)
	w.Batch.Records = make(map[string]wireRange)
	for _, p := range e.Partitions {
		if len(p.Records) == 0 {
			continue
		}
		first, last := &p.Records[0], &p.Records[len(p.Records)-1]
		w.Batch.Records[p.Key] = wireRange{
			First: strconv.FormatInt(first.Offset, 10), FirstTime: isoTime(first.Timestamp),
			Last: strconv.FormatInt(last.Offset, 10), LastTime: isoTime(last.Timestamp),
		}
	}
	return w
}

func newFailure(f kafkaevent.FailureRecord, exhausted kafkaevent.FailureCondition, e *kafkaevent.Event, payload []byte) *wireFailure {
	w := &wireFailure{
		Request: wireRequest{
			RequestID:   cmp.Or(f.RequestID, "7d0e8a52-1f4b-4c6a-9b3e-2a5c8f1d6e70"),
			FunctionARN: cmp.Or(f.FunctionARN, "arn:aws:lambda:eu-north-1:111122223333:function:test"),
			Condition:   cmp.Or(f.Condition, exhausted),
			InvokeCount: cmp.Or(f.InvokeCount, 1),
		},
		Version: cmp.Or(f.Version, "1.0"),
		Time:    isoTime(f.Time),
		Batch: wireBatch{
			Size:        e.Len(),
			ARN:         e.SourceARN,
			Servers:     strings.Join(e.BootstrapServers, ","),
			PayloadSize: len(payload),
		},
	}
	if f.Time.IsZero() {
		w.Time = isoTime(defaultTime)
	}
	if w.Request.Condition.Exhausted() { // else the function was not called
		w.Response = &wireResponse{200, "$LATEST", "Unhandled"}
	}
	if r := f.Response; r != nil {
		w.Response = &wireResponse{r.StatusCode, r.ExecutedVersion, r.FunctionError}
	}
	return w
}

func isoTime(t time.Time) string {
	if t.IsZero() {
		t = time.UnixMilli(-1)
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// marshal keeps <, > and & as they are, so that the payload stays byte for byte.
func marshal(w *wireFailure) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(w); err != nil {
		panic("kafkaeventtest: " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

type wireFailure struct {
	Request  wireRequest   `json:"requestContext"`
	Response *wireResponse `json:"responseContext"`
	Version  string        `json:"version"`
	Time     string        `json:"timestamp"`
	Batch    wireBatch     `json:"KafkaBatchInfo"`
	Payload  any           `json:"payload,omitempty"`
}

type wireRequest struct {
	RequestID   string                      `json:"requestId"`
	FunctionARN string                      `json:"functionArn"`
	Condition   kafkaevent.FailureCondition `json:"condition"`
	InvokeCount int                         `json:"approximateInvokeCount"`
}

type wireResponse struct {
	StatusCode      int    `json:"statusCode"`
	ExecutedVersion string `json:"executedVersion"`
	FunctionError   string `json:"functionError,omitempty"`
}

type wireBatch struct {
	Size        int                  `json:"batchSize"`
	ARN         string               `json:"eventSourceArn,omitempty"`
	Servers     string               `json:"bootstrapServers"`
	PayloadSize int                  `json:"payloadSize"`
	Records     map[string]wireRange `json:"recordsInfo,omitempty"`
	Record      *wireRecord          `json:"recordInfo,omitempty"`
}

type wireRange struct {
	First     string `json:"firstRecordOffset"`
	Last      string `json:"lastRecordOffset"`
	FirstTime string `json:"firstRecordTimestamp"`
	LastTime  string `json:"lastRecordTimestamp"`
}

type wireRecord struct {
	Offset string `json:"offset"`
	Time   string `json:"timestamp"`
}
