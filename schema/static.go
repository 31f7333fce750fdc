package schema

import (
	"context"
	"maps"
)

// Static is a registry of schemas that are known beforehand, for tests and for
// functions without a way to their registry. Schemas without an ID are left
// out; of several with one ID the last counts.
func Static(schemas ...*Schema) *StaticRegistry {
	s := &StaticRegistry{byID: make(map[ID]*Schema, len(schemas)), latest: make(map[string]*Schema)}
	for _, sc := range schemas {
		if sc == nil || sc.ID.IsZero() {
			continue
		}
		s.byID[sc.ID] = sc
		if sc.Subject == "" {
			continue
		}
		if l := s.latest[sc.Subject]; l == nil || l.Version <= sc.Version {
			s.latest[sc.Subject] = sc
		}
	}
	s.framing = framingOf(maps.Keys(s.byID))
	return s
}

// StaticRegistry implements [LatestRegistry]. It never changes.
type StaticRegistry struct {
	byID    map[ID]*Schema
	latest  map[string]*Schema
	framing Framing
}

// Schema is the schema of an id, an [*Error] of KindUnknownSchema when it is
// not among them.
func (s *StaticRegistry) Schema(_ context.Context, id ID) (*Schema, error) {
	if sc, ok := s.byID[id]; ok {
		return sc, nil
	}
	return nil, &Error{Kind: KindUnknownSchema, ID: id, Msg: "not among the schemas given beforehand"}
}

// Latest is the schema of a subject with the highest version.
func (s *StaticRegistry) Latest(_ context.Context, subject string) (*Schema, error) {
	if sc, ok := s.latest[subject]; ok {
		return sc, nil
	}
	return nil, &Error{Kind: KindUnknownSchema, Msg: "no schema with subject " + subject + " was given beforehand"}
}

// Framing is what the kinds of the ids ask for.
func (s *StaticRegistry) Framing() Framing { return s.framing }

// framingOf is [Confluent], [Glue] or, for ids of both kinds or of none, the
// first of the two that fits.
func framingOf(ids func(yield func(ID) bool)) Framing {
	var confluent, glue bool
	for id := range ids {
		confluent = confluent || id.kind == idConfluent || id.kind == idConfluentGUID
		glue = glue || id.kind == idGlue
	}
	switch {
	case confluent && !glue:
		return Confluent()
	case glue && !confluent:
		return Glue()
	default:
		return FirstOf(Glue(), Confluent())
	}
}
