package schema

import "encoding/binary"

// Confluent's marks: the first byte of a prefix or of a schema id header.
// Source: SchemaId.java of confluentinc/schema-registry.
const (
	confluentMagicID   = 0x00 // a 4-byte id follows
	confluentMagicGUID = 0x01 // a 16-byte GUID follows

	confluentKeyHeader   = "__key_schema_id"
	confluentValueHeader = "__value_schema_id"
)

// ConfluentOption configures [Confluent]; nil is skipped.
type ConfluentOption interface{ applyConfluent(*confluentFraming) }

type confluentOption func(*confluentFraming)

func (o confluentOption) applyConfluent(c *confluentFraming) { o(c) }

// WithDeprecatedIndexes reads Protobuf message indexes as unsigned varints, as
// producers with use.deprecated.format=true write them (old .NET and Python
// clients). The default is zigzag. The two cannot be told apart by looking.
func WithDeprecatedIndexes() ConfluentOption {
	return confluentOption(func(c *confluentFraming) { c.scheme = schemeConfluentDeprecated })
}

// Confluent is the framing of Confluent's serializers, also spoken by Redpanda,
// Karapace and Apicurio: 0x00 and a 4-byte big-endian id before the body, or
// 0x01 and a 16-byte GUID. The newer form with the id in the record header
// __key_schema_id or __value_schema_id and a bare body is understood too; as in
// Confluent's Java client the last header of the name counts, and a malformed
// one is an error.
func Confluent(opts ...ConfluentOption) Framing {
	c := &confluentFraming{scheme: schemeConfluent}
	for _, o := range opts {
		if o != nil {
			o.applyConfluent(c)
		}
	}
	return c
}

type confluentFraming struct{ scheme scheme }

func (c *confluentFraming) Parse(in Input) (Frame, error) {
	if h, ok := confluentHeader(in); ok {
		id, index, err := parseConfluentHeader(in, h)
		if err != nil {
			return Frame{}, err
		}
		return Frame{ID: id, Body: in.Data, Origin: OriginHeader, scheme: c.scheme, inHeader: true, index: index}, nil
	}
	id, rest, err := parseConfluentPrefix(in.Data)
	if err != nil {
		return Frame{}, err.At(in)
	}
	return Frame{ID: id, Body: rest, Origin: OriginPrefix, scheme: c.scheme}, nil
}

func (*confluentFraming) claims(in Input) mark {
	if _, ok := confluentHeader(in); ok {
		return markHeader
	}
	if len(in.Data) > 0 && (in.Data[0] == confluentMagicID || in.Data[0] == confluentMagicGUID) {
		return markByte
	}
	return markNone
}

func confluentHeaderName(f Field) string {
	if f == Key {
		return confluentKeyHeader
	}
	return confluentValueHeader
}

func confluentHeader(in Input) ([]byte, bool) {
	if in.Header == nil {
		return nil, false
	}
	return in.Header(confluentHeaderName(in.Field))
}

func parseConfluentHeader(in Input, h []byte) (ID, []byte, error) {
	id, rest, err := parseConfluentPrefix(h)
	if err != nil {
		err.Path = "header " + confluentHeaderName(in.Field)
		return ID{}, nil, err.At(in)
	}
	return id, rest, nil
}

// parseConfluentPrefix splits magic byte and id off b.
func parseConfluentPrefix(b []byte) (ID, []byte, *Error) {
	if len(b) == 0 {
		return ID{}, nil, &Error{Kind: KindTruncated, Msg: "0 bytes where Confluent framing starts with 0x00 and a 4-byte schema id"}
	}
	switch b[0] {
	case confluentMagicID:
		if len(b) < 5 {
			return ID{}, nil, &Error{Kind: KindTruncated, Msg: lengths(len(b), 5, "Confluent framing with a schema id")}
		}
		return ConfluentID(binary.BigEndian.Uint32(b[1:])), b[5:], nil
	case confluentMagicGUID:
		if len(b) < 17 {
			return ID{}, nil, &Error{Kind: KindTruncated, Msg: lengths(len(b), 17, "Confluent framing with a GUID")}
		}
		return ConfluentGUID([16]byte(b[1:17])), b[17:], nil
	default:
		return ID{}, nil, &Error{Kind: KindFraming, Msg: "does not start with 0x00 as Confluent framing does: " + looksLike(b)}
	}
}
