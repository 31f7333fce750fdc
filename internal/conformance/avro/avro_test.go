// Package avro_test compares schema/avro with another implementation, on random
// schemas and random data, sound and broken.
package avro_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	twmb "github.com/twmb/avro"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/avro"
)

// generator makes schemas and data of them.
type generator struct {
	*rand.Rand
	names int
	// defined are the named types so far, for references.
	defined []map[string]any
	byName  map[string]map[string]any
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 1)), byName: make(map[string]map[string]any)}
}

func (g *generator) name(prefix string) string {
	g.names++
	return fmt.Sprint(prefix, g.names)
}

func (g *generator) define(m map[string]any) map[string]any {
	g.defined = append(g.defined, m)
	g.byName[m["name"].(string)] = m
	return m
}

var primitives = []string{"null", "boolean", "int", "long", "float", "double", "bytes", "string"}

// schema is a random type. Values of records within themselves are nullable.
func (g *generator) schema(depth int, union bool) any {
	n := 14
	if depth <= 0 {
		n = 9
	}
	switch k := g.IntN(n); k {
	default:
		return primitives[k]
	case 8:
		if len(g.defined) > 0 {
			d := g.defined[g.IntN(len(g.defined))]
			if d["type"] != "record" {
				return d["name"]
			}
			if union {
				return d["name"]
			}
			return []any{"null", d["name"]}
		}
		return g.define(map[string]any{"type": "enum", "name": g.name("E"), "symbols": []any{"A", "B", "C"}})
	case 9:
		return g.define(map[string]any{"type": "fixed", "name": g.name("F"), "size": 1 + g.IntN(4)})
	case 10:
		return map[string]any{"type": "array", "items": g.schema(depth-1, false)}
	case 11:
		return map[string]any{"type": "map", "values": g.schema(depth-1, false)}
	case 12:
		if union {
			return "string"
		}
		return g.union(depth)
	case 13:
		return g.record(depth)
	}
}

func (g *generator) union(depth int) any {
	var list []any
	seen := map[string]bool{"null": true}
	for range 1 + g.IntN(3) {
		b := g.schema(depth-1, true)
		name, ok := b.(string)
		if m, is := b.(map[string]any); is {
			name, ok = m["type"].(string)
			if full, named := m["name"].(string); named {
				name = full
			}
		}
		if ok && !seen[name] {
			seen[name] = true
			list = append(list, b)
		}
	}
	// Null can be anywhere; definitions stay before what refers to them.
	return slices.Insert(list, g.IntN(len(list)+1), any("null"))
}

func (g *generator) record(depth int) any {
	m := g.define(map[string]any{"type": "record", "name": g.name("R")})
	fields := []any{}
	for range 1 + g.IntN(4) {
		fields = append(fields, map[string]any{"name": g.name("f"), "type": g.schema(depth-1, false)})
	}
	m["fields"] = fields
	return m
}

