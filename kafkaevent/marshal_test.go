package kafkaevent_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/mskit-go/mskit/kafkaevent"
)

func ExampleEvent_MarshalJSON() {
	event := kafkaevent.Event{
		Source: "SelfManagedKafka",
		Partitions: []kafkaevent.Partition{{
			Key: "orders-0",
			Records: []kafkaevent.Record{{
				TopicPartition: kafkaevent.TopicPartition{Topic: "orders"},
				Offset:         42,
				Timestamp:      time.UnixMilli(1767225600123),
				TimestampType:  "CREATE_TIME",
				Value:          []byte(`{"total":7}`),
			}},
		}},
	}
	event.Partitions[0].Records[0].SetHeaders(kafkaevent.Headers{{Key: "lang", Value: []byte("é")}})

	text, err := event.MarshalJSON()
	fmt.Println(string(text), err)
	// Output:
	// {"eventSource":"SelfManagedKafka","records":{"orders-0":[{"topic":"orders","partition":0,"offset":42,"timestamp":1767225600123,"timestampType":"CREATE_TIME","value":"eyJ0b3RhbCI6N30=","headers":[{"lang":[-61,-87]}]}]}} <nil>
}

// asLambda are payloads in the exact form Lambda writes, so that marshalling
// what was parsed must give every byte back.
var asLambda = map[string]string{
	"two partitions of MSK, a record without a key": `{"eventSource":"aws:kafka","eventSourceArn":"arn:aws:kafka:eu-north-1:111122223333:cluster/mill/9a3c5c7e-0f3b-4d7b-8a55-2b6f7c1d9e10-2","bootstrapServers":"b-1.mill.example.com:9098,b-2.mill.example.com:9098","records":{"saw-temps-1":[{"topic":"saw-temps","partition":1,"offset":7,"timestamp":1767225600123,"timestampType":"CREATE_TIME","key":"c2F3","value":"eyJ0IjoxfQ==","headers":[]},{"topic":"saw-temps","partition":1,"offset":11,"timestamp":1767225600124,"timestampType":"CREATE_TIME","value":"eyJ0IjoyfQ==","headers":[]}],"saw-temps-0":[{"topic":"saw-temps","partition":0,"offset":3,"timestamp":1767225600125,"timestampType":"LOG_APPEND_TIME","key":"c2F3","value":"eyJ0IjozfQ==","headers":[]}]}}`,
	"self-managed, offset beyond 2^53":              `{"eventSource":"SelfManagedKafka","bootstrapServers":"k1.example.net:9092","records":{"a.b-c_d-11":[{"topic":"a.b-c_d","partition":11,"offset":9007199254740995,"timestamp":1767225600123,"timestampType":"CREATE_TIME","key":"eA==","value":"eQ==","headers":[]}]}}`,
	"largest numbers":                               `{"eventSource":"aws:kafka","records":{"t-2147483647":[{"topic":"t","partition":2147483647,"offset":9223372036854775807,"timestamp":0,"timestampType":"CREATE_TIME","value":"","headers":[]}]}}`,
	"headers signed, repeated, empty, null":         `{"eventSource":"aws:kafka","records":{"t-0":[{"topic":"t","partition":0,"offset":1,"timestamp":1,"timestampType":"CREATE_TIME","value":"eA==","headers":[{"a":[0,-1,-128,127]},{"a":[49]},{"b":[]},{"b":null}]}]}}`,
	"tombstone, empty key, empty value":             `{"eventSource":"aws:kafka","records":{"t-0":[{"topic":"t","partition":0,"offset":1,"timestamp":1,"timestampType":"CREATE_TIME","key":"aw==","headers":[]},{"topic":"t","partition":0,"offset":2,"timestamp":1,"timestampType":"CREATE_TIME","key":"","value":"","headers":[]}]}}`,
	"no timestamp":                                  `{"eventSource":"aws:kafka","records":{"t-0":[{"topic":"t","partition":0,"offset":1,"timestamp":-1,"timestampType":"NO_TIMESTAMP_TYPE","value":"eA==","headers":[]}]}}`,
	"schema metadata, whole and partial":            `{"eventSource":"aws:kafka","records":{"t-0":[{"topic":"t","partition":0,"offset":1,"timestamp":1,"timestampType":"CREATE_TIME","key":"aw==","value":"eA==","keySchemaMetadata":{"dataFormat":"JSON"},"valueSchemaMetadata":{"dataFormat":"AVRO","schemaId":"1001"},"headers":[]},{"topic":"t","partition":0,"offset":2,"timestamp":1,"timestampType":"CREATE_TIME","valueSchemaMetadata":{"schemaId":"7"},"headers":[]}]}}`,
	"unknown members":                               `{"eventSource":"aws:kafka","records":{"t-0":[{"topic":"t","partition":0,"offset":1,"timestamp":1,"timestampType":"CREATE_TIME","value":"eA==","headers":[],"leaderEpoch":3,"tags":{"a": [1, 2]}}]},"futureMember":[true,null]}`,
	"names that need escapes":                       `{"eventSource":"aws:kafka","records":{"q\"\\\b\t\n\f\r\u0000\u001f<&>` + "\u007f\u2028é😀" + `-0":[{"topic":"q\"\\\b\t\n\f\r\u0000\u001f<&>` + "\u007f\u2028é😀" + `","partition":0,"offset":1,"timestamp":1,"timestampType":"CREATE_TIME","value":"eA==","headers":[{"\u0001":[1]}]}]}}`,
	"map key that is not topic-partition":           `{"eventSource":"aws:kafka","records":{"mytopic-01":[{"topic":"mytopic","partition":0,"offset":1,"timestamp":1,"timestampType":"CREATE_TIME","value":"eA==","headers":[]}]}}`,
	"no records":                                    `{"eventSource":"aws:kafka","records":{}}`,
	"empty group":                                   `{"eventSource":"aws:kafka","records":{"t-0":[]}}`,
}

