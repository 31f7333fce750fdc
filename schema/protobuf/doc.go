// Package protobuf turns Protobuf records into messages: into generated types,
// which needs no schema registry, or into dynamic messages whose descriptors a
// registry serves.
//
//	orders := protobuf.NewDecoder[*orderspb.Order]()
//
// The body of a Protobuf record does not say which message it holds, and
// decoding it into another one usually succeeds, with wrong values. What the
// producer wrote in front of the body tells: a path into the schema's file
// (Confluent) or a rank among its messages (AWS Glue). Every decoder here
// checks it; see [WithTypeCheck].
//
// It is not for JSON text that the event source mapping made of Protobuf
// records, except by [NewJSONDecoder], and not for producing records.
package protobuf
