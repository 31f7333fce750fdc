// Package schemas has an order in three schema languages, as its producers
// register them, and the Go types of the Protobuf one. In a module of your own,
// protoc makes those:
//
//	protoc --go_out=. --go_opt=paths=source_relative order.proto
package schemas

import _ "embed" // for the texts

//go:generate go run ../../../schema/protobuf/internal/gen order.proto

// The texts that go to the registry.
var (
	//go:embed order.schema.json
	JSON string
	//go:embed order.avsc
	Avro string
	//go:embed order.proto
	Protobuf string
)
