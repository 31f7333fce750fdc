// Package esmtest has what tests of a function behind an event source mapping
// need: a Kafka in memory and a function that fails on demand.
//
//	func TestOrders(t *testing.T) {
//		synctest.Test(t, func(t *testing.T) {
//			broker := esmtest.NewBroker(t, 4, "orders")
//			broker.Produce(t, &kgo.Record{Topic: "orders", Value: []byte(`{"id":1}`)})
//			summary, err := esm.Run(t.Context(), processor, broker.Config("orders"))
//			...
//		})
//	}
//
// Broker and client talk through pipes, so both live in a synctest bubble: a
// retry delay of minutes, a batching window and the age of a record pass in no
// time, and exactly. Outside of a bubble the same test takes the time it says.
// A group that rebalances by another protocol than the mapping's own, the eager
// one, can hang in a bubble unless the test is built with kgo's tag synctests.
package esmtest
