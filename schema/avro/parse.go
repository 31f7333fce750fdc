package avro

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"strconv"
	"strings"

	"github.com/mskit-go/mskit/schema"
)

const (
	maxSchemaDepth = 256 // types within types in one document
	maxReferences  = 64  // references of references
	// A decimal takes up to its scale in digits as text, so a scale is a claim
	// like a length. Java's BigDecimal users stay below 100.
	maxDecimalScale = 1000
)

// parser turns schema documents into nodes. It knows no names but those that a
// document defines or refers to, so that two versions of a type never meet, and
// it keeps nothing between schemas.
type parser struct {
	budget int // schema bytes left
	docs   map[*schema.Schema]*document
}

// document is one parsed schema text with the named types it defines.
type document struct {
	root  *node
	names map[string]*node
}

// parseSchema parses s with everything it refers to.
func parseSchema(s *schema.Schema, maxBytes int) (*node, error) {
	p := &parser{budget: maxBytes, docs: make(map[*schema.Schema]*document)}
	d, err := p.document(s, 0)
	if err != nil {
		return nil, err
	}
	return d.root, nil
}

// parseText parses a schema that refers to no other.
func parseText(text string, maxBytes int) (*node, error) {
	return parseSchema(&schema.Schema{Text: text}, maxBytes)
}

func (p *parser) document(s *schema.Schema, depth int) (*document, error) {
	if d, seen := p.docs[s]; seen {
		if d == nil {
			return nil, errors.New("the schema's references form a cycle")
		}
		return d, nil
	}
	if depth > maxReferences {
		return nil, fmt.Errorf("references are nested deeper than %d", maxReferences)
	}
	if p.budget -= len(s.Text); p.budget < 0 {
		return nil, errors.New("the schema and what it refers to are larger than Limits.SchemaBytes")
	}
	p.docs[s] = nil
	scope := make(map[string]*node)
	var direct []*document
	for _, ref := range s.References {
		if ref.Schema == nil {
			return nil, fmt.Errorf("reference %s is not resolved", strconv.Quote(ref.Name))
		}
		d, err := p.document(ref.Schema, depth+1)
		if err != nil {
			return nil, fmt.Errorf("reference %s: %w", strconv.Quote(ref.Name), err)
		}
		direct = append(direct, d)
		maps.Copy(scope, d.names)
	}
	// What a schema refers to itself wins over what came along with it.
	for _, d := range direct {
		if d.root.name != "" {
			scope[d.root.name] = d.root
		}
	}
	root, names, err := parseDocument(s.Text, scope)
	if err != nil {
		return nil, err
	}
	maps.Copy(scope, names)
	d := &document{root: root, names: scope}
	p.docs[s] = d
	return d, nil
}

// parseDocument parses one text; known are the types it may name.
func parseDocument(text string, known map[string]*node) (*node, map[string]*node, error) {
	v, err := decodeJSON(text)
	if err != nil {
		return nil, nil, err
	}
	b := &builder{known: known, own: make(map[string]*node)}
	root, err := b.typ(v, "", 0)
	if err != nil {
		return nil, nil, err
	}
	b.markZeroWidth()
	enc := defaulter{maxDefaults}
	for _, d := range b.defaults {
		f := &d.record.fields[d.index]
		if f.def, err = enc.append(nil, f.typ, d.value, 0); err != nil {
			return nil, nil, fmt.Errorf("default of %s.%s: %w", d.record.name, f.name, err)
		}
		if f.def == nil {
			f.def = []byte{} // null takes no bytes
		}
	}
	return root, b.own, nil
}

func decodeJSON(text string) (any, error) {
	if t := strings.TrimSpace(text); t != "" && strings.IndexFunc(t, notLetter) < 0 {
		return t, nil // a primitive type's bare name
	}
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.UseNumber()
	var v any
	// The decoder's own words would quote the text.
	if err := dec.Decode(&v); err != nil {
		return nil, fmt.Errorf("not JSON, near byte %d of %d", dec.InputOffset(), len(text))
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("text after the schema, at byte %d of %d", dec.InputOffset(), len(text))
	}
	return v, nil
}

func notLetter(r rune) bool { return r < 'a' || r > 'z' }

// builder builds the nodes of one document.
type builder struct {
	known    map[string]*node
	own      map[string]*node
	all      []*node
	defaults []pendingDefault
}

