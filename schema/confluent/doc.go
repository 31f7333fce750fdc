// Package confluent asks Confluent's Schema Registry for schemas, or a registry
// that speaks its REST API: Confluent Cloud, Redpanda, Karapace, Apicurio.
//
//	client, err := confluent.NewClient("https://registry.example:8081", confluent.WithBasicAuth(key, secret))
//	...
//	orders := avro.NewDecoder[Order](schema.Cached(client))
//
// It reads schemas and does nothing else: it is not for registering them.
package confluent
