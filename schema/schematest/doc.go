// Package schematest tests decoders and registries, as net/http/httptest does
// for handlers: fake registries to decode against, builders of framed records,
// golden vectors from other implementations, and conformance checks for
// decoders and registries of your own.
//
// It is not for production code.
package schematest