func TestMarshalGivesBackWhatLambdaWrote(t *testing.T) {
	for name, payload := range asLambda {
		t.Run(name, func(t *testing.T) {
			event, err := kafkaevent.Parse([]byte(payload))
			if err != nil {
				t.Fatal(err)
			}
			got, err := event.MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != payload {
				t.Errorf("not what was parsed:\n got %s\nwant %s", got, payload)
			}
			checkRoundTrip(t, event)
		})
	}
}

func TestMarshalNormalises(t *testing.T) {
	tests := map[string]struct{ payload, want string }{
		"order of members": {
			`{"records":{"t-0":[{"headers":[],"value":"eA==","offset":1,"timestamp":5,"partition":0,"topic":"t"}]},"bootstrapServers":"a:1,b:2","eventSource":"aws:kafka"}`,
			`{"eventSource":"aws:kafka","bootstrapServers":"a:1,b:2","records":{"t-0":[{"topic":"t","partition":0,"offset":1,"timestamp":5,"value":"eA==","headers":[]}]}}`,
		},
		"nulls are left out, absent headers become an empty list": {
			`{"records":{"t-0":[{"topic":"t","partition":0,"offset":1,"timestamp":5,"key":null,"value":null}]}}`,
			`{"records":{"t-0":[{"topic":"t","partition":0,"offset":1,"timestamp":5,"headers":[]}]}}`,
		},
		"unsigned header bytes become signed": {
			`{"records":{"t-0":[{"topic":"t","partition":0,"offset":1,"timestamp":5,"headers":[{"h":[195,171,255]}]}]}}`,
			`{"records":{"t-0":[{"topic":"t","partition":0,"offset":1,"timestamp":5,"headers":[{"h":[-61,-85,-1]}]}]}}`,
		},
		"a header object of several names is one object each": {
			`{"records":{"t-0":[{"topic":"t","partition":0,"offset":1,"timestamp":5,"headers":[{"a":[1],"b":[2]}]}]}}`,
			`{"records":{"t-0":[{"topic":"t","partition":0,"offset":1,"timestamp":5,"headers":[{"a":[1]},{"b":[2]}]}]}}`,
		},
		"escapes that need not be": {
			`{"records":{"\u0074-0":[{"topic":"\u0074","partition":0,"offset":1,"timestamp":5,"value":"e\u0041==","headers":[]}]}}`,
			`{"records":{"t-0":[{"topic":"t","partition":0,"offset":1,"timestamp":5,"value":"eA==","headers":[]}]}}`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			event, err := kafkaevent.Parse([]byte(tt.payload))
			if err != nil {
				t.Fatal(err)
			}
			got, err := event.MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			checkRoundTrip(t, event)
		})
	}
}

