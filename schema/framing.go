package schema

// Framing finds the schema id and the body in a record's bytes. It is pure: it
// does no I/O, never panics and allocates nothing from a claimed length.
//
// Bytes that are not framed as it wants are an [*Error] of KindFraming, bytes
// that end within the framing one of KindTruncated.
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

	scheme   scheme
	inHeader bool   // the message index is not in Body but
	index    []byte // here, what follows the id in the header
}

// Origin says where the schema id was found.
type Origin uint8

const (
	OriginNone   Origin = iota // the bytes are not framed
	OriginPrefix               // before the body
	OriginHeader               // in a record header
	OriginESM                  // in the event source mapping's metadata
)

// String is "none", "prefix", "header" or "event source mapping".
func (o Origin) String() string {
	switch o {
	case OriginPrefix:
		return "prefix"
	case OriginHeader:
		return "header"
	case OriginESM:
		return "event source mapping"
	default:
		return "none"
	}
}

// claimer is a framing that can tell whether an input is meant for it, broken
// or not, and by what.
type claimer interface{ claims(in Input) mark }

// mark is what an input bears of a framing, the stronger the greater: the first
// byte of a bare body under a schema id header may be any.
type mark uint8

const (
	markNone   mark = iota
	markByte        // the first byte
	markHeader      // a schema id header, or the event source mapping's metadata
)

// Raw is the framing of bytes that have none: all of them are the body.
func Raw() Framing { return rawFraming{} }

type rawFraming struct{}

func (rawFraming) Parse(in Input) (Frame, error) { return Frame{Body: in.Data}, nil }

func (rawFraming) claims(Input) mark { return markByte }

// FirstOf takes the framing whose mark an input bears: a schema id header, or
// else the first byte; of several the first one listed. A topic that moves from AWS Glue to Confluent is
// FirstOf(Glue(), Confluent()); [Raw] as the last one takes whatever is left,
// which is sound for JSON and Protobuf but not for Avro, see [Detect].
//
// An input that bears a mark and is broken behind it is an error; the next
// framing is not tried. A framing from elsewhere is taken to have refused an
// input when its error is of KindFraming. Nil framings are skipped.
func FirstOf(framings ...Framing) Framing {
	all := make(firstOf, 0, len(framings))
	for _, f := range framings {
		if f != nil {
			all = append(all, f)
		}
	}
	return all
}

type firstOf []Framing

func (all firstOf) Parse(in Input) (Frame, error) {
	if in.Header != nil || in.Meta != (Metadata{}) {
		for _, f := range all {
			if c, ok := f.(claimer); ok && c.claims(in) == markHeader {
				return f.Parse(in)
			}
		}
	}
	for _, f := range all {
		c, ok := f.(claimer)
		if ok && c.claims(in) == markNone {
			continue
		}
		frame, err := f.Parse(in)
		if err == nil || ok || KindOf(err) != KindFraming {
			return frame, err
		}
	}
	if len(all) == 0 {
		return Frame{}, (&Error{Kind: KindConfig, Msg: "FirstOf has no framing to try"}).At(in)
	}
	return Frame{}, (&Error{Kind: KindFraming, Msg: "does not start as any of the configured framings: " + looksLike(in.Data)}).At(in)
}

func (all firstOf) claims(in Input) mark {
	strongest := markNone
	for _, f := range all {
		if c, ok := f.(claimer); ok {
			strongest = max(strongest, c.claims(in))
		} else {
			strongest = max(strongest, markByte)
		}
	}
	return strongest
}

// Detect tells Confluent framing, AWS Glue framing and no framing apart by the
// schema id header and the first byte: 0x00 and 0x01 are Confluent's, 0x03 is
// Glue's.
//
// That is sound for JSON and Protobuf, which never start with one of these. It
// is not sound for Avro, text and plain bytes without framing, where any first
// byte is legal: say [Raw] for those.
func Detect() Framing { return FirstOf(Glue(), Confluent(), Raw()) }

// looksLike says what the first byte gives away, for error texts. It tells
// classes, never a byte that might be payload.
func looksLike(data []byte) string {
	if len(data) == 0 {
		return "there are no bytes"
	}
	switch data[0] {
	case '{', '[':
		return "looks like JSON without framing"
	case confluentMagicID, confluentMagicGUID:
		return "looks like Confluent framing"
	case glueMagic:
		return "looks like AWS Glue framing"
	default:
		return "looks like a value without framing"
	}
}
