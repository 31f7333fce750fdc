package lambdaevent_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
	"github.com/mskit-go/mskit/kafkaevent/lambdaevent"
)

func ExampleFrom() {
	in := events.KafkaEvent{
		EventSource: "aws:kafka",
		Records: map[string][]events.KafkaRecord{
			"orders-0": {{Topic: "orders", Offset: 7, Value: "cGFpZA=="}},
		},
	}
	event, err := lambdaevent.From(in)
	if err != nil {
		fmt.Println(err)
		return
	}
	for r := range event.Records() {
		fmt.Printf("%s %s\n", r.ID(), r.Value)
	}
	// Output: orders/0/7 paid
}

func ExampleTo() {
	event := kafkaeventtest.Event(kafkaeventtest.Text("orders", "paid"))
	out, err := lambdaevent.To(event)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(out.Records["orders-0"][0].Value)
	// Output: cGFpZA==
}

// sameTimes compares aws-lambda-go's times as instants: it decodes into the
// local zone.
var sameTimes = cmp.Comparer(func(a, b events.MilliSecondsEpochTime) bool { return a.Equal(b.Time) })

// TestToGivesWhatTheLibraryDecodes compares with aws-lambda-go on every fixture
// it can read.
func TestToGivesWhatTheLibraryDecodes(t *testing.T) {
	compared := 0
	for name, payload := range kafkaeventtest.Fixtures() {
		var want events.KafkaEvent
		if json.Unmarshal(payload, &want) != nil {
			continue
		}
		event, err := kafkaevent.Parse(payload)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := lambdaevent.To(event)
		if name == "value-not-base64" {
			if err == nil {
				t.Errorf("%s: broken records were converted", name)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		switch name {
		case "headers-absent-null", "headers-several-names", "map-key-repeated", "value-stray-bits":
			continue // these it decodes into something no event of Lambda's gives
		}
		compared++
		if diff := cmp.Diff(want, got, sameTimes); diff != "" {
			t.Errorf("%s: -aws-lambda-go +To\n%s", name, diff)
		}
	}
	if compared < 25 {
		t.Errorf("only %d fixtures were compared", compared)
	}
}

// TestLosses pins the lists in the comments of From and To.
func TestLosses(t *testing.T) {
	event := kafkaeventtest.Event(
		kafkaeventtest.Text("z", "kept", kafkaeventtest.WithKey("k"), kafkaeventtest.WithHeader("h", "\xff"),
			kafkaeventtest.WithHeader("h", "2"), kafkaeventtest.WithHeaderBytes("h", nil)),
		kafkaeventtest.Value("a", []byte{}, kafkaeventtest.WithKey(""), kafkaeventtest.WithTime(time.Time{}),
			kafkaeventtest.WithValueSchema("AVRO", "7")),
		kafkaeventtest.Tombstone("a", "k"),
	)
	through, err := lambdaevent.To(event)
	if err != nil {
		t.Fatal(err)
	}
	back, err := lambdaevent.From(through)
	if err != nil {
		t.Fatal(err)
	}

	if back.Source != event.Source || back.SourceARN != event.SourceARN || strings.Join(back.BootstrapServers, ",") != strings.Join(event.BootstrapServers, ",") {
		t.Errorf("envelope is %q %q %q", back.Source, back.SourceARN, back.BootstrapServers)
	}
	if back.Partitions[0].Key != "a-0" || back.Partitions[1].Key != "z-0" {
		t.Error("partitions are not sorted by key")
	}
	kept := back.Partitions[1].Records[0]
	if string(kept.Key) != "k" || string(kept.Value) != "kept" || !kept.Timestamp.Equal(event.Partitions[0].Records[0].Timestamp) {
		t.Errorf("record is %v %q %q %v", kept, kept.Key, kept.Value, kept.Timestamp)
	}
	want := kafkaevent.Headers{{Key: "h", Value: []byte{0xff}}, {Key: "h", Value: []byte("2")}, {Key: "h", Value: []byte{}}}
	if diff := cmp.Diff(want, kept.Headers()); diff != "" {
		t.Errorf("headers: -want +got\n%s", diff)
	}
	empty := back.Partitions[0].Records[0]
	if empty.Key != nil || !empty.Tombstone() || !empty.Timestamp.IsZero() || empty.ValueSchema != (kafkaevent.SchemaMetadata{}) {
		t.Errorf("record is %v %q %q %v %v", empty, empty.Key, empty.Value, empty.Timestamp, empty.ValueSchema)
	}
	if gone := back.Partitions[0].Records[1]; !gone.Tombstone() || string(gone.Key) != "k" {
		t.Errorf("tombstone is %v %q %q", gone, gone.Key, gone.Value)
	}
}

func TestFromGivesABrokenRecordItsError(t *testing.T) {
	event, err := lambdaevent.From(events.KafkaEvent{Records: map[string][]events.KafkaRecord{"t-0": {
		{Topic: "t", Offset: 1, Value: "c2VjcmV0!"},
		{Topic: "t", Offset: 2, Partition: math.MaxInt32 + 1},
		{Topic: "t", Offset: 3},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	records := event.Partitions[0].Records
	if records[0].Err() == nil || records[1].Err() == nil || records[2].Err() != nil {
		t.Errorf("errors are %v, %v and %v", records[0].Err(), records[1].Err(), records[2].Err())
	}
	if _, err := lambdaevent.To(event); err == nil || strings.Contains(err.Error(), "c2VjcmV0") {
		t.Errorf("converting a broken record back: %v", err)
	}
}

func TestFromKeepsTimes(t *testing.T) {
	far := time.Date(9999, 1, 2, 3, 4, 5, 0, time.UTC) // beyond what aws-lambda-go can write
	for _, tt := range []struct{ in, want time.Time }{
		{time.UnixMilli(-1), time.Time{}},
		{time.Time{}, time.Time{}},
		{time.UnixMilli(0), time.UnixMilli(0)},
		{far, far},
	} {
		event, err := lambdaevent.From(events.KafkaEvent{Records: map[string][]events.KafkaRecord{
			"t-0": {{Topic: "t", Timestamp: events.MilliSecondsEpochTime{Time: tt.in}}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		if got := event.Partitions[0].Records[0].Timestamp; !got.Equal(tt.want) {
			t.Errorf("%v became %v", tt.in, got)
		}
	}
}

func TestNothing(t *testing.T) {
	event, err := lambdaevent.From(events.KafkaEvent{})
	if err != nil || event.Len() != 0 {
		t.Errorf("from nothing came %d records, %v", event.Len(), err)
	}
	out, err := lambdaevent.To(&kafkaevent.Event{})
	if err != nil || out.Records == nil || len(out.Records) != 0 {
		t.Errorf("to nothing came %v, %v", out, err)
	}
}