// pendingDefault is a default whose type may not be complete yet.
type pendingDefault struct {
	record *node
	index  int
	value  any
}

func (b *builder) add(n *node) *node {
	b.all = append(b.all, n)
	return n
}

func (b *builder) typ(v any, namespace string, depth int) (*node, error) {
	if depth > maxSchemaDepth {
		return nil, fmt.Errorf("types are nested deeper than %d", maxSchemaDepth)
	}
	switch v := v.(type) {
	case string:
		return b.reference(v, namespace)
	case []any:
		return b.union(v, namespace, depth)
	case map[string]any:
		return b.object(v, namespace, depth)
	default:
		return nil, errors.New("a type is a name, an object or a list")
	}
}

func (b *builder) reference(name, namespace string) (*node, error) {
	if k, ok := primitiveOf(name); ok {
		return b.add(&node{kind: k}), nil
	}
	for _, full := range []string{qualify(name, namespace), name} {
		if n := b.own[full]; n != nil {
			return n, nil
		}
		if n := b.known[full]; n != nil {
			return n, nil
		}
	}
	return nil, fmt.Errorf("type %s is neither defined nor referred to", strconv.Quote(qualify(name, namespace)))
}

func primitiveOf(name string) (kind, bool) {
	for k := kindNull; k <= kindString; k++ {
		if kindNames[k] == name {
			return k, true
		}
	}
	return 0, false
}

func (b *builder) union(branches []any, namespace string, depth int) (*node, error) {
	n := b.add(&node{kind: kindUnion})
	seen := make(map[string]bool, len(branches))
	for _, v := range branches {
		branch, err := b.typ(v, namespace, depth+1)
		if err != nil {
			return nil, err
		}
		if branch.kind == kindUnion {
			return nil, errors.New("a union stands directly in a union")
		}
		if seen[branch.String()] {
			return nil, fmt.Errorf("a union has %s twice", branch)
		}
		seen[branch.String()] = true
		n.branches = append(n.branches, branch)
	}
	return n, nil
}

func (b *builder) object(m map[string]any, namespace string, depth int) (*node, error) {
	name, ok := m["type"].(string)
	if !ok {
		if m["type"] == nil {
			return nil, errors.New("a type object has no type")
		}
		return b.typ(m["type"], namespace, depth+1)
	}
	switch name {
	case "record", "error":
		return b.record(m, namespace, depth)
	case "enum":
		return b.enum(m, namespace)
	case "fixed":
		return b.fixed(m, namespace)
	case "array", "map":
		n := b.add(&node{kind: kindArray})
		of := "items"
		if name == "map" {
			n.kind, of = kindMap, "values"
		}
		if m[of] == nil {
			return nil, fmt.Errorf("the %s of a schema has no %s", name, of)
		}
		var err error
		n.items, err = b.typ(m[of], namespace, depth+1)
		return n, err
	}
	n, err := b.reference(name, namespace)
	if err == nil && n.name == "" {
		annotate(n, m)
	}
	return n, err
}

func (b *builder) record(m map[string]any, namespace string, depth int) (*node, error) {
	n := &node{kind: kindRecord}
	namespace, err := b.define(n, m, namespace)
	if err != nil {
		return nil, err
	}
	list, ok := m["fields"].([]any)
	if !ok {
		return nil, fmt.Errorf("record %s has no list of fields", n.name)
	}
	n.fields = make([]field, len(list))
	seen := make(map[string]bool, len(list))
	for i, v := range list {
		f, ok := v.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("field %d of %s is no object", i, n.name)
		}
		name, _ := f["name"].(string)
		if name == "" || seen[name] {
			return nil, fmt.Errorf("field %d of %s has no name of its own", i, n.name)
		}
		seen[name] = true
		typ, err := b.typ(f["type"], namespace, depth+1)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", n.name, name, err)
		}
		n.fields[i] = field{name: name, aliases: stringList(f["aliases"]), typ: typ}
		if def, ok := f["default"]; ok {
			b.defaults = append(b.defaults, pendingDefault{n, i, def})
		}
	}
	return n, nil
}

