// Package schema turns the bytes of a Kafka key or value into Go values: JSON,
// text, numbers and plain bytes here, Avro, Protobuf and JSON Schema in the
// packages below it, with or without a schema registry.
//
//	orders := schema.JSON[Order]()
//	order, err := orders.Decode(ctx, schema.Input{Topic: "orders", Data: value})
//
// A [Decoder] asks a [Framing] which schema a record names and where its body
// begins, and a [Registry] for the schema: a client of package confluent or
// glue with [Cached] in front of it. What goes wrong is an [*Error] whose
// [Kind] says whether the same record can succeed later.
//
// While a registry is down, the schemas in the cache are still there. Schemas
// can also be embedded: [Cache.WriteSnapshot] writes them, [ReadSnapshot] and
// [WithSnapshot] give them to a cache.
//
// It is not for producing records, and it knows nothing of Lambda: package
// batch joins it to the records of an event.
package schema
