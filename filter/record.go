package filter

import (
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/mskit-go/mskit/kafkaevent"
)

// part is the key or the value of a record, as the patterns name it.
type part struct {
	name string
	node *node // nil when no pattern names it
	// objects and objectsAbsent are the bits of the leaves below, for patterns
	// that want JSON; texts those of the part itself.
	objects, objectsAbsent, texts []int32
	// always: some branch hangs on nothing before this part. Otherwise open
	// says what earlier parts must have left so that this one can decide.
	always bool
	open   []openBranch
}

type openBranch struct{ set, unset []int32 }

// parts are the top-level names that a record has. They are looked at in this
// order: metadata, key, value.
type parts struct {
	topic, partition, offset, timestamp, timestampType, headers *node
	key, value                                                  part
	document                                                    part
}

func newParts(p *program) *parts {
	child := func(name string) *node { return p.root.child([]byte(name)) }
	ps := &parts{
		topic:         child("topic"),
		partition:     child("partition"),
		offset:        child("offset"),
		timestamp:     child("timestamp"),
		timestampType: child("timestampType"),
		headers:       child("headers"),
		key:           newPart("key", child("key")),
		value:         newPart("value", child("value")),
		document:      newPart("", p.root),
	}
	key, value := ps.key.node, ps.value.node
	ps.key.setOpen(p, func(top *node) bool { return top != key && top != value })
	ps.value.setOpen(p, func(top *node) bool { return top != value })
	return ps
}

func newPart(name string, n *node) part {
	pt := part{name: name, node: n}
	if n == nil {
		return pt
	}
	if n.leaf != nil {
		pt.texts = n.leaf.fields
	}
	for _, c := range n.children {
		pt.addBelow(c)
	}
	return pt
}

func (pt *part) addBelow(n *node) {
	if n.leaf != nil {
		pt.objects = append(pt.objects, n.leaf.fields...)
		pt.objectsAbsent = append(pt.objectsAbsent, n.leaf.absent...)
	}
	for _, c := range n.children {
		pt.addBelow(c)
	}
}

// setOpen is given which of the root's children come before this part.
func (pt *part) setOpen(p *program, earlier func(top *node) bool) {
	if pt.node == nil {
		return
	}
	for _, b := range p.branches {
		var open openBranch
		here := false
		for _, id := range b.members {
			here = here || p.tops[id] == pt.node
			if earlier(p.tops[id]) {
				open.set = append(open.set, id)
			}
		}
		for _, id := range b.absent {
			here = here || p.tops[id] == pt.node
			if earlier(p.tops[id]) {
				open.unset = append(open.unset, id)
			}
		}
		if here {
			pt.always = pt.always || len(open.set)+len(open.unset) == 0
			pt.open = append(pt.open, open)
		}
	}
}

// undecided reports whether the part can still change the outcome.
func (m *matcher) undecided(pt *part) bool {
	return pt.always || slices.ContainsFunc(pt.open, func(o openBranch) bool {
		return m.allSet(o.set) && !m.anySet(o.unset)
	})
}

// record lays the patterns on a record. The answer is in m.
func (e *engine) record(m *matcher, r *kafkaevent.Record, v View) error {
	if err := r.Err(); err != nil {
		return err
	}
	return e.decide(m, func(s settings) error { return e.layRecord(m, r, v, s) })
}

// json lays the patterns on a document itself.
func (e *engine) json(m *matcher, document []byte) error {
	return e.decide(m, func(s settings) error {
		m.layJSON(&e.parts.document, document, s)
		return nil
	})
}

// decide runs a lay; under Fail it also finds out whether the outcome hangs on
// what could not be laid, by laying it again as if that passed.
func (e *engine) decide(m *matcher, lay func(settings) error) error {
	s := e.settings
	if err := e.round(m, s, lay); err != nil {
		return err
	}
	mismatch := m.mismatch
	if mismatch == nil || m.found && !m.all {
		return nil
	}
	before := len(m.matched)
	m.rollback(mark{})
	m.mismatch = nil
	if s.mismatch == Fail {
		s.mismatch = Pass
	}
	if s.tombstone == Fail {
		s.tombstone = Pass
	}
	if err := e.round(m, s, lay); err != nil {
		return err
	}
	if len(m.matched) > before {
		return mismatch
	}
	return nil
}

func (e *engine) round(m *matcher, s settings, lay func(settings) error) error {
	m.trust = s.trust
	m.hold = s.mismatch != Pass && !s.trust
	if err := lay(s); err != nil {
		return err
	}
	if !m.stopEarly() {
		m.finish()
	}
	return nil
}

func (e *engine) layRecord(m *matcher, r *kafkaevent.Record, v View, s settings) error {
	ps := e.parts
	m.layMetadata(ps, r)
	if m.found && !m.all {
		return nil
	}
	if ps.key.node != nil && m.undecided(&ps.key) {
		key, err := m.render(0, ps.key.name, r.Key, v.Key)
		if err != nil {
			return err
		}
		if r.Key == nil {
			m.layMissing(&ps.key)
		} else {
			m.layBytes(&ps.key, key, v.Key != nil, s)
		}
	}
	if ps.value.node == nil || m.found && !m.all || !m.undecided(&ps.value) {
		return nil
	}
	if r.Value == nil {
		m.layTombstone(&ps.value, s)
		return nil
	}
	value, err := m.render(1, ps.value.name, r.Value, v.Value)
	if err != nil {
		return err
	}
	m.layBytes(&ps.value, value, v.Value != nil, s)
	return nil
}