// encode appends a random value of s.
func (g *generator) encode(dst []byte, s any, depth int) []byte {
	switch s := s.(type) {
	case []any:
		i := g.IntN(len(s))
		if depth <= 0 { // end what may be within itself
			for at, b := range s {
				if b == "null" {
					i = at
				}
			}
		}
		return g.encode(binary.AppendVarint(dst, int64(i)), s[i], depth-1)
	case string:
		switch s {
		case "null":
			return dst
		case "boolean":
			return append(dst, byte(g.IntN(2)))
		case "int":
			return binary.AppendVarint(dst, int64(int32(g.Uint32()>>g.IntN(32))))
		case "long":
			return binary.AppendVarint(dst, int64(g.Uint64()>>g.IntN(64)))
		case "float":
			return binary.LittleEndian.AppendUint32(dst, math.Float32bits(g.Float32()))
		case "double":
			return binary.LittleEndian.AppendUint64(dst, math.Float64bits(g.NormFloat64()))
		case "bytes", "string":
			n := g.IntN(1 + g.IntN(200))
			dst = binary.AppendVarint(dst, int64(n))
			for range n {
				dst = append(dst, 'a'+byte(g.IntN(26)))
			}
			return dst
		default:
			return g.encode(dst, g.byName[s], depth)
		}
	}
	m := s.(map[string]any)
	switch m["type"] {
	case "enum":
		return binary.AppendVarint(dst, int64(g.IntN(len(m["symbols"].([]any)))))
	case "fixed":
		for range m["size"].(int) {
			dst = append(dst, byte(g.Uint32()))
		}
		return dst
	case "record":
		for _, f := range m["fields"].([]any) {
			dst = g.encode(dst, f.(map[string]any)["type"], depth-1)
		}
		return dst
	}
	for blocks := g.IntN(3); depth > 0 && blocks > 0; blocks-- {
		n := 1 + g.IntN(3)
		var items []byte
		for range n {
			if m["type"] == "map" {
				items = g.encode(items, "string", 0)
				items = g.encode(items, m["values"], depth-1)
			} else {
				items = g.encode(items, m["items"], depth-1)
			}
		}
		if g.IntN(2) == 0 {
			dst = binary.AppendVarint(binary.AppendVarint(dst, int64(-n)), int64(len(items)))
		} else {
			dst = binary.AppendVarint(dst, int64(n))
		}
		dst = append(dst, items...)
	}
	return append(dst, 0)
}

func (g *generator) breakBytes(data []byte) []byte {
	b := append([]byte{}, data...)
	switch i := g.IntN(len(b) + 1); g.IntN(4) {
	case 0:
		return b[:i]
	case 1:
		return append(b, byte(g.Uint32()))
	case 2:
		return append(b[:i], append([]byte{byte(g.Uint32())}, b[i:]...)...)
	default:
		if i < len(b) {
			b[i] = byte(g.Uint32())
		}
		return b
	}
}

// plain makes the other implementation's values comparable.
func plain(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plain(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = plain(v[k])
		}
		return out
	case float32:
		return math.Float32bits(v) // NaN is equal to itself
	case float64:
		return math.Float64bits(v)
	default:
		if rv := reflect.ValueOf(v); rv.IsValid() && rv.Kind() == reflect.Array {
			out := make([]byte, rv.Len())
			reflect.Copy(reflect.ValueOf(out), rv)
			return out
		}
		return v
	}
}

func decodeTwmb(s *twmb.Schema, data []byte) (any, error) {
	var v any
	rest, err := s.Decode(data, &v)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%d bytes left", len(rest))
	}
	return v, err
}

// stricter are the refusals that ours has beyond theirs: a boolean is 0 or 1, a
// block is as long as it says, and values of no bytes have a cap.
var stricter = []string{"a boolean is neither", "the size of a block", "values that take no bytes"}

