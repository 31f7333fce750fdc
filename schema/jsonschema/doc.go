// Package jsonschema decodes JSON records after checking them against their
// JSON Schema: drafts 4, 6, 7, 2019-09 and 2020-12, the schema from a registry
// or given in code.
//
//	d := jsonschema.NewDecoder[Order](schema.Cached(client))
//	lambda.Start(batch.NewPartial(batch.Values(d, handle)))
//
// What is checked is the payload itself, with its numbers exact, and not what
// became of it in a Go struct. A record that breaks its schema fails with
// [schema.KindValidation] and a [*ValidationError] that lists each failure by
// JSON pointer and keyword, and quotes nothing of the payload.
//
// Schemas and payloads count as hostile. A $ref leads to the schema itself, to
// a reference that the registry resolved or to a meta-schema of the drafts;
// nothing is ever read from a file or the network. Sizes, depths, numbers and
// the work of validating are capped, see [Limits].
//
// It is not for JSON that nobody validates: [schema.JSON] is some five times
// faster and links no validator. The validator compiles the meta-schemas of
// five drafts when the program starts, about 2 ms and 1 MB; programs that do
// not import this package do not pay.
package jsonschema
