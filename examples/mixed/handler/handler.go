// Package handler ships the orders of a topic on which some producers write
// JSON, some Avro and some Protobuf: the schema id in front of each value says
// which. Whatever a record holds, it ends in one place, and no other record
// waits behind it for ever:
//
//   - a paid order is shipped once, however often it was produced or delivered;
//   - a tombstone cancels the order that is its key;
//   - an order that is not paid yet is filtered out, before it is decoded;
//   - what can never succeed is dead-lettered: broken bytes, the wrong message,
//     an unknown schema, a handler that panics at every delivery;
//   - everything else that fails is delivered again.
package handler

import (
	"context"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/batch/middleware"
	"github.com/mskit-go/mskit/filter"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
)

// EventID is the header by which a producer's repetition is recognised.
const EventID = "event-id"

// Attempts is how many deliveries of a record may fail in one sandbox before it
// is dead-lettered. Give the mapping more, or it gives up first, and with the
// record those that wait behind it.
const Attempts = 3

// Warehouse does the work.
type Warehouse interface {
	// Ship ships an order from the aisle of its first article.
	Ship(ctx context.Context, aisle string, o Order) error
	// Cancel takes an order back.
	Cancel(ctx context.Context, orderID string) error
}

// New is the function. It is for an event source mapping with
// ReportBatchItemFailures. handled remembers what was shipped; it has to be one
// that all sandboxes share. opts come after the function's own options.
func New(registry schema.Registry, w Warehouse, handled middleware.Store, deadLetters batch.DeadLetterSink, opts ...batch.Option) *batch.Processor {
	// An order without lines makes it panic. The JSON Schema forbids such, Avro
	// and Protobuf do not: that record fails, not the function.
	ship := func(ctx context.Context, m batch.Message[Order]) error {
		return w.Ship(ctx, m.Value.Lines[0].SKU[:2], m.Value)
	}
	cancel := func(ctx context.Context, m batch.KeyMessage[string]) error {
		return w.Cancel(ctx, m.Key)
	}
	return batch.NewPartial(
		batch.OnTombstone(batch.Values(newOrders(registry), ship), batch.Keys(schema.String(), cancel)),
		append([]batch.Option{
			batch.WithOrder(batch.ByKey), // an order's own records stay in order; others do not wait for it
			batch.WithFilter(filter.MustCompile(`{"value":{"status":["PAID"]}}`)),
			batch.WithMiddleware(middleware.Idempotent("mixed-v1", handled, middleware.WithKey(eventID))),
			batch.WithDeadLetter(deadLetters),
			batch.WithDeadLetterAfter(Attempts),
		}, opts...)...,
	)
}

func eventID(r *kafkaevent.Record) string { return r.Headers().Get(EventID) }
