package jsonschema

import (
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"strconv"

	engine "github.com/santhosh-tekuri/jsonschema/v5"
)

// guardName is the name under which guards are registered with the engine.
const guardName = "mskit-guard"

var errTooMuchWork = errors.New("too much work")

// meter counts the steps of one validation. A schema that tries alternatives,
// each going down into the same value, takes time exponential in the depth of
// the value.
type meter struct{ left int }

// start allows 1,000 steps for each value of a flat document, more than any
// real schema takes, and fewer in a deep one, where a step costs more: its
// failure is described by all the keywords that led there.
func (m *meter) start(doc *parsed) {
	perValue := max(25, 1_000*64/(64+doc.depth*doc.depth))
	m.left = min(perValue*(10+doc.values), 10_000_000)
}

// guard is an extension of every subschema that the engine compiles: it is
// called wherever the subschema is laid on a value.
type guard struct {
	meter  *meter
	unique bool
}

// Validate pays for the visit and for the children, which the engine may have
// rejected without calling their guards. It panics with errTooMuchWork, the
// only way out of the engine.
func (g *guard) Validate(ctx engine.ValidationContext, v any) error {
	g.meter.left--
	switch v := v.(type) {
	case map[string]any:
		g.meter.left -= len(v)
	case []any:
		g.meter.left -= len(v)
		if g.unique && hasDuplicate(v) {
			return ctx.Error("uniqueItems", "items are equal") // the engine drops an error without a text
		}
	}
	if g.meter.left < 0 {
		panic(errTooMuchWork)
	}
	return nil
}

// guarding gives out the guards of one compilation.
type guarding struct {
	meter *meter
	// dynamic are subschemas that only a $dynamicRef may reach.
	dynamic []*engine.Schema
}

// Compile is called for every subschema.
func (g *guarding) Compile(ctx engine.CompilerContext, m map[string]any) (engine.ExtSchema, error) {
	if anchor, ok := m["$dynamicAnchor"].(string); ok {
		// It leads back here. Before 2020-12 the keyword means nothing.
		if s, err := ctx.CompileRef("#"+anchor, "$dynamicAnchor", false); err == nil {
			g.dynamic = append(g.dynamic, s)
		}
	}
	return &guard{meter: g.meter}, nil
}

// install visits all subschemas and takes from the engine what is not safe on
// hostile payloads: uniqueItems, quadratic for items whose hashes collide, goes
// to the guard; contentSchema, which would parse a string without our caps, is
// no keyword of draft 7 and a mere note in later ones. It returns the
// subschemas by location.
func (g *guarding) install(root *engine.Schema) map[string]*engine.Schema {
	at := make(map[string]*engine.Schema)
	seen := metaSchemas() // they belong to the whole program
	todo := append([]*engine.Schema{root}, g.dynamic...)
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if s == nil || seen[s] {
			continue
		}
		seen[s] = true
		at[s.Location] = s
		if own, ok := s.Extensions[guardName].(*guard); ok {
			own.unique = s.UniqueItems
			s.UniqueItems = false
			s.ContentSchema = nil
		}
		todo = appendChildren(todo, s)
	}
	return at
}

// metaSchemas are the engine's own, which a $ref may lead to.
func metaSchemas() map[*engine.Schema]bool {
	metas := make(map[*engine.Schema]bool)
	e := engine.NewCompiler()
	for _, d := range []*engine.Draft{engine.Draft4, engine.Draft6, engine.Draft7, engine.Draft2019, engine.Draft2020} {
		if s, err := e.Compile(d.URL()); err == nil {
			metas[s] = true
		}
	}
	return metas
}

// appendChildren adds the subschemas that s refers to.
func appendChildren(to []*engine.Schema, s *engine.Schema) []*engine.Schema {
	to = appendInPlace(to, s)
	to = append(to, s.PropertyNames, s.UnevaluatedProperties, s.Items2020, s.Contains, s.UnevaluatedItems)
	to = append(to, s.PrefixItems...)
	for _, child := range s.Properties {
		to = append(to, child)
	}
	for _, child := range s.PatternProperties {
		to = append(to, child)
	}
	to = appendSchemas(to, s.AdditionalProperties)
	to = appendSchemas(to, s.Items)
	return appendSchemas(to, s.AdditionalItems)
}

