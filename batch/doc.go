// Package batch calls your function for every record of a Kafka event and
// tells Lambda exactly which records failed.
//
//	func handle(ctx context.Context, m batch.Message[Order]) error {
//		return save(ctx, m.Value)
//	}
//
//	func main() {
//		lambda.Start(batch.NewPartial(batch.Values(schema.JSON[Order](), handle)))
//	}
//
// No record is silently lost: every record starts as failed and only its own
// success clears it, so neither a panic nor a timeout nor a bug in the loop can
// turn an unprocessed record into a processed one. No partition is silently
// blocked: a record that can never succeed goes to a dead-letter sink
// ([WithDeadLetter]), and one that keeps failing is pointed out in the log.
//
// # The choice in main
//
// Lambda takes a partial reply for success where the event source mapping was
// not told to expect one, which loses records without a trace. So you have to
// choose: [NewPartial] is for an event source mapping with
// ReportBatchItemFailures (it needs provisioned mode), [NewAllOrNothing] for one
// without.
//
// # What a handler's error means
//
//   - nil: the record is done.
//   - [Permanent]: the record can never succeed. It goes to the dead-letter
//     sink if there is one.
//   - [Skip]: the record is handled although something is to be said about it.
//   - anything else, a panic included: transient. It is tried again in place as
//     [WithRetry] allows, then reported to Lambda.
//
// A decoder's [*schema.Error] is permanent or transient by its kind; see
// [ClassOf].
//
// # Order
//
// By default the records of a partition run in order, and after a failure the
// rest of that partition is left for the next delivery. [ByKey] keeps the order
// of each key, [Unordered] none; [WithConcurrency] says how many run at once.
//
// The reply names the failed record and the rest that waits behind it, and
// Lambda counts its retries for all of them together. So a production setting
// has an on-failure destination, a dead-letter sink, or both.
//
// # More than one kind of record
//
// [Mux] chooses by topic, [OnTombstone] takes the deletes, [KeyValues] decodes
// keys too, [Slices] hands over many records at once for a bulk insert, and
// [WithFilter] leaves out what an event pattern does not match.
//
// # Packages beside it
//
// Package middleware has idempotency, a time limit and a log line per record,
// package deadletter sinks and their replay, package emf CloudWatch metrics,
// package batchtest an event source mapping in memory for tests. What happens
// when something fails, case by case, is in docs/semantics.md.
//
// # Who this is not for
//
// It does not poll Kafka and commits no offsets: Lambda's event source mapping
// does. Records are delivered at least once, so handlers have to be idempotent;
// package middleware has help for that.
package batch
