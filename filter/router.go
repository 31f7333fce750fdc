package filter

import (
	"slices"

	"github.com/mskit-go/mskit/kafkaevent"
)

// Route is one pattern of a [Router] and where it leads.
type Route[T any] struct {
	Pattern string
	To      T
}

// Router lays many patterns on a record in one pass and tells which match. It
// is immutable and safe for concurrent use.
type Router[T any] struct {
	engine
	to []T
}

// NewRouter compiles the routes. The error joins an [*Error] for everything
// wrong in any of them; routes are numbered from 1.
func NewRouter[T any](routes ...Route[T]) (*Router[T], error) {
	patterns := make([]string, len(routes))
	to := make([]T, len(routes))
	for i, r := range routes {
		patterns[i], to[i] = r.Pattern, r.To
	}
	e, _, err := parseEngine(patterns)
	if err != nil {
		return nil, err
	}
	return &Router[T]{engine: *e, to: to}, nil
}

// With returns a copy of the router that reads records otherwise.
func (r *Router[T]) With(opts ...Option) *Router[T] {
	copied := *r
	copied.engine = *r.with(opts)
	return &copied
}

// Match appends to dst where the routes that match the record lead, in the
// order they were given, and returns it. Records are laid and errors are as in
// [Filter.Match]; on an error dst comes back as it was.
func (r *Router[T]) Match(dst []T, rec *kafkaevent.Record) ([]T, error) {
	return r.MatchView(dst, rec, View{})
}

// MatchView is [Router.Match] with JSON views, as in [Filter.MatchView].
func (r *Router[T]) MatchView(dst []T, rec *kafkaevent.Record, v View) ([]T, error) {
	m := r.get(true)
	defer r.put(m)
	err := r.record(m, rec, v)
	return r.collect(dst, m, err)
}

// MatchJSON is [Router.Match] for a JSON document, as in [Filter.MatchJSON].
func (r *Router[T]) MatchJSON(dst []T, document []byte) ([]T, error) {
	m := r.get(true)
	defer r.put(m)
	err := r.json(m, document)
	return r.collect(dst, m, err)
}

func (r *Router[T]) collect(dst []T, m *matcher, err error) ([]T, error) {
	if err != nil {
		return dst, err
	}
	slices.Sort(m.matched)
	for _, number := range m.matched {
		dst = append(dst, r.to[number])
	}
	return dst, nil
}

// CheckRecord is as [Filter.CheckRecord].
func (r *Router[T]) CheckRecord() error { return r.strangers }
