package schema

import (
	"math"
	"strconv"
)

// scheme is how a message index is written.
type scheme uint8

const (
	schemeNone                scheme = iota // no message index
	schemeConfluent                         // zigzag varints: count, then path
	schemeConfluentDeprecated               // the same, unsigned
	schemeGlue                              // one unsigned varint: rank by name
	schemeUnknown                           // there is one, and nobody said which
)

// MessageIndex says which message of a Protobuf file a body holds. The zero
// value says nothing.
type MessageIndex struct {
	kind indexKind
	n    uint8
	path [maxIndexDepth]int32
	rank int32
}

type indexKind uint8

const (
	indexNone indexKind = iota
	indexPath
	indexRank
)

// maxIndexDepth is how deep a message may be nested in others.
const maxIndexDepth = 16

// Path is the declaration path, as Confluent writes it: the position of the
// top-level message in its file, then of each nested one in its parent. False
// when the index is none.
func (m *MessageIndex) Path() ([]int32, bool) { return m.path[:m.n], m.kind == indexPath }

// Rank is the position among all messages of the file sorted by full name, as
// AWS Glue writes it. False when the index is none.
func (m *MessageIndex) Rank() (int32, bool) { return m.rank, m.kind == indexRank }

// Message splits the message index off a Protobuf body. It has the format's
// own framing, so call it for Protobuf only: for other formats [Frame.Body] is
// the whole value.
//
// Sources: MessageIndexes.java of confluentinc/schema-registry,
// ProtobufWireFormatEncoder.java of awslabs/aws-glue-schema-registry. The error
// is an [*Error] without a place: see [Error.At].
func (f Frame) Message() (MessageIndex, []byte, error) {
	var m MessageIndex
	if f.scheme == schemeNone {
		return m, f.Body, nil
	}
	if f.scheme == schemeUnknown {
		return m, nil, &Error{Kind: KindConfig, Msg: "the event source mapping names no schema id, so the registry is unknown: use WithFraming with ESM(Confluent()) or ESM(Glue())"}
	}
	src := f.Body
	if f.inHeader {
		src = f.index
	}
	rest, err := m.parse(src, f.scheme)
	if err != nil {
		err.ID = f.ID
		return MessageIndex{}, nil, err
	}
	if !f.inHeader {
		return m, rest, nil
	}
	if len(rest) > 0 {
		return MessageIndex{}, nil, &Error{Kind: KindTrailing, ID: f.ID, Msg: strconv.Itoa(len(rest)) + " bytes after the message index in the schema id header"}
	}
	return m, f.Body, nil
}

func (m *MessageIndex) parse(b []byte, s scheme) ([]byte, *Error) {
	if s == schemeGlue {
		rank, rest, err := indexVarint(b)
		if err != nil {
			return nil, err
		}
		if rank > math.MaxInt32 {
			return nil, &Error{Kind: KindFraming, Msg: "message index is over 31 bits"}
		}
		m.kind, m.rank = indexRank, int32(rank)
		return rest, nil
	}
	count, b, err := confluentVarint(b, s)
	if err != nil {
		return nil, err
	}
	m.kind = indexPath
	if count == 0 { // the short form of [0]
		m.n = 1
		return b, nil
	}
	if count > maxIndexDepth {
		return nil, &Error{Kind: KindTooLarge, Msg: "message index has " + strconv.Itoa(int(count)) + " levels, at most " + strconv.Itoa(maxIndexDepth) + " are read"}
	}
	for i := range count {
		if m.path[i], b, err = confluentVarint(b, s); err != nil {
			return nil, err
		}
	}
	m.n = uint8(count)
	return b, nil
}

// confluentVarint reads one number of a Confluent index, never negative.
func confluentVarint(b []byte, s scheme) (int32, []byte, *Error) {
	u, rest, err := indexVarint(b)
	if err != nil {
		return 0, nil, err
	}
	if s == schemeConfluentDeprecated {
		if u > math.MaxInt32 {
			return 0, nil, &Error{Kind: KindFraming, Msg: "message index is over 31 bits"}
		}
		return int32(u), rest, nil
	}
	if u&1 != 0 {
		return 0, nil, &Error{Kind: KindFraming, Msg: "message index is negative; a producer with use.deprecated.format=true writes such, see WithDeprecatedIndexes"}
	}
	return int32(u >> 1), rest, nil
}

// indexVarint reads an unsigned varint of at most 32 bits in at most 5 bytes.
func indexVarint(b []byte) (uint32, []byte, *Error) {
	var u uint64
	for i := range 5 {
		if i == len(b) {
			return 0, nil, &Error{Kind: KindTruncated, Msg: "the bytes end within the message index"}
		}
		u |= uint64(b[i]&0x7f) << (7 * i)
		if b[i] < 0x80 {
			if u > math.MaxUint32 {
				break
			}
			return uint32(u), b[i+1:], nil
		}
	}
	return 0, nil, &Error{Kind: KindFraming, Msg: "message index is over 32 bits"}
}
