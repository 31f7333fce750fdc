package schema

import "strconv"

// ESM is for records of an event source mapping that may have a schema
// registry. Where the mapping attached metadata to a key or value, the framing
// is off already: the schema id comes from the metadata and all bytes are the
// body, which for Protobuf still begins with the message index. Without
// metadata, the input goes to then.
//
// How the index is written follows then, if that is [Confluent] or [Glue];
// else the shape of the id decides: a number is Confluent's, a UUID is Glue's.
// A nil then is [Raw].
//
// It is for mappings that deliver the SOURCE record format. In the JSON record
// format each value is JSON text whatever the metadata says: use [JSON].
func ESM(then Framing) Framing {
	if then == nil {
		then = Raw()
	}
	return esmFraming{then}
}

type esmFraming struct{ then Framing }

// stripped is a framing that knows how the id and the index of its records
// look once the event source mapping has taken the framing off.
type stripped interface {
	stripped(id string) (ID, scheme, bool)
}

func (f esmFraming) Parse(in Input) (Frame, error) {
	if in.Meta == (Metadata{}) {
		return f.then.Parse(in)
	}
	var (
		id ID
		s  scheme
		ok bool
	)
	if then, is := f.then.(stripped); is {
		id, s, ok = then.stripped(in.Meta.SchemaID)
	}
	if !ok {
		id, s, ok = strippedByShape(in.Meta.SchemaID)
	}
	if !ok {
		return Frame{}, (&Error{
			Kind: KindConfig,
			Msg:  "the event source mapping's schemaId is neither a number nor a UUID",
		}).At(in)
	}
	frame := Frame{ID: id, Body: in.Data, Origin: OriginESM, scheme: s}
	if s == schemeConfluent || s == schemeConfluentDeprecated {
		// A producer that puts the id into a header puts the index there too.
		if h, ok := confluentHeader(in); ok {
			_, index, err := parseConfluentHeader(in, h)
			if err != nil {
				return Frame{}, err
			}
			frame.inHeader, frame.index = true, index
		}
	}
	return frame, nil
}

func (f esmFraming) claims(in Input) mark {
	if in.Meta != (Metadata{}) {
		return markHeader
	}
	if c, ok := f.then.(claimer); ok {
		return c.claims(in)
	}
	return markByte
}

func (c *confluentFraming) stripped(id string) (ID, scheme, bool) {
	if id == "" {
		return ID{}, c.scheme, true
	}
	if n, ok := parseConfluentID(id); ok {
		return n, c.scheme, true
	}
	if u, err := ParseUUID(id); err == nil {
		return ConfluentGUID(u), c.scheme, true
	}
	return ID{}, 0, false
}

func (g *glueFraming) stripped(id string) (ID, scheme, bool) {
	if id == "" {
		return ID{}, schemeGlue, true
	}
	u, err := ParseUUID(id)
	return GlueID(u), schemeGlue, err == nil
}

// stripped prefers the framing to which an id of this shape is native: a UUID
// is Glue's before it is a Confluent GUID.
func (all firstOf) stripped(id string) (ID, scheme, bool) {
	_, _, native := strippedByShape(id)
	uuid := native && len(id) == uuidLen
	for _, f := range all {
		if g, ok := f.(*glueFraming); ok && uuid {
			return g.stripped(id)
		}
	}
	for _, f := range all {
		if s, ok := f.(stripped); ok && id != "" {
			if id, s, ok := s.stripped(id); ok {
				return id, s, true
			}
		}
	}
	return ID{}, 0, false
}

// strippedByShape goes by the id alone. An absent id leaves the scheme open,
// which only Protobuf minds.
func strippedByShape(id string) (ID, scheme, bool) {
	if id == "" {
		return ID{}, schemeUnknown, true
	}
	if n, ok := parseConfluentID(id); ok {
		return n, schemeConfluent, true
	}
	u, err := ParseUUID(id)
	return GlueID(u), schemeGlue, err == nil
}

func parseConfluentID(s string) (ID, bool) {
	if len(s) > len("4294967295") {
		return ID{}, false
	}
	n, err := strconv.ParseUint(s, 10, 32)
	return ConfluentID(uint32(n)), err == nil
}
