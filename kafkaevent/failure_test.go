package kafkaevent_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mskit-go/mskit/kafkaevent"
)

// A function that re-drives what an S3 destination kept: the event goes through
// the very handler that failed.
func ExampleParseFailure() {
	object, err := os.ReadFile("testdata/failure/bucket.json") // as s3.GetObject returns it
	if err != nil {
		fmt.Println(err)
		return
	}
	failure, err := kafkaevent.ParseFailure(object)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(failure.Condition, "after", failure.InvokeCount, "invocations")

	event, err := failure.Event() // for batch.Processor's Process
	if err != nil {
		fmt.Println(err)
		return
	}
	for r := range event.Records() {
		fmt.Println(r.ID())
	}
	// Output:
	// RetryAttemptsExhausted after 4 invocations
	// saw-temps/1/7
	// saw-temps/1/11
	// saw-temps/0/3
}

func readFailure(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "failure", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func millis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

var batchRanges = []kafkaevent.FailureRange{
	{Key: "saw-temps-0", First: 3, Last: 3, FirstTime: millis(1767225600500), LastTime: millis(1767225600500)},
	{Key: "saw-temps-1", First: 7, Last: 11, FirstTime: millis(1767225600123), LastTime: millis(1767225600456)},
}

func TestParseFailure(t *testing.T) {
	tests := map[string]struct {
		condition kafkaevent.FailureCondition
		exhausted bool
		size      int
		called    bool
		ranges    []kafkaevent.FailureRange
		records   []string // nil: carries no event
	}{
		"queue":        {condition: kafkaevent.RetryAttemptsExhausted, exhausted: true, size: 3, called: true, ranges: batchRanges},
		"notification": {condition: kafkaevent.RetryAttemptsExhausted, exhausted: true, size: 3, called: true, ranges: batchRanges},
		"too-large":    {condition: kafkaevent.MaximumPayloadSizeExceeded, size: 3, ranges: batchRanges},
		"bucket": {
			condition: kafkaevent.RetryAttemptsExhausted, exhausted: true, size: 3, called: true, ranges: batchRanges,
			records: []string{"saw-temps/1/7", "saw-temps/1/11", "saw-temps/0/3"},
		},
		"topic": {
			condition: kafkaevent.RetriesExhausted, exhausted: true, size: 1, called: true,
			ranges: []kafkaevent.FailureRange{{
				Key: "saw-temps-1", First: 11, Last: 11,
				FirstTime: millis(1767225600456), LastTime: millis(1767225600456),
			}},
			records: []string{"saw-temps/1/11"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			data := readFailure(t, name)
			f, err := kafkaevent.ParseFailure(data)
			if err != nil {
				t.Fatal(err)
			}
			clear(data) // the result must not share its memory

			if f.Condition != tt.condition || f.Condition.Exhausted() != tt.exhausted {
				t.Errorf("condition %q, exhausted %v", f.Condition, f.Condition.Exhausted())
			}
			if f.Version != "1.0" || f.InvokeCount != 4 || !f.Time.Equal(millis(1770091506789)) ||
				f.RequestID != "5d1f3c1e-7777-4222-8333-444455556666" ||
				f.FunctionARN != "arn:aws:lambda:eu-north-1:111122223333:function:saws" {
				t.Errorf("envelope is %q %d %v %q %q", f.Version, f.InvokeCount, f.Time, f.RequestID, f.FunctionARN)
			}
			if (f.Response != nil) != tt.called {
				t.Errorf("response is %v, called: %v", f.Response, tt.called)
			}
			if want := (kafkaevent.FailureResponse{StatusCode: 200, ExecutedVersion: "$LATEST", FunctionError: "Unhandled"}); tt.called && *f.Response != want {
				t.Errorf("response is %+v, want %+v", *f.Response, want)
			}
			if f.Batch.Size != tt.size || len(f.Batch.BootstrapServers) != 2 || f.Batch.PayloadSize == 0 {
				t.Errorf("batch of %d records, %d bytes, from %q", f.Batch.Size, f.Batch.PayloadSize, f.Batch.BootstrapServers)
			}
			if !slices.Equal(f.Batch.Ranges, tt.ranges) {
				t.Errorf("ranges are %v, want %v", f.Batch.Ranges, tt.ranges)
			}

			event, err := f.Event()
			if tt.records == nil {
				if e, ok := errors.AsType[*kafkaevent.Error](err); !ok || e.Path != "payload" || e.Hint == "" {
					t.Errorf("Event() of facts alone: %v, %v", event, err)
				}
				if f.Payload() != nil {
					t.Error("facts alone have a payload")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for r := range event.Records() {
				ids = append(ids, r.ID())
			}
			if !slices.Equal(ids, tt.records) {
				t.Errorf("carries %q, want %q", ids, tt.records)
			}
			if got := int64(len(f.Payload())); got != f.Batch.PayloadSize {
				t.Errorf("payload of %d bytes, the record says %d", got, f.Batch.PayloadSize)
			}
		})
	}
}

func TestFailureUnescapesTheEventOfABucket(t *testing.T) {
	f, err := kafkaevent.ParseFailure(readFailure(t, "bucket"))
	if err != nil {
		t.Fatal(err)
	}
	event, err := f.Event()
	if err != nil {
		t.Fatal(err)
	}
	if got := event.Partitions[0].Records[0].Headers().Get("note"); got != `"é` {
		t.Errorf("header is %q", got)
	}
}

func TestFailurePayloadIsACopy(t *testing.T) {
	f, err := kafkaevent.ParseFailure(readFailure(t, "topic"))
	if err != nil {
		t.Fatal(err)
	}
	clear(f.Payload())
	if _, err := f.Event(); err != nil {
		t.Errorf("writing to a payload destroyed the record: %v", err)
	}
}

func TestFailureUnmarshalsAsAFunctionsInput(t *testing.T) {
	var f kafkaevent.FailureRecord
	if err := json.Unmarshal(readFailure(t, "queue"), &f); err != nil || f.Batch.Size != 3 {
		t.Errorf("got %d records, %v", f.Batch.Size, err)
	}
}

func TestParseFailureRefuses(t *testing.T) {
	tests := map[string]struct{ data, want string }{
		"nothing":                     {``, "not valid JSON"},
		"half a record":               {`{"version":"1.0"`, "not valid JSON"},
		"a number":                    {`7`, "JSON number"},
		"null":                        {`null`, `no "KafkaBatchInfo"`},
		"a failure of Kinesis":        {`{"KinesisBatchInfo":{}}`, `no "KafkaBatchInfo"`},
		"a notification of another":   {`{"Type":"Notification","Message":"{}"}`, `no "KafkaBatchInfo"`},
		"a notification without text": {`{"Type":"Notification"}`, "not valid JSON"},
		"an asynchronous failure":     {`{"requestPayload":{},"version":"1.0"}`, "asynchronous"},
		"an event of SQS":             {`{"Records":[{"eventSource":"aws:sqs","body":"{}"}]}`, "body of each SQS message"},
		"an event of Kafka":           {`{"eventSource":"aws:kafka","records":{}}`, "value of each record"},
		"an offset that is none":      {`{"KafkaBatchInfo":{"recordInfo":{"offset":"secret"}}}`, "offset"},
		"a time that is none":         {`{"timestamp":"secret","KafkaBatchInfo":{}}`, "ISO 8601"},
		"a count that is none":        {`{"requestContext":{"approximateInvokeCount":"secret"},"KafkaBatchInfo":{}}`, "requestContext.approximateInvokeCount"},
		"a payload that is none":      {`{"KafkaBatchInfo":{},"payload":[1]}`, "payload"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f, err := kafkaevent.ParseFailure([]byte(tt.data))
			if _, ok := errors.AsType[*kafkaevent.Error](err); !ok {
				t.Fatalf("got %v, %v", f, err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%q does not say %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("%q quotes what it read", err)
			}
		})
	}
}

func TestFailureThatCarriesNoEventSaysSo(t *testing.T) {
	f, err := kafkaevent.ParseFailure([]byte(`{"KafkaBatchInfo":{"recordInfo":{"offset":5}},"payload":"{}"}`))
	if err != nil {
		t.Fatal(err)
	}
	if event, err := f.Event(); err == nil {
		t.Errorf("got %v", event)
	}
	if want := []kafkaevent.FailureRange{{First: 5, Last: 5}}; !slices.Equal(f.Batch.Ranges, want) {
		t.Errorf("ranges are %v", f.Batch.Ranges)
	}
}

func TestFailurePrintsNoPayload(t *testing.T) {
	f, err := kafkaevent.ParseFailure(readFailure(t, "topic"))
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("failed", "failure", f)
	for name, text := range map[string]string{
		"%v": fmt.Sprintf("%v", f), "%+v": fmt.Sprintf("%+v", *f), "%#v": fmt.Sprintf("%#v", f), "slog": log.String(),
	} {
		if strings.Contains(text, "eyJ0IjoyfQ") || strings.Contains(text, "101 121 74") {
			t.Errorf("%s prints the payload: %s", name, text)
		}
		if !strings.Contains(text, "saw-temps-1") {
			t.Errorf("%s does not name the partition: %s", name, text)
		}
	}
}

func FuzzParseFailure(f *testing.F) {
	for _, name := range []string{"queue", "notification", "too-large", "bucket", "topic"} {
		f.Add(readFailure(f, name))
	}
	f.Add([]byte(`{"KafkaBatchInfo":{"recordsInfo":{"":{"firstRecordOffset":null}}},"payload":"\ud800"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := string(data)
		failure, err := kafkaevent.ParseFailure(data)
		if string(data) != before {
			t.Fatal("the input was changed")
		}
		if err != nil {
			if _, ok := errors.AsType[*kafkaevent.Error](err); !ok {
				t.Fatalf("error is %T", err)
			}
			return
		}
		event, err := failure.Event()
		if (event == nil) == (err == nil) {
			t.Fatalf("event %v, error %v", event, err)
		}
		_, _ = failure.String(), failure.LogValue()
	})
}