func TestSoundAndBrokenData(t *testing.T) {
	accepted, refused := 0, 0
	for seed := range uint64(3000) {
		g := newGenerator(seed)
		root := g.record(4)
		text, err := json.Marshal(root)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := twmb.Parse(string(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		ours := avro.NewDecoder[any](nil, avro.WithWriterSchema(string(text)))
		same := func(data []byte, sound bool) {
			t.Helper()
			want, wantErr := decodeTwmb(theirs, data)
			got, err := ours.Decode(t.Context(), schema.Input{Data: data})
			if err != nil && slices.ContainsFunc(stricter, func(part string) bool { return strings.Contains(err.Error(), part) }) {
				return
			}
			if (err == nil) != (wantErr == nil) || sound && err != nil {
				t.Errorf("seed %d\n%s\n%x\nours: %v\ntheirs: %v", seed, text, data, err, wantErr)
				return
			}
			if err != nil {
				refused++
				return
			}
			accepted++
			if got, want := plain(got), plain(want); !reflect.DeepEqual(got, want) {
				t.Errorf("seed %d\n%s\n%x\nours: %v\ntheirs: %v", seed, text, data, got, want)
			}
		}
		for range 3 {
			data := g.encode([]byte{}, root, 6)
			same(data, true)
			for range 5 {
				same(g.breakBytes(data), false)
			}
		}
		if t.Failed() {
			return
		}
	}
	if accepted < 9000 || refused < 9000 {
		t.Errorf("%d accepted, %d refused: the generator tests too little", accepted, refused)
	}
}

// evolve makes a reader's schema of a writer's, compatible or not.
func (g *generator) evolve(s any) any {
	switch s := s.(type) {
	case string:
		if g.IntN(4) == 0 {
			switch s {
			case "int":
				return []string{"long", "float", "double", "string"}[g.IntN(4)]
			case "long":
				return []string{"float", "double", "int"}[g.IntN(3)]
			case "float":
				return "double"
			case "string":
				return "bytes"
			case "bytes":
				return "string"
			}
		}
		if _, named := g.byName[s]; !named && s != "null" && g.IntN(6) == 0 {
			return []any{"null", s}
		}
		return s
	case []any:
		out := slices.Clone(s)
		g.Shuffle(len(out), func(i, j int) {
			a, _ := out[i].(string)
			b, _ := out[j].(string)
			if slices.Contains(primitives, a) && slices.Contains(primitives, b) {
				out[i], out[j] = out[j], out[i]
			}
		})
		return out
	case map[string]any:
		out := make(map[string]any, len(s))
		maps.Copy(out, s)
		switch s["type"] {
		case "array":
			out["items"] = g.evolve(s["items"])
		case "map":
			out["values"] = g.evolve(s["values"])
		case "record":
			var fields []any
			for _, f := range s["fields"].([]any) {
				f := f.(map[string]any)
				if _, defines := f["type"].(map[string]any); g.IntN(5) == 0 && !defines {
					continue
				}
				next := map[string]any{"name": f["name"], "type": g.evolve(f["type"])}
				if g.IntN(5) == 0 {
					next["aliases"] = []any{f["name"]}
					next["name"] = g.name("renamed")
				}
				fields = append(fields, next)
			}
			if g.IntN(2) == 0 {
				fields = append(fields, map[string]any{"name": g.name("new"), "type": "string", "default": "d"})
			}
			if fields == nil {
				fields = []any{}
			}
			g.Shuffle(len(fields), func(i, j int) {
				a, _ := fields[i].(map[string]any)["type"].(string)
				b, _ := fields[j].(map[string]any)["type"].(string)
				if slices.Contains(primitives, a) && slices.Contains(primitives, b) { // names stay behind their definitions
					fields[i], fields[j] = fields[j], fields[i]
				}
			})
			out["fields"] = fields
		}
		return out
	}
	return s
}

func TestResolution(t *testing.T) {
	resolved, refused := 0, 0
	for seed := range uint64(4000) {
		g := newGenerator(seed)
		writer := g.record(3)
		reader := g.evolve(writer)
		writerText, _ := json.Marshal(writer)
		readerText, _ := json.Marshal(reader)
		w, err := twmb.Parse(string(writerText))
		if err != nil {
			t.Fatalf("%s: %v", writerText, err)
		}
		r, err := twmb.Parse(string(readerText))
		if err != nil {
			continue // a definition went with its field
		}
		data := g.encode([]byte{}, writer, 6)
		theirs, wantErr := twmb.Resolve(w, r)
		var want any
		if wantErr == nil {
			want, wantErr = decodeTwmb(theirs, data)
		}
		got, err := avro.NewDecoder[any](nil, avro.WithWriterSchema(string(writerText)), avro.WithReaderSchema(string(readerText))).
			Decode(t.Context(), schema.Input{Data: data})
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("seed %d\n%s\n%s\n%x\nours: %v\ntheirs: %v", seed, writerText, readerText, data, err, wantErr)
		}
		if err != nil {
			refused++
			continue
		}
		resolved++
		if got, want := plain(got), plain(want); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d\n%s\n%s\n%x\nours: %v\ntheirs: %v", seed, writerText, readerText, data, got, want)
		}
	}
	if resolved < 1000 || refused < 100 {
		t.Errorf("%d resolved, %d refused: the generator tests too little", resolved, refused)
	}
}
