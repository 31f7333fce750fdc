// Package filter says which records matter: it runs the event patterns of
// Lambda's event source mapping locally, the whole language of Amazon
// EventBridge, over the raw bytes of a record.
//
//	f := filter.MustCompile(`{"value":{"status":["PAID"],"total":[{"numeric":[">",100]}]}}`)
//	ok, err := f.Match(record)
//
// Lambda itself filters Kafka records on "value" only. Here a pattern may also
// name key, headers, topic, partition, offset, timestamp and timestampType.
// PATTERNS.md beside the source specifies the language by example.
//
// [Lint] says what Lambda would refuse of a pattern, [Filter.Explain] why a
// record matches or not, and a [Router] which of many patterns match.
//
// It is not for transforming records, and it holds no state between them.
package filter