// render returns the view of a part, rendered once, or its raw bytes.
func (m *matcher) render(i int, name string, raw []byte, view func([]byte) ([]byte, error)) ([]byte, error) {
	if view == nil || raw == nil {
		return raw, nil
	}
	if !m.rendered[i] {
		text, err := view(m.views[i][:0])
		if err != nil {
			return nil, &ViewError{name, err}
		}
		m.views[i], m.rendered[i] = text, true
	}
	return m.views[i], nil
}

func (m *matcher) layMetadata(ps *parts, r *kafkaevent.Record) {
	m.text(ps.topic, r.Topic)
	m.integer(ps.partition, int64(r.Partition))
	m.integer(ps.offset, r.Offset)
	if !r.Timestamp.IsZero() {
		m.integer(ps.timestamp, r.Timestamp.UnixMilli())
	}
	if r.TimestampType != "" {
		m.text(ps.timestampType, r.TimestampType)
	}
	if ps.headers == nil {
		return
	}
	for _, h := range r.Headers() {
		m.scratch = append(m.scratch[:0], h.Key...)
		n := ps.headers.find(m.scratch)
		switch {
		case n == nil || n.leaf == nil:
		case h.Value == nil:
			n.leaf.matchLiteral(m, scalarNull)
		default:
			n.leaf.matchString(m, h.Value)
		}
	}
}

// text lays a leaf on a text of the record's metadata.
func (m *matcher) text(n *node, s string) {
	if n != nil && n.leaf != nil {
		m.scratch = append(m.scratch[:0], s...)
		n.leaf.matchString(m, m.scratch)
	}
}

func (m *matcher) integer(n *node, v int64) {
	if n != nil && n.leaf != nil {
		m.scratch = strconv.AppendInt(m.scratch[:0], v, 10)
		n.leaf.matchNumber(m, m.scratch)
	}
}

// layMissing lays a part that the record does not have: null to lists, absent
// to exists, without fields.
func (m *matcher) layMissing(pt *part) {
	if pt.node.leaf != nil {
		pt.node.leaf.matchLiteral(m, scalarMissing)
	}
}

func (m *matcher) layTombstone(pt *part, s settings) {
	if s.tombstone == Match {
		m.layMissing(pt)
		return
	}
	const msg, hint = "the value is null", "filter.OnTombstone says what becomes of deletes"
	m.cannot(pt, pt.texts, nil, s.tombstone, msg, hint)
	m.cannot(pt, pt.objects, pt.objectsAbsent, s.tombstone, msg, hint)
}

// cannot handles fields that could not be laid on a part.
func (m *matcher) cannot(pt *part, fields, absent []int32, p Policy, msg, hint string) {
	if len(fields) == 0 && len(absent) == 0 {
		return
	}
	if p == Pass {
		m.meet(fields)
		return
	}
	m.meet(absent)
	if p == Fail && m.mismatch == nil {
		m.mismatch = &MismatchError{Field: pt.name, Msg: msg, Hint: hint}
	}
}

// layBytes lays a part's bytes: as JSON where a pattern wants fields, as text
// where it wants the part itself. A view is JSON only.
func (m *matcher) layBytes(pt *part, data []byte, view bool, s settings) {
	if !view && Framed(data) {
		const msg, hint = "the bytes are framed for a schema registry", "decode them with a schema first, or give a view"
		m.present(pt)
		m.cannot(pt, pt.texts, nil, s.mismatch, msg, hint)
		m.cannot(pt, pt.objects, pt.objectsAbsent, s.mismatch, msg, hint)
		return
	}
	container := m.layJSON(pt, data, s)
	if pt.node.leaf == nil || m.stopEarly() {
		return
	}
	if container {
		m.present(pt)
		m.cannot(pt, pt.texts, nil, s.mismatch, "the bytes are a JSON object or array, the pattern wants text",
			"name a field, or give the pattern an object")
		return
	}
	if !m.layText(pt, data, view) {
		m.present(pt)
		m.cannot(pt, pt.texts, nil, s.mismatch, "the bytes are not text in UTF-8", "")
	}
}

// present decides exists for a part that is there but not a scalar.
func (m *matcher) present(pt *part) {
	if l := pt.node.leaf; l != nil {
		m.meet(l.present)
	}
}

// layJSON reports whether data is a JSON object or array.
func (m *matcher) layJSON(pt *part, data []byte, s settings) bool {
	before := m.mark()
	if m.document(pt.node, data) {
		return true
	}
	m.rollback(before)
	m.cannot(pt, pt.objects, pt.objectsAbsent, s.mismatch, "the bytes are not a JSON object or array in UTF-8", "")
	return false
}

// layText lays the part itself on a text, which may also be a JSON scalar: it
// is met by either reading. It reports false for what is not UTF-8.
func (m *matcher) layText(pt *part, data []byte, view bool) bool {
	if !utf8.Valid(data) {
		return false
	}
	n := pt.node
	read := false
	if i := skipSpace(data, 0); i < len(data) && data[i] != '{' && data[i] != '[' {
		before := m.mark()
		m.data = data
		end := m.scalarAt(n.leaf, i)
		if read = end >= 0 && skipSpace(data, end) == len(data); !read {
			m.rollback(before)
		}
	}
	if view {
		return read
	}
	n.leaf.matchString(m, data)
	return true
}
