package kafkaeventtest_test

import (
	"context"
	"fmt"

	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
)

type order struct {
	ID int `json:"id"`
}

func ExampleMSK() {
	payload := kafkaeventtest.MSK(
		kafkaeventtest.JSON("orders", order{ID: 1}),
		kafkaeventtest.JSON("orders", order{ID: 2}, kafkaeventtest.WithKey("c-1")),
		kafkaeventtest.Tombstone("orders", "c-1"),
	)
	event, err := kafkaevent.Parse(payload) // or processor.Invoke(ctx, payload)
	if err != nil {
		fmt.Println(err)
		return
	}
	for r := range event.Records() {
		fmt.Printf("%s %q %s %v\n", r.ID(), r.Key, r.Value, r.Tombstone())
	}
	// Output:
	// orders/0/0 "" {"id":1} false
	// orders/0/1 "c-1" {"id":2} false
	// orders/0/2 "c-1"  true
}

func ExampleSelfManaged() {
	fmt.Println(string(kafkaeventtest.SelfManaged(
		kafkaeventtest.Text("audit", "hi", kafkaeventtest.WithPartition(3), kafkaeventtest.WithHeader("lang", "é")),
	)))
	// Output:
	// {"eventSource":"SelfManagedKafka","bootstrapServers":"kafka-1.example.net:9092,kafka-2.example.net:9092","records":{"audit-3":[{"topic":"audit","partition":3,"offset":0,"timestamp":1767225600000,"timestampType":"CREATE_TIME","value":"aGk=","headers":[{"lang":[-61,-87]}]}]}}
}

func ExampleEvent() {
	event := kafkaeventtest.Event(
		kafkaeventtest.Text("orders", "a", kafkaeventtest.WithOffset(40)),
		kafkaeventtest.Text("orders", "b", kafkaeventtest.WithPartition(1)),
		kafkaeventtest.Text("orders", "c"),
	)
	for _, p := range event.Partitions {
		for _, r := range p.Records {
			fmt.Println(p.Key, r.Offset, string(r.Value))
		}
	}
	// Output:
	// orders-0 40 a
	// orders-0 41 c
	// orders-1 0 b
}

func ExampleWithFraming() {
	confluent := func(avro []byte) []byte { return append([]byte{0, 0, 0, 0, 42}, avro...) }
	r := kafkaeventtest.Value("orders", []byte{2}, kafkaeventtest.WithFraming(confluent))
	fmt.Println(r.Value)
	// Output: [0 0 0 0 42 2]
}

func ExampleLint() {
	fixture := `{"eventSource":"aws:kafka",
		"eventSourceArn":"arn:aws:kafka:eu-north-1:111122223333:cluster/mill/1","bootstrapServers":"b-1:9098",
		"records":{"orders-1":[{"topic":"orders","partition":0,"offset":7,"timestamp":1767225600,
			"timestampType":"CREATE_TIME","value":"e30=","headers":[{"site":[195,133]}]}]}}`
	for _, f := range kafkaeventtest.Lint([]byte(fixture)) {
		fmt.Println(f)
	}
	// Output:
	// records["orders-1"][0]: listed under "orders-1"; Lambda lists it under "orders-0"
	// records["orders-1"][0].timestamp: 1767225600 is before 1974; Lambda sends milliseconds, this looks like seconds
	// records["orders-1"][0].headers[0].site: unsigned bytes, as emulators send; Lambda sends those of Java, -128 to 127
}

func ExampleFixture() {
	event, err := kafkaevent.Parse(kafkaeventtest.Fixture("tombstones"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for r := range event.Records() {
		fmt.Println(r.Offset, r.Value == nil)
	}
	// Output:
	// 1 true
	// 2 true
	// 3 false
}

// hoarder keeps what it must not keep.
type hoarder struct{ kept []byte }

func (h *hoarder) Invoke(_ context.Context, payload []byte) ([]byte, error) {
	event, err := kafkaevent.ParseInPlace(payload)
	if err != nil {
		return nil, err
	}
	h.kept = event.Partitions[0].Records[0].Value
	fmt.Println("while invoked:", string(h.kept))
	return nil, nil
}

func ExamplePoison() {
	var h hoarder
	payload := kafkaeventtest.MSK(kafkaeventtest.Text("orders", "paid"))
	if _, err := kafkaeventtest.Poison(&h).Invoke(context.Background(), payload); err != nil {
		fmt.Println(err)
	}
	fmt.Println("afterwards:", string(h.kept))
	// Output:
	// while invoked: paid
	// afterwards: !!!!
}

func ExampleBucketFailure() {
	event := kafkaeventtest.Event(kafkaeventtest.Text("orders", "paid", kafkaeventtest.WithOffset(7)))
	object := kafkaeventtest.BucketFailure(kafkaevent.FailureRecord{InvokeCount: 4}, event)

	failure, err := kafkaevent.ParseFailure(object)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(failure, "after", failure.InvokeCount)
	// Output: RetryAttemptsExhausted orders-0/7..7 after 4
}
