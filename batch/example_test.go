package batch_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/filter"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
)

// Order is what the examples' topic holds.
type Order struct {
	ID    string `json:"id"`
	Total int    `json:"total"`
}

// orders is an event of three records.
var orders = []byte(`{"eventSource":"aws:kafka","records":{"orders-0":[
	{"topic":"orders","partition":0,"offset":41,"key":"YQ==","value":"eyJpZCI6ImEiLCJ0b3RhbCI6MTB9","headers":[]},
	{"topic":"orders","partition":0,"offset":42,"key":"Yg==","value":"eyJpZCI6ImIiLCJ0b3RhbCI6LTF9","headers":[]},
	{"topic":"orders","partition":0,"offset":43,"key":"Yw==","value":null,"headers":[]}]}}`)

// discard keeps the examples' log out of their output.
var discard = batch.WithLogger(slog.New(slog.DiscardHandler))

func handleOrder(_ context.Context, m batch.Message[Order]) error {
	if m.Value.Total < 0 {
		return errors.New("negative total")
	}
	fmt.Println("order", m.Value.ID, "at", m.ID())
	return nil
}

// In a function's main the processor goes into lambda.Start.
func ExampleNewPartial() {
	p := batch.NewPartial(batch.Values(schema.JSON[Order](), handleOrder), discard)

	reply, err := p.Invoke(context.Background(), orders)
	fmt.Println(string(reply), err)
	// Output:
	// order a at orders/0/41
	// {"batchItemFailures":[{"itemIdentifier":{"partition":"orders-0","offset":42}},{"itemIdentifier":{"partition":"orders-0","offset":43}}]} <nil>
}

func ExampleNewAllOrNothing() {
	p := batch.NewAllOrNothing(batch.Values(schema.JSON[Order](), handleOrder), discard)

	_, err := p.Invoke(context.Background(), orders)
	fmt.Println(err)
	// Output:
	// order a at orders/0/41
	// batch: of 3 records 1 failed and 1 were not started; record orders/0/42: negative total
}

// A record that can never succeed goes to the dead-letter sink, so that it does
// not block its partition.
func ExamplePermanent() {
	handle := func(ctx context.Context, m batch.Message[Order]) error {
		return batch.Permanent(handleOrder(ctx, m))
	}
	sink := batch.DeadLetterSinkFunc(func(_ context.Context, l batch.DeadLetter) error {
		fmt.Println("dead letter:", l)
		return nil
	})
	deleted := func(_ context.Context, m batch.KeyMessage[string]) error {
		fmt.Println("delete", m.Key)
		return nil
	}
	p := batch.NewPartial(
		batch.OnTombstone(batch.Values(schema.JSON[Order](), handle), batch.Keys(schema.String(), deleted)),
		batch.WithDeadLetter(sink), discard,
	)

	reply, err := p.Invoke(context.Background(), orders)
	fmt.Println(string(reply), err)
	// Output:
	// order a at orders/0/41
	// dead letter: orders/0/42: negative total
	// delete c
	// {"batchItemFailures":[]} <nil>
}

func ExampleHandlerFunc() {
	h := batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error {
		fmt.Println(r, "key", string(r.Key), "tombstone", r.Tombstone())
		return nil
	})
	res, err := func() (*batch.Result, error) {
		e, err := kafkaevent.Parse(orders)
		if err != nil {
			return nil, err
		}
		return batch.NewPartial(h).Process(context.Background(), e)
	}()
	fmt.Println(res.Succeeded, "of", res.Records, err)
	// Output:
	// orders/0/41 key a tombstone false
	// orders/0/42 key b tombstone false
	// orders/0/43 key c tombstone true
	// 3 of 3 <nil>
}

func ExampleKeyValues() {
	h := batch.KeyValues(schema.String(), schema.JSON[Order](), func(_ context.Context, m batch.KeyedMessage[string, Order]) error {
		fmt.Println(m.Key, m.Value.Total)
		return nil
	})
	_, err := batch.NewPartial(h, discard).Invoke(context.Background(), orders)
	fmt.Println(err)
	// Output:
	// a 10
	// b -1
	// <nil>
}

// A delete has a key and no value.
func ExampleOnTombstone() {
	h := batch.OnTombstone(
		batch.Values(schema.JSON[Order](), func(_ context.Context, m batch.Message[Order]) error {
			fmt.Println("save", m.Value.ID)
			return nil
		}),
		batch.Keys(schema.String(), func(_ context.Context, m batch.KeyMessage[string]) error {
			fmt.Println("delete", m.Key)
			return nil
		}),
	)
	_, err := batch.NewPartial(h).Invoke(context.Background(), orders)
	fmt.Println(err)
	// Output:
	// save a
	// save b
	// delete c
	// <nil>
}

func ExampleWithFilter() {
	h := batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error {
		fmt.Println("handled", r)
		return nil
	})
	f := filter.MustCompile(`{"value":{"total":[{"numeric":[">",0]}]}}`)
	p := batch.NewPartial(h, batch.WithFilter(f))

	reply, err := p.Invoke(context.Background(), orders)
	fmt.Println(string(reply), err)
	// Output:
	// handled orders/0/41
	// handled orders/0/43
	// {"batchItemFailures":[]} <nil>
}

// The keys of a partition run side by side, the records of each key in order.
func ExampleWithOrder() {
	p := batch.NewPartial(batch.Values(schema.JSON[Order](), handleOrder), discard,
		batch.WithOrder(batch.ByKey), batch.WithConcurrency(8))

	reply, err := p.Invoke(context.Background(), orders)
	fmt.Println(string(reply), err) // key b failed, c is a delete nobody wants
	// Output:
	// order a at orders/0/41
	// {"batchItemFailures":[{"itemIdentifier":{"partition":"orders-0","offset":42}},{"itemIdentifier":{"partition":"orders-0","offset":43}}]} <nil>
}
