package filter

import (
	"encoding/json"
	"errors"
	"sync"

	"github.com/mskit-go/mskit/kafkaevent"
)

// Filter is a compiled set of patterns, any of which may match. It is
// immutable and safe for concurrent use.
type Filter struct {
	engine
	patterns [][]*conjunction
}

// Compile reads patterns of which any may match, as in an event source
// mapping. The error joins an [*Error] for everything wrong in any of them.
// No pattern at all is an error too; for that, an event source mapping passes
// everything, see [FromCriteria].
func Compile(patterns ...string) (*Filter, error) {
	if len(patterns) == 0 {
		return nil, &Error{Msg: "no pattern given", Hint: "leave the filter out to pass every record"}
	}
	return compile(patterns)
}

// MustCompile is Compile for patterns known to be right; it panics on an
// error.
func MustCompile(patterns ...string) *Filter {
	f, err := Compile(patterns...)
	if err != nil {
		panic(err)
	}
	return f
}

func compile(patterns []string) (*Filter, error) {
	e, parsed, err := parseEngine(patterns)
	if err != nil {
		return nil, err
	}
	return &Filter{engine: *e, patterns: parsed}, nil
}

// FromCriteria reads the FilterCriteria of an event source mapping,
// {"Filters":[{"Pattern":"..."}]}, as the AWS API and CLI give it. An empty
// list of filters, or none, passes everything.
func FromCriteria(criteriaJSON []byte) (*Filter, error) {
	var criteria struct {
		Filters []struct{ Pattern *string }
	}
	if err := json.Unmarshal(criteriaJSON, &criteria); err != nil {
		return nil, criteriaError(err)
	}
	var patterns []string
	var errs []error
	for i, filter := range criteria.Filters {
		if filter.Pattern == nil {
			errs = append(errs, &Error{Pattern: i + 1, Msg: "the filter has no Pattern"})
			continue
		}
		patterns = append(patterns, *filter.Pattern)
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	return compile(patterns)
}

func criteriaError(err error) error {
	e := &Error{
		Msg:  "the filter criteria are not JSON of the form wanted",
		Hint: `{"Filters":[{"Pattern":"..."}]} with each pattern as a JSON string`,
	}
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		e.Path = t.Field
		e.Msg += ": found a JSON " + t.Value
	}
	return e
}

// With returns a copy of the filter that reads records otherwise.
func (f *Filter) With(opts ...Option) *Filter {
	copied := *f
	copied.engine = *f.with(opts)
	return &copied
}

// Match reports whether any pattern matches the record, with the record as the
// object
//
//	{"topic":"orders","partition":0,"offset":7,"timestamp":1700000000000,
//	 "timestampType":"CREATE_TIME","key":...,"headers":{"name":["text"]},"value":...}
//
// A list on key or value is laid on its text, an object on its JSON. The topic
// and the other metadata decide first, so a value that cannot change the
// outcome is not read.
//
// It errs only for a record whose Err is set, with that error, and for a
// [*MismatchError] under [Fail]; the answer is false then.
func (f *Filter) Match(r *kafkaevent.Record) (bool, error) { return f.MatchView(r, View{}) }

// MatchView is [Filter.Match] with JSON views of key and value in place of
// their bytes. The error of a view is a [*ViewError].
func (f *Filter) MatchView(r *kafkaevent.Record, v View) (bool, error) {
	if len(f.patterns) == 0 {
		return r.Err() == nil, r.Err()
	}
	m := f.get(false)
	defer f.put(m)
	err := f.record(m, r, v)
	return m.found && err == nil, err
}

// MatchJSON reports whether any pattern matches a JSON document, laid on the
// document itself: {"status":["PAID"]} and not {"value":{...}}. A document that
// is not a JSON object or array is a mismatch, see [OnMismatch].
func (f *Filter) MatchJSON(document []byte) (bool, error) {
	if len(f.patterns) == 0 {
		return true, nil
	}
	m := f.get(false)
	defer f.put(m)
	err := f.json(m, document)
	return m.found && err == nil, err
}

// CheckRecord returns an error when a pattern names, at its top, something that
// no record has. [Filter.Match] would then find that field absent in every
// record and, in most cases, drop them all. Patterns for [Filter.MatchJSON]
// name the document's own fields and fail this check. The error joins an
// [*Error] for each such list.
func (f *Filter) CheckRecord() error { return f.strangers }

// engine is what filters and routers share.
type engine struct {
	p        *program
	settings settings
	parts    *parts
	pool     *sync.Pool // of *matcher
	// strangers joins an error for each list that no record can meet.
	strangers error
}

func parseEngine(patterns []string) (*engine, [][]*conjunction, error) {
	parsed := make([][]*conjunction, len(patterns))
	var errs, strangers []error
	for i, text := range patterns {
		p := patternParser{text: text, number: i + 1}
		parsed[i] = p.parse()
		errs = append(errs, p.errs...)
		strangers = append(strangers, p.strangers...)
	}
	if errs != nil {
		return nil, nil, errors.Join(errs...)
	}
	e := newEngine(parsed)
	e.strangers = errors.Join(strangers...)
	return e, parsed, nil
}

func newEngine(parsed [][]*conjunction) *engine {
	p := newProgram(parsed)
	return &engine{
		p:     p,
		parts: newParts(p),
		pool:  &sync.Pool{New: func() any { return newMatcher(p) }},
	}
}

func (e *engine) with(opts []Option) *engine {
	copied := *e
	for _, o := range opts {
		if o != nil {
			o.apply(&copied.settings)
		}
	}
	return &copied
}

func (e *engine) get(all bool) *matcher {
	m := e.pool.Get().(*matcher)
	m.all = all
	return m
}

func (e *engine) put(m *matcher) {
	m.reset()
	if !m.oversized() {
		e.pool.Put(m)
	}
}
