// Package batchtest is an event source mapping in memory: it delivers a log to
// a handler as Lambda would, takes the replies as Lambda would, and fails the
// test where a record is lost, a reply breaks the contract, a partition is
// blocked, or, with a [Ledger], an order is broken.
//
//	func TestNoOrderIsLost(t *testing.T) {
//		var ledger batchtest.Ledger
//		h := batch.NewPartial(batch.Values(schema.JSON[Order](), save), batch.WithMiddleware(ledger.Middleware))
//		log := []kafkaevent.Record{
//			kafkaeventtest.JSON("orders", Order{ID: 1}),
//			kafkaeventtest.JSON("orders", Order{ID: 2}),
//		}
//		batchtest.Run(t, h, log, batchtest.Config{
//			ReportBatchItemFailures: true,
//			Ledger:                  &ledger,
//			Faults:                  batchtest.RandomFaults(1, 0.3),
//		})
//	}
//
// For a function that handles one message, [Message] builds that message.
//
// It uses the ordinary time package alone, so a test inside synctest.Test runs
// timeouts and delays in no time at all.
//
// It is a model, made from what AWS documents. Where AWS documents nothing, as
// about what follows a partial reply, the model has a switch or says what it
// assumes. It does not replace one test against the real thing.
package batchtest
