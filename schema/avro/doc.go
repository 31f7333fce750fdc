// Package avro turns Avro records into Go values: into structs with avro tags
// or into plain values, with the schema that each record was written with.
//
//	type Order struct {
//		ID   int64   `avro:"id"`
//		SKU  string  `avro:"sku"`
//		Note *string `avro:"note"` // ["null","string"]
//	}
//
//	orders := avro.NewDecoder[Order](schema.Cached(registry))
//
// # Schema evolution
//
// Data are always read with their writer's schema. By default the Go type says
// what is wanted of them: a field of the writer that the struct lacks is passed
// over, a field of the struct that the writer lacks keeps Go's zero value, and
// numbers are promoted as Avro promotes them. [WithReaderSchema] and
// [WithLatestReader] read the data as another schema by the rules of the Avro
// specification: aliases, promotion, defaults, the default symbol of an enum.
//
// A struct field takes the Avro field of its tag's name; without a tag that of
// its own name, else, as in encoding/json, of that name in another case.
// Embedded structs count as if their fields stood there. A struct that has none
// of a record's fields is an error. Of a union of several records a struct is
// the record of its name, whose values alone it takes.
//
// # Types
//
//	Avro                      as any                JSON view          into
//	null                      nil                   null               pointer, slice, any
//	boolean                   bool                  true               bool
//	int                       int32                 5                  int, int8 to int64, uint8 to uint32, floats
//	long                      int64                 5                  int, int64, uint32, floats
//	float, double             float32, float64      1.5                float32 (not of double), float64
//	string                    string                "x"                string, []byte
//	bytes, fixed              []byte                "\u00ff"           []byte, string (bytes), [n]byte (fixed)
//	enum                      string                "PAID"             string
//	array                     []any                 [1]                slice
//	map                       map[string]any        {"k":1}            map with string keys
//	record                    map[string]any        {"f":1}            struct, map[string]any
//	union                     the value             the value          pointer, any, what takes all its types
//	decimal                   *big.Rat              "24.69"            *big.Rat, string
//	uuid                      string                "b7b4a7f0-..."     string, [16]byte (fixed)
//	date                      time.Time             "2025-11-24"       time.Time, numbers
//	timestamp-*               time.Time             RFC 3339, UTC      time.Time, numbers
//	local-timestamp-*         time.Time in UTC      without a zone     time.Time, numbers
//	time-millis, time-micros  time.Duration         "15:38:00.123"     time.Duration, numbers
//	duration                  [Duration]            {"months":1,...}   [Duration], [12]byte
//
// Strings, enums, decimals and UUIDs also go into any type that has
// UnmarshalText, such as the decimal types that people use for money. Every
// type goes behind a pointer and into any. A null that meets neither leaves the
// zero value, as in encoding/json (a map is then empty, not nil); with a
// reader's schema that has no null there it is an error. A number that its Go
// type cannot hold is an error, never cut.
//
// In the JSON view, which filters match, a number that JSON lacks is "NaN",
// "Infinity" or "-Infinity", bytes are a string with one character for each as
// in Avro's own JSON encoding, what is not UTF-8 in a string becomes U+FFFD, and
// a timestamp outside the years 0 to 9999 is its number.
//
// # Hostile data
//
// A broken record is an error of that record. Before anything of it counts, all
// of it is walked by its schema: it has to be complete and to end where its bytes
// end, counts and lengths are compared with the bytes that are there, and
// nesting, items and sizes stay within [Limits]. No error quotes the data.
//
// # Who this is not for
//
// It does not produce records and does not read Avro files. Where the event
// source mapping converts records to JSON, use [schema.JSON].
package avro