func (b *builder) enum(m map[string]any, namespace string) (*node, error) {
	n := &node{kind: kindEnum}
	if _, err := b.define(n, m, namespace); err != nil {
		return nil, err
	}
	n.symbols = stringList(m["symbols"])
	seen := make(map[string]bool, len(n.symbols))
	for _, s := range n.symbols {
		if s == "" || seen[s] {
			return nil, fmt.Errorf("enum %s has an empty or repeated symbol", n.name)
		}
		seen[s] = true
	}
	if len(n.symbols) == 0 {
		return nil, fmt.Errorf("enum %s has no symbols", n.name)
	}
	if def, ok := m["default"].(string); ok {
		if !seen[def] {
			return nil, fmt.Errorf("the default of enum %s is not one of its symbols", n.name)
		}
		n.symbolDefault = def
	}
	return n, nil
}

func (b *builder) fixed(m map[string]any, namespace string) (*node, error) {
	n := &node{kind: kindFixed}
	if _, err := b.define(n, m, namespace); err != nil {
		return nil, err
	}
	size, ok := integer(m["size"])
	if !ok || size < 0 || size > 1<<30 {
		return nil, fmt.Errorf("fixed %s has no size", n.name)
	}
	n.size = size
	annotate(n, m)
	return n, nil
}

// define gives n its name and makes it known, before its parts are parsed, so
// that they can refer to it. It returns the namespace of those parts.
func (b *builder) define(n *node, m map[string]any, namespace string) (string, error) {
	name, _ := m["name"].(string)
	if name == "" {
		return "", fmt.Errorf("%s without a name", n.kind)
	}
	if ns, ok := m["namespace"].(string); ok {
		namespace = ns
	}
	n.name = qualify(name, namespace)
	namespace = ""
	if i := strings.LastIndexByte(n.name, '.'); i >= 0 {
		namespace = n.name[:i]
	}
	if _, primitive := primitiveOf(n.name); primitive || b.own[n.name] != nil {
		return "", fmt.Errorf("type %s is defined twice", strconv.Quote(n.name))
	}
	for _, alias := range stringList(m["aliases"]) {
		n.aliases = append(n.aliases, qualify(alias, namespace))
	}
	b.own[n.name] = n
	b.add(n)
	return namespace, nil
}

func qualify(name, namespace string) string {
	if namespace == "" || strings.IndexByte(name, '.') >= 0 {
		return strings.TrimPrefix(name, ".")
	}
	return namespace + "." + name
}

// annotate reads the logical type of n.
func annotate(n *node, m map[string]any) {
	name, _ := m["logicalType"].(string)
	switch {
	case name == "decimal" && (n.kind == kindBytes || n.kind == kindFixed):
		precision, ok := integer(m["precision"])
		scale, _ := integer(m["scale"])
		if ok && precision > 0 && scale >= 0 && scale <= precision && scale <= maxDecimalScale {
			n.logical, n.precision, n.scale = logicalDecimal, precision, scale
		}
	case name == "uuid" && (n.kind == kindString || n.kind == kindFixed && n.size == 16):
		n.logical = logicalUUID
	case name == "duration" && n.kind == kindFixed && n.size == 12:
		n.logical = logicalDuration
	case n.kind == kindInt:
		n.logical = map[string]logical{"date": logicalDate, "time-millis": logicalTimeMillis}[name]
	case n.kind == kindLong:
		n.logical = map[string]logical{
			"time-micros":            logicalTimeMicros,
			"timestamp-millis":       logicalTimestampMillis,
			"timestamp-micros":       logicalTimestampMicros,
			"timestamp-nanos":        logicalTimestampNanos,
			"local-timestamp-millis": logicalLocalMillis,
			"local-timestamp-micros": logicalLocalMicros,
			"local-timestamp-nanos":  logicalLocalNanos,
		}[name]
	}
}

// markZeroWidth finds the types whose values take no bytes. A record counts as
// one until a field says otherwise, so that a record within itself ends.
func (b *builder) markZeroWidth() {
	for _, n := range b.all {
		n.zeroWidth = n.kind == kindNull || n.kind == kindRecord || n.kind == kindFixed && n.size == 0
	}
	for changed := true; changed; {
		changed = false
		for _, n := range b.all {
			if n.kind != kindRecord || !n.zeroWidth {
				continue
			}
			for i := range n.fields {
				if !n.fields[i].typ.zeroWidth {
					n.zeroWidth, changed = false, true
					break
				}
			}
		}
	}
}

func integer(v any) (int, bool) {
	num, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(num.String())
	return n, err == nil
}

func stringList(v any) []string {
	list, _ := v.([]any)
	out := make([]string, 0, len(list))
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
