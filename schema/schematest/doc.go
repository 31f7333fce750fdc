// Package schematest tests decoders and registries, as net/http/httptest does
// for handlers: fake registries to decode against, builders of framed records,
// golden vectors from other implementations, and conformance checks for
// decoders and registries of your own.
//
//	registry := schematest.NewConfluentServer(t, &schema.Schema{
//		ID: schema.ConfluentID(7), Format: schema.FormatAvro, Text: `"string"`, Subject: "orders-value", Version: 1,
//	})
//	client, err := confluent.NewClient(registry.URL)
//	...
//	orders := avro.NewDecoder[string](schema.Cached(client))
//	text, err := orders.Decode(ctx, schema.Input{Data: schematest.Confluent(7, []byte("\x04hi"))})
//
// It is not for production code.
package schematest
