// Package esm is an event source mapping for the machine at hand: it consumes
// a topic through a consumer group, calls a function as Lambda would, takes its
// reply as Lambda would, and commits what is settled.
//
// It is one poller: batches follow one another, so the order of a partition
// holds. It does not emulate scaling, billing, IAM or networks.
package esm
