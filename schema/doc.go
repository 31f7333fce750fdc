// Package schema turns the bytes of a Kafka key or value into Go values: JSON,
// text and plain bytes here, Avro, Protobuf and JSON Schema in the packages
// below it, with or without a schema registry.
//
// It is not for producing records, and it knows nothing of Lambda: package
// batch joins it to the records of an event.
package schema