// appendInPlace adds the subschemas that s lays on the same value as itself.
func appendInPlace(to []*engine.Schema, s *engine.Schema) []*engine.Schema {
	to = append(to, s.Ref, s.RecursiveRef, s.DynamicRef, s.Not, s.If, s.Then, s.Else)
	to = slices.Concat(to, s.AllOf, s.AnyOf, s.OneOf)
	for _, child := range s.DependentSchemas {
		to = append(to, child)
	}
	for _, child := range s.Dependencies {
		to = appendSchemas(to, child)
	}
	return to
}

// chains measures how many subschemas lie on one value in a row. The engine
// goes down them by recursion, at each level of the value anew and with some
// 7 KB of stack for each, and a stack that overflows cannot be caught.
type chains struct {
	dynamic []*engine.Schema       // where any $dynamicRef may lead
	length  map[*engine.Schema]int // 0 for those that are being measured: the engine finds loops
}

func (c *chains) from(s *engine.Schema) int {
	if s == nil {
		return 0
	}
	if n, ok := c.length[s]; ok {
		return n
	}
	c.length[s] = 0
	next := appendInPlace(nil, s)
	if s.DynamicRef != nil {
		next = append(next, c.dynamic...)
	}
	longest := 0
	for _, child := range next {
		longest = max(longest, c.from(child))
	}
	c.length[s] = longest + 1
	return longest + 1
}

// longest is that of all the subschemas in at.
func (g *guarding) longest(at map[string]*engine.Schema) int {
	c := chains{g.dynamic, make(map[*engine.Schema]int, len(at))}
	n := 0
	for _, s := range at {
		n = max(n, c.from(s))
	}
	return n
}

// appendSchemas adds what the engine keeps as a schema, a list of them, or
// something else.
func appendSchemas(to []*engine.Schema, v any) []*engine.Schema {
	switch v := v.(type) {
	case *engine.Schema:
		return append(to, v)
	case []*engine.Schema:
		return append(to, v...)
	default:
		return to
	}
}

// hasDuplicate reports whether two items are equal as JSON Schema has it.
func hasDuplicate(items []any) bool {
	if len(items) < 2 {
		return false
	}
	seen := make(map[string]struct{}, len(items))
	var buf []byte
	for _, item := range items {
		buf = appendCanonical(buf[:0], item)
		if _, ok := seen[string(buf)]; ok {
			return true
		}
		seen[string(buf)] = struct{}{}
	}
	return false
}

// appendCanonical writes a value so that equal values, and only those, come
// out the same: 1, 1.0 and 10e-1 are equal, and objects have no order.
func appendCanonical(dst []byte, v any) []byte {
	text := func(tag byte, s string) []byte {
		dst = strconv.AppendInt(append(dst, tag), int64(len(s)), 10)
		return append(append(dst, ':'), s...)
	}
	switch v := v.(type) {
	case nil:
		return append(dst, 'n')
	case bool:
		return strconv.AppendBool(dst, v)
	case string:
		return text('s', v)
	case json.Number:
		if r, ok := new(big.Rat).SetString(string(v)); ok {
			return text('d', r.RatString())
		}
		return text('d', string(v))
	case []any:
		dst = append(strconv.AppendInt(append(dst, '['), int64(len(v)), 10), ':')
		for _, item := range v {
			dst = appendCanonical(dst, item)
		}
		return dst
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		dst = append(strconv.AppendInt(append(dst, '{'), int64(len(v)), 10), ':')
		for _, name := range names {
			dst = text('s', name)
			dst = appendCanonical(dst, v[name])
		}
		return dst
	default:
		return dst
	}
}
