package schema

import (
	"encoding/hex"
	"errors"
	"strconv"
)

// ID identifies a schema in a registry. It is comparable; the zero ID means
// that the bytes did not name one.
type ID struct {
	kind idKind
	num  uint64
	uuid [16]byte
}

type idKind uint8

const (
	idNone idKind = iota
	idConfluent
	idConfluentGUID
	idGlue
)

// ConfluentID is a numeric id of a Confluent-compatible registry.
func ConfluentID(n uint32) ID { return ID{kind: idConfluent, num: uint64(n)} }

// ConfluentGUID is a schema GUID of a Confluent-compatible registry.
func ConfluentGUID(u [16]byte) ID { return ID{kind: idConfluentGUID, uuid: u} }

// GlueID is a schema version id of the AWS Glue Schema Registry.
func GlueID(u [16]byte) ID { return ID{kind: idGlue, uuid: u} }

// IsZero reports whether there is no id.
func (id ID) IsZero() bool { return id.kind == idNone }

// Confluent is the numeric id, false for any other kind.
func (id ID) Confluent() (uint32, bool) { return uint32(id.num), id.kind == idConfluent }

// GUID is the Confluent GUID, false for any other kind.
func (id ID) GUID() ([16]byte, bool) { return id.uuid, id.kind == idConfluentGUID }

// Glue is the schema version id, false for any other kind.
func (id ID) Glue() ([16]byte, bool) { return id.uuid, id.kind == idGlue }

// String is the id as its registry prints it: decimal or a UUID; empty for the
// zero ID.
func (id ID) String() string {
	switch id.kind {
	case idConfluent:
		return strconv.FormatUint(id.num, 10)
	case idConfluentGUID, idGlue:
		return string(appendUUID(nil, id.uuid))
	default:
		return ""
	}
}

const uuidLen = 36

func appendUUID(dst []byte, u [16]byte) []byte {
	dst = hex.AppendEncode(dst, u[:4])
	for _, part := range [][]byte{u[4:6], u[6:8], u[8:10], u[10:]} {
		dst = hex.AppendEncode(append(dst, '-'), part)
	}
	return dst
}

// ParseUUID reads the 8-4-4-4-12 form of a UUID, in either case.
func ParseUUID(s string) ([16]byte, error) {
	var u [16]byte
	if len(s) != uuidLen || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return u, errUUID
	}
	for n, i := range [16]int{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34} {
		hi, lo := unhex(s[i]), unhex(s[i+1])
		if hi|lo > 0xf {
			return [16]byte{}, errUUID
		}
		u[n] = hi<<4 | lo
	}
	return u, nil
}

var errUUID = errors.New("schema: not a UUID of the form 8-4-4-4-12")

func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	default:
		return 0xff
	}
}
