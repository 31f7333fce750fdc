// Package demo shows mskit at work, with nothing but memory around it: a Kafka
// broker and a schema registry on the loopback interface, a topic of orders in
// three formats with everything among them that goes wrong in production, and
// the function of examples/mixed behind an event source mapping. In the end it
// reads all topics back and accounts for every record.
//
// [Run] is the whole of it. The records depend on the seed alone.
package demo
