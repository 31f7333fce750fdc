// Package deadletter has sinks for [batch.WithDeadLetter], and reads back what
// they wrote.
//
//	batch.NewPartial(h, batch.WithDeadLetter(deadletter.Topic("orders.dlt", producer)))
//
// A dead letter in a topic is the original record with headers that say where
// it came from and why it failed. [Replay] gives it back its original
// coordinates, so the handler that reads the dead-letter topic is the one that
// failed.
//
// It is not the event source mapping's on-failure destination, which takes what
// Lambda gave up; package kafkaevent reads that.
package deadletter
