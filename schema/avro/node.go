package avro

// kind is an Avro type.
type kind uint8

const (
	kindNull kind = iota
	kindBoolean
	kindInt
	kindLong
	kindFloat
	kindDouble
	kindBytes
	kindString
	kindFixed
	kindEnum
	kindArray
	kindMap
	kindRecord
	kindUnion
)

var kindNames = [...]string{
	"null", "boolean", "int", "long", "float", "double", "bytes", "string",
	"fixed", "enum", "array", "map", "record", "union",
}

func (k kind) String() string { return kindNames[k] }

// named reports whether values of the kind are matched by the name of their
// type.
func (k kind) named() bool { return k == kindFixed || k == kindEnum || k == kindRecord }

// logical is what a value means beyond its type. An annotation that does not
// fit its type is none, as the specification wants.
type logical uint8

const (
	logicalNone logical = iota
	logicalDecimal
	logicalUUID
	logicalDate
	logicalTimeMillis
	logicalTimeMicros
	logicalTimestampMillis
	logicalTimestampMicros
	logicalTimestampNanos
	logicalLocalMillis
	logicalLocalMicros
	logicalLocalNanos
	logicalDuration
)

// node is one type of a parsed schema. It does not change after parsing; a
// recursive schema is a cycle of nodes.
type node struct {
	kind    kind
	logical logical
	name    string   // full name of a named type
	aliases []string // full names

	size      int // of a fixed
	precision int // of a decimal
	scale     int

	symbols       []string // of an enum
	symbolDefault string   // empty: none

	// zeroWidth: a value takes no bytes, so that any number of them fits into
	// any payload.
	zeroWidth bool

	// boxed is set in shapes only: bytes that hold a value for an interface.
	boxed bool

	items    *node   // of an array or map
	fields   []field // of a record
	branches []*node // of a union
}

type field struct {
	name    string
	aliases []string
	typ     *node
	// def is the default as Avro binary of typ; nil: there is none. Defaults are
	// encoded once all types are known.
	def []byte
}

// String names the type as the specification does: the full name of a named
// type, else the kind.
func (n *node) String() string {
	if n.name != "" {
		return n.name
	}
	return n.kind.String()
}

// nullable is the index of null among a union's branches, -1 when there is
// none.
func (n *node) nullable() int {
	for i, b := range n.branches {
		if b.kind == kindNull {
			return i
		}
	}
	return -1
}
