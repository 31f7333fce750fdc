package kafkaeventtest

import (
	"embed"
	"iter"
	"path"
	"strings"
)

//go:embed testdata/*.json
var fixtures embed.FS

// Fixture is the payload of that name. It panics when there is none.
//
// As AWS sends them:
//
//	msk                    two partitions of Amazon MSK, an offset gap, a record without a key
//	self-managed           not MSK: another source, no ARN
//	topic-with-separators  a topic with '.', '_' and '-'
//	several-topics         records of two topics
//	key-absent-null-empty  the three spellings of a key that holds nothing; the last is a key
//	key-not-text           a key of arbitrary bytes
//	tombstones             a value absent, null and empty; the last is none
//	headers-signed         header bytes as Java has them, below zero from 128
//	headers-repeated       a name that occurs twice, and once in another case
//	header-null-and-empty  a header without value and one of an empty value
//	headers-of-the-wild    CloudEvents, tracing, a binary header of Datadog
//	timestamp-none         -1, for no timestamp
//	offset-beyond-float    offsets a float64 cannot hold
//	offset-gaps            offsets that compaction, transactions or a filter left out
//	metadata-glue          the schema registry is Glue: ids are UUIDs
//	metadata-confluent     it is Confluent: ids are decimal; key and value have each their own
//	source-mode            the registry's framing taken off: Avro, and Protobuf with its message index
//	framed-confluent       an event source mapping without registry: Confluent's framing is still there
//	framed-glue            likewise, Glue's
//	one-bootstrap-server   a single host
//	hostile-mix            a gap, nulls, empties and signed bytes at once
//
// As AWS could send them, for they mean the same in JSON:
//
//	member-order           everything in another order, with white space
//	escapes                characters escaped that need not be
//
// As emulators, tools and people send them:
//
//	self-managed-prefixed  "aws:SelfManagedKafka"
//	arn-malformed          an ARN that is none
//	map-key-mismatch       lists under keys that are not topic-partition
//	map-key-repeated       one key twice
//	no-records             an empty records object
//	empty-partition        a partition without records
//	headers-unsigned       header bytes from 0 to 255
//	headers-base64         a header value in base64
//	headers-several-names  header objects of several names
//	headers-absent-null    no headers, and null
//	timestamp-seconds      seconds where milliseconds belong
//	timestamp-text         an ISO 8601 timestamp
//	timestamp-type-absent  no timestampType
//	offsets-unsorted       offsets that go back and repeat
//	partition-text         the partition in a string
//	metadata-without-id    a data format without a schema id
//	value-stray-bits       base64 no encoder writes, from a sample of AWS
//	value-not-base64       two records of four with a broken value
//	unknown-members        members from the future
//	pipes-batch            a batch of EventBridge Pipes, which is no event
func Fixture(name string) []byte {
	payload, err := fixtures.ReadFile("testdata/" + name + ".json")
	if err != nil {
		panic("kafkaeventtest: no fixture " + name)
	}
	return payload
}

// Fixtures iterates over name and payload of every [Fixture], by name.
func Fixtures() iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		files, err := fixtures.ReadDir("testdata")
		if err != nil {
			panic("kafkaeventtest: " + err.Error())
		}
		for _, f := range files {
			name := strings.TrimSuffix(path.Base(f.Name()), ".json")
			if !yield(name, Fixture(name)) {
				return
			}
		}
	}
}
