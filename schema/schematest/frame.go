package schematest

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"slices"

	"github.com/mskit-go/mskit/schema"
)

// Confluent puts a schema id before a body, as Confluent's serializers do. The
// parts of the body are joined: for Protobuf they are [Index] and the message.
func Confluent(id uint32, body ...[]byte) []byte {
	return slices.Concat(append([][]byte{binary.BigEndian.AppendUint32([]byte{0}, id)}, body...)...)
}

// ConfluentGUID is the value of the record header [ConfluentHeader] by which
// Confluent's newer serializers name the schema of a bare body; for Protobuf it
// ends with the [Index].
func ConfluentGUID(guid [16]byte, index ...[]byte) []byte {
	return slices.Concat(append([][]byte{{1}, guid[:]}, index...)...)
}

// ConfluentHeader is the name of the header of [ConfluentGUID].
func ConfluentHeader(f schema.Field) string {
	if f == schema.Key {
		return "__key_schema_id"
	}
	return "__value_schema_id"
}

// Index is Confluent's message index of a Protobuf message: the position of
// the top-level message in its file, then of each nested one in its parent. No
// path is the first message, as is the path 0.
func Index(path ...int32) []byte {
	if len(path) == 0 || len(path) == 1 && path[0] == 0 {
		return []byte{0}
	}
	b := binary.AppendVarint(nil, int64(len(path)))
	for _, i := range path {
		b = binary.AppendVarint(b, int64(i))
	}
	return b
}

// DeprecatedIndex is [Index] as producers with use.deprecated.format=true write
// it.
func DeprecatedIndex(path ...int32) []byte {
	if len(path) == 0 || len(path) == 1 && path[0] == 0 {
		return []byte{0}
	}
	b := binary.AppendUvarint(nil, uint64(len(path)))
	for _, i := range path {
		b = binary.AppendUvarint(b, uint64(i))
	}
	return b
}

// Glue puts AWS Glue's header before a body. The parts of the body are joined:
// for Protobuf they are [Rank] and the message.
func Glue(versionID [16]byte, body ...[]byte) []byte {
	return slices.Concat(append([][]byte{{3, 0}, versionID[:]}, body...)...)
}

// GlueZlib is [Glue] with a compressed body.
func GlueZlib(versionID [16]byte, body ...[]byte) []byte {
	buf := bytes.NewBuffer(slices.Concat([]byte{3, 5}, versionID[:]))
	w := zlib.NewWriter(buf)
	for _, b := range body {
		_, _ = w.Write(b) // a bytes.Buffer does not fail
	}
	_ = w.Close()
	return buf.Bytes()
}

// Rank is AWS Glue's message index of a Protobuf message: its position among
// all messages of the file sorted by full name.
func Rank(n uint32) []byte { return binary.AppendUvarint(nil, uint64(n)) }