func TestMarshalRefusesABrokenRecord(t *testing.T) {
	payload := `{"records":{"t-0":[{"topic":"t","partition":0,"offset":1,"timestamp":1,"value":"eA=="},{"topic":"t","partition":0,"offset":2,"timestamp":1,"value":"c2VjcmV0!"}]}}`
	event, err := kafkaevent.Parse([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	text, err := event.MarshalJSON()
	if text != nil {
		t.Errorf("wrote %d bytes of an event it cannot write", len(text))
	}
	e, ok := errors.AsType[*kafkaevent.Error](err)
	if !ok {
		t.Fatalf("error is %T, want *kafkaevent.Error", err)
	}
	if want := `records["t-0"][1]`; e.Path != want {
		t.Errorf("path is %q, want %q", e.Path, want)
	}
	if strings.Contains(err.Error(), "c2VjcmV0") {
		t.Errorf("the error quotes the payload: %v", err)
	}
}

func TestMarshalOfAnEventMadeByHand(t *testing.T) {
	late := time.Date(2026, 1, 1, 1, 0, 0, 123456789, time.FixedZone("", 3600))
	event := kafkaevent.Event{
		Source: "aws:kafka",
		Partitions: []kafkaevent.Partition{{Key: "t\xff-0", Records: []kafkaevent.Record{{
			TopicPartition: kafkaevent.TopicPartition{Topic: "t\xff", Partition: -1},
			Offset:         math.MinInt64, Timestamp: late,
		}}}},
	}
	got, err := event.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"eventSource":"aws:kafka","records":{"t` + "\uFFFD" + `-0":[{"topic":"t` + "\uFFFD" +
		`","partition":-1,"offset":-9223372036854775808,"timestamp":1767225600123,"headers":[]}]}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestMarshalThroughEncodingJSON(t *testing.T) {
	payload := asLambda["two partitions of MSK, a record without a key"]
	event, err := kafkaevent.Parse([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]any{"a pointer": event, "a value": *event} {
		got, err := json.Marshal(v)
		if err != nil || string(got) != payload {
			t.Errorf("%s: got %s, %v", name, got, err)
		}
	}
}

func TestMarshalAllocatesOnceForAnEvent(t *testing.T) {
	event := &kafkaevent.Event{Source: "aws:kafka"}
	records := make([]kafkaevent.Record, 500)
	for i := range records {
		records[i] = kafkaevent.Record{
			TopicPartition: kafkaevent.TopicPartition{Topic: "orders"},
			Offset:         int64(i), Timestamp: time.UnixMilli(1767225600123), TimestampType: "CREATE_TIME",
			Key: []byte("customer-1"), Value: bytes.Repeat([]byte("v"), 350),
		}
	}
	event.Partitions = []kafkaevent.Partition{{Key: "orders-0", Records: records}}
	allocs := testing.AllocsPerRun(20, func() {
		if _, err := event.MarshalJSON(); err != nil {
			t.Error(err)
		}
	})
	if allocs > 4 {
		t.Errorf("%v allocations for 500 records, want at most 4 for all of them", allocs)
	}
}

func BenchmarkMarshalJSON(b *testing.B) {
	event := &kafkaevent.Event{Source: "aws:kafka", Partitions: []kafkaevent.Partition{{Key: "orders-0"}}}
	for i := range 500 {
		event.Partitions[0].Records = append(event.Partitions[0].Records, kafkaevent.Record{
			TopicPartition: kafkaevent.TopicPartition{Topic: "orders"},
			Offset:         int64(i), Timestamp: millis(1767225600123), TimestampType: "CREATE_TIME",
			Key: []byte("customer-1"), Value: bytes.Repeat([]byte("v"), 350),
		})
	}
	b.ReportAllocs()
	for b.Loop() {
		text, err := event.MarshalJSON()
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(text)))
	}
}

// FuzzMarshalJSON checks that whatever parses, and has no broken record, is
// written as valid JSON that parses to an equal event, and that writing it
// again changes nothing.
func FuzzMarshalJSON(f *testing.F) {
	for _, payload := range asLambda {
		f.Add([]byte(payload))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		event, err := kafkaevent.Parse(payload)
		if err != nil {
			return
		}
		for r := range event.Records() {
			if r.Err() != nil {
				if _, err := event.MarshalJSON(); err == nil {
					t.Fatal("a broken record was written")
				}
				return
			}
		}
		checkRoundTrip(t, event)
	})
}

// checkRoundTrip writes the event, parses what was written and compares.
func checkRoundTrip(t *testing.T, event *kafkaevent.Event) {
	t.Helper()
	text, err := event.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(text) {
		t.Fatalf("not JSON: %s", text)
	}
	again, err := kafkaevent.Parse(text)
	if err != nil {
		t.Fatalf("what was written does not parse: %v\n%s", err, text)
	}
	if got, want := describe(again), describe(event); got != want {
		t.Fatalf("round trip changed the event\n got %s\nwant %s", got, want)
	}
	twice, err := again.MarshalJSON()
	if err != nil || !bytes.Equal(text, twice) {
		t.Fatalf("second round trip: %v\n got %s\nwant %s", err, twice, text)
	}
}

// describe spells out everything an event holds, null and empty apart.
func describe(e *kafkaevent.Event) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q %q %q", e.Source, e.SourceARN, e.BootstrapServers)
	for _, p := range e.Partitions {
		fmt.Fprintf(&b, "\n%q", p.Key)
		for i := range p.Records {
			r := &p.Records[i]
			fmt.Fprintf(&b, "\n %q %d %d %v %q %#v %#v %q %q", r.Topic, r.Partition, r.Offset, r.Timestamp,
				r.TimestampType, r.Key, r.Value, r.KeySchema, r.ValueSchema)
			for _, h := range r.Headers() {
				fmt.Fprintf(&b, " %q=%#v", h.Key, h.Value)
			}
			for name, text := range r.Extra() {
				fmt.Fprintf(&b, " %q:%q", name, text)
			}
		}
	}
	for name, text := range e.Extra() {
		fmt.Fprintf(&b, "\n%q:%q", name, text)
	}
	return b.String()
}
