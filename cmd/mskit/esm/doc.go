// Package esm is an event source mapping for the machine at hand: it consumes
// a topic through a consumer group, calls a function as Lambda would, takes its
// reply as Lambda would, and commits what is settled.
//
//	summary, err := esm.Run(ctx, processor, esm.Config{
//		Brokers:                 []string{"127.0.0.1:9092"},
//		Topic:                   "orders",
//		ReportBatchItemFailures: true,
//	})
//
// [New] gives the mapping itself, to be taken a batch at a time. Tests find a
// broker in memory and faults to inject in package esmtest; there, time is
// virtual.
//
// It is one poller: batches follow one another, so the order of a partition
// holds, and a record that fails for long holds up every partition this mapping
// has, where Lambda's other pollers would go on with theirs. Several mappings of
// one group share the topic. A batch that is to be tried again while a rebalance
// waits is left to whoever gets its partitions next.
//
// Records are delivered at least once: what a crash, a rebalance or the end of
// the context left without a commit comes again. AWS does not say whether Lambda
// reads records of aborted transactions; here it is Kafka's default, which does,
// and kgo.FetchIsolationLevel in [Config.Client] changes it.
//
// It does not emulate scaling, billing, IAM or networks.
package esm
