package kafkaevent_test

import (
	"fmt"

	"github.com/mskit-go/mskit/kafkaevent"
)

func ExampleParse() {
	payload := []byte(`{"eventSource":"aws:kafka","records":{"orders-0":[
		{"topic":"orders","partition":0,"offset":7,"timestamp":1767225600000,"key":"Yy0x","value":"eyJ0b3RhbCI6Nzl9","headers":[{"lang":[100,101]}]},
		{"topic":"orders","partition":0,"offset":9,"timestamp":1767225601000,"key":"Yy0y","value":null,"headers":[]},
		{"topic":"orders","partition":0,"offset":10,"timestamp":1767225602000,"key":"Yy0z","value":"***","headers":[]}]}}`)
	event, err := kafkaevent.Parse(payload)
	if err != nil {
		fmt.Println(err) // not a Kafka event at all
		return
	}
	for r := range event.Records() {
		switch {
		case r.Err() != nil:
			fmt.Println(r.ID(), r.Err())
		case r.Tombstone():
			fmt.Printf("%s deletes %s\n", r.ID(), r.Key)
		default:
			fmt.Printf("%s %s %s\n", r.ID(), r.Value, r.Headers().Get("lang"))
		}
	}
	// Output:
	// orders/0/7 {"total":79} de
	// orders/0/9 deletes c-2
	// orders/0/10 kafkaevent: records["orders-0"][2].value: not standard base64 at byte 400
}

func ExampleParseInPlace() {
	payload := []byte(`{"records":{"orders-0":[{"topic":"orders","partition":0,"offset":7,"value":"eyJ0b3RhbCI6Nzl9"}]}}`)
	event, _ := kafkaevent.ParseInPlace(payload)
	kept := event.Partitions[0].Records[0].Clone()
	clear(payload) // Lambda's runtime reuses the buffer after the invocation
	fmt.Printf("%s\n", kept.Value)
	// Output: {"total":79}
}

func ExampleRecord_Headers() {
	var r kafkaevent.Record
	r.SetHeaders(kafkaevent.Headers{
		{Key: "hop", Value: []byte("a")},
		{Key: "hop", Value: []byte("b")},
		{Key: "note"},
	})
	last, _ := r.Headers().Last("hop")
	note, ok := r.Headers().Last("note")
	fmt.Printf("%s %q %v %t\n", last, r.Headers().Values("hop"), note, ok)
	// Output: b ["a" "b"] [] true
}
