package batchtest_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/batch/batchtest"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
	"github.com/mskit-go/mskit/schema"
)

type Order struct {
	ID int `json:"id"`
}

// The whole test of a function: whatever goes wrong, no order is lost and none
// overtakes another.
func ExampleRun() {
	t := &fakeT{} // your *testing.T

	var ledger batchtest.Ledger
	save := func(context.Context, batch.Message[Order]) error { return nil }
	h := batch.NewPartial(batch.Values(schema.JSON[Order](), save), batch.WithMiddleware(ledger.Middleware))

	log := []kafkaevent.Record{
		kafkaeventtest.JSON("orders", Order{ID: 1}),
		kafkaeventtest.JSON("orders", Order{ID: 2}),
	}
	report := batchtest.Run(t, h, log, batchtest.Config{
		ReportBatchItemFailures: true,
		Ledger:                  &ledger,
		Faults:                  batchtest.RandomFaults(1, 0.5),
	})
	fmt.Println(report)
	// Output: 2 records in 3 invocations, 4 deliveries again, 2 done
}

// A poison pill, and what becomes of the records around it.
func ExampleReport() {
	fail := batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error {
		if string(r.Value) == "poison" {
			return errors.New("cannot")
		}
		return nil
	})
	h := batch.NewPartial(fail, silent)
	log := []kafkaevent.Record{
		kafkaeventtest.Text("orders", "a"),
		kafkaeventtest.Text("orders", "poison"),
		kafkaeventtest.Text("orders", "c"),
	}
	t := &fakeT{} // your *testing.T
	report := batchtest.Run(t, h, log, batchtest.Config{
		ReportBatchItemFailures: true,
		MaximumRetryAttempts:    new(2),
		OnFailure:               batchtest.ToBucket,
	})
	fmt.Println(report)
	for _, inv := range report.Invocations {
		fmt.Println(inv.Records, "named", inv.Named)
	}
	failure, err := kafkaevent.ParseFailure(report.OnFailure[0])
	fmt.Println(failure, err)
	// Output:
	// 3 records in 3 invocations, 4 deliveries again, 1 done, 2 given up
	// [orders/0/0 orders/0/1 orders/0/2] named [orders/0/1 orders/0/2]
	// [orders/0/1 orders/0/2] named [orders/0/1 orders/0/2]
	// [orders/0/1 orders/0/2] named [orders/0/1 orders/0/2]
	// RetryAttemptsExhausted orders-0/1..2 <nil>
}

// What a destination kept goes through the repaired handler once more.
func ExampleReport_replay() {
	repaired := false
	h := batch.NewPartial(batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error {
		if !repaired {
			return errors.New("broken")
		}
		return nil
	}), silent)
	t := &fakeT{} // your *testing.T
	report := batchtest.Run(t, h, []kafkaevent.Record{kafkaeventtest.Text("orders", "a")}, batchtest.Config{
		ReportBatchItemFailures: true,
		OnFailure:               batchtest.ToTopic,
	})

	repaired = true
	for _, body := range report.OnFailure {
		failure, err := kafkaevent.ParseFailure(body)
		if err != nil {
			fmt.Println(err)
			continue
		}
		reply, err := h.Invoke(context.Background(), failure.Payload())
		fmt.Println(string(reply), err)
	}
	// Output: {"batchItemFailures":[]} <nil>
}

func ExampleMessage() {
	handle := func(_ context.Context, m batch.Message[Order]) error {
		if m.Headers().Get("tenant") == "" {
			return batch.Permanent(errors.New("no tenant"))
		}
		return nil
	}
	fmt.Println(handle(context.Background(), batchtest.Message(Order{ID: 1})))
	fmt.Println(handle(context.Background(), batchtest.Message(Order{ID: 1}, kafkaeventtest.WithHeader("tenant", "t-1"))))
	// Output:
	// no tenant
	// <nil>
}

func ExampleKeyedMessage() {
	m := batchtest.KeyedMessage("c-1", Order{ID: 1})
	fmt.Printf("%s %s %d\n", m.Record.Key, m.Record.Value, m.Value.ID)
	// Output: c-1 {"id":1} 1
}
