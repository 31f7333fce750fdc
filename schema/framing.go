package schema

// Framing finds the schema id and the body in a record's bytes. It is pure: it
// does no I/O, never panics and allocates nothing from a claimed length.
type Framing interface {
	Parse(in Input) (Frame, error)
}

// Frame is one key or value taken apart.
type Frame struct {
	// ID is zero when neither bytes, headers nor metadata name a schema.
	ID ID
	// Body is what follows the framing, an alias of the input unless it was
	// compressed. For Protobuf it still begins with the message index, unless a
	// header carried that: see [Frame.Message].
	Body   []byte
	Origin Origin

	scheme scheme
	index  []byte // a header's message index, for Protobuf
}

// Origin says where the schema id was found.
type Origin uint8

const (
	OriginNone   Origin = iota // the bytes are not framed
	OriginPrefix               // before the body
	OriginHeader               // in a record header
	OriginESM                  // in the event source mapping's metadata
)

// scheme is how a message index is written.
type scheme uint8

const (
	schemeNone                scheme = iota // no message index
	schemeConfluent                         // zigzag varints: count, then path
	schemeConfluentDeprecated               // the same, unsigned
	schemeGlue                              // one unsigned varint: rank by name
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
