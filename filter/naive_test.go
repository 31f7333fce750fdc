package filter

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// naiveLeaf is one scalar of a decoded document: its path, and the index it
// has in each array around it, by the array's number.
type naiveLeaf struct {
	path    string
	scalar  scalar
	element map[int]int
}

// naiveLeaves decodes a document with encoding/json.
func naiveLeaves(t *testing.T, document []byte) []naiveLeaf {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	var leaves []naiveLeaf
	arrays := 0
	var value func(path []string, element, scalarElement map[int]int)
	// A scalar in an array, or in an array of arrays, has no place in it.
	value = func(path []string, element, scalarElement map[int]int) {
		token, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		l := naiveLeaf{path: strings.Join(path, "."), element: scalarElement}
		switch v := token.(type) {
		case json.Delim:
			id := arrays
			arrays++
			for n := 0; d.More(); n++ {
				if v == '{' {
					name, _ := d.Token()
					value(append(slices.Clone(path), name.(string)), element, element)
					continue
				}
				inner := map[int]int{id: n}
				maps.Copy(inner, element)
				value(path, inner, scalarElement)
			}
			_, _ = d.Token()
			return
		case string:
			l.scalar = scalar{kind: scalarString, text: []byte(v)}
		case json.Number:
			l.scalar = scalar{kind: scalarNumber, text: []byte(v), number: parseDecimal([]byte(v))}
		case bool:
			l.scalar = scalar{kind: literalKind(fmt.Sprint(v))}
		case nil:
			l.scalar = scalar{kind: scalarNull}
		}
		leaves = append(leaves, l)
	}
	value(nil, nil, nil)
	return leaves
}

// naiveMatch looks for one leaf per field such that no two leaves come from
// different elements of one array.
func naiveMatch(all []*conjunction, leaves []naiveLeaf) bool {
	return slices.ContainsFunc(all, func(c *conjunction) bool { return naiveFields(c.fields, leaves, nil) })
}

func naiveFields(fields []field, leaves []naiveLeaf, chosen map[int]int) bool {
	if len(fields) == 0 {
		return true
	}
	f := fields[0]
	if allOp(f.tests, opAbsent) {
		absent := !slices.ContainsFunc(leaves, func(l naiveLeaf) bool { return l.path == f.name() })
		return absent && naiveFields(fields[1:], leaves, chosen)
	}
	for _, l := range leaves {
		if l.path != f.name() || !naiveTests(f.tests, l.scalar) {
			continue
		}
		next, fits := map[int]int{}, true
		maps.Copy(next, chosen)
		for k, v := range l.element {
			if had, ok := next[k]; ok && had != v {
				fits = false
			}
			next[k] = v
		}
		if fits && naiveFields(fields[1:], leaves, next) {
			return true
		}
	}
	return false
}

func naiveTests(tests []test, s scalar) bool {
	return slices.ContainsFunc(tests, func(t test) bool { return t.match(&s) })
}

// naiveCase makes patterns and documents that come close to each other. Names
// of a document are unique but for scalars, because arrays of a repeated name
// are held apart; see PATTERNS.md.
type naiveCase struct{ *rand.Rand }

func (g naiveCase) pick(of ...string) string { return of[g.IntN(len(of))] }

func (g naiveCase) pattern(depth int) string {
	var members []string
	for range 1 + g.IntN(3)/2 {
		switch {
		case depth < 2 && g.IntN(6) == 0:
			members = append(members, `"$or":[`+g.pattern(depth+1)+","+g.pattern(depth+1)+"]")
		case depth < 3 && g.IntN(2) == 0:
			members = append(members, fmt.Sprintf("%q:%s", g.pick("a", "b", "c"), g.pattern(depth+1)))
		default:
			name := g.pick("a", "b", "c", "a.b", "k\\u0065y")
			members = append(members, `"`+name+`":[`+g.element()+g.pick("", "", ","+g.element())+"]")
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (g naiveCase) element() string {
	return g.pick(`1`, `"x"`, `"xy"`, `null`, `true`, `2`, `"10.0.0.1"`, `"\u00e9"`, `{"exists":true}`, `{"exists":false}`, `{"prefix":"x"}`,
		`{"suffix":"y"}`, `{"anything-but":["x","xy"]}`, `{"anything-but":[1,2]}`, `{"anything-but":{"prefix":"x"}}`, `{"numeric":[">=",1,"<",3]}`,
		`{"numeric":["=",2]}`, `{"equals-ignore-case":"X"}`, `{"equals-ignore-case":"É"}`, `{"wildcard":"x*"}`, `{"wildcard":"*x*y*"}`,
		`{"cidr":"10.0.0.0/8"}`, `{"prefix":{"equals-ignore-case":"X"}}`, `{"suffix":{"equals-ignore-case":"Y"}}`, `{"exactly":"10.0.0.1"}`)
}

func (g naiveCase) document(depth int) string {
	var members []string
	for _, name := range []string{"a", "b", "c", "key"} {
		if g.IntN(4) == 0 {
			continue
		}
		space := func() string { return g.pick("", "", "", " ", "\n\t") }
		value := g.value(depth + 1)
		members = append(members, space()+`"`+name+`"`+space()+":"+space()+value+space())
		if value[0] != '{' && value[0] != '[' && g.IntN(4) == 0 {
			members = append(members, `"`+name+`":`+g.scalar())
		}
	}
	g.Shuffle(len(members), func(i, k int) { members[i], members[k] = members[k], members[i] })
	return "{" + strings.Join(members, ",") + "}"
}

func (g naiveCase) value(depth int) string {
	switch n := g.IntN(8); {
	case n < 2 && depth < 4:
		return g.document(depth)
	case n < 4 && depth < 5:
		var items []string
		for range g.IntN(4) {
			items = append(items, g.value(depth+1))
		}
		return "[" + strings.Join(items, ",") + "]"
	}
	return g.scalar()
}

func (g naiveCase) scalar() string {
	return g.pick(`1`, `1.0`, `2`, `2e0`, `3`, `-1`, `"x"`, `"\u0078"`, `"xy"`, `"X"`, `"y"`, `"é"`, `"\u00c9"`, `null`, `true`, `false`, `"10.0.0.001"`, `""`)
}

func checkAgainstNaive(t *testing.T, pattern, document string) {
	t.Helper()
	p := &patternParser{text: pattern, number: 1}
	all := p.parse()
	if p.errs != nil {
		t.Fatalf("%s: %v", pattern, p.errs)
	}
	want := naiveMatch(all, naiveLeaves(t, []byte(document)))
	f := MustCompile(pattern, `{"never":["here"]}`)
	r, err := NewRouter(Route[int]{pattern, 1}, Route[int]{`{"never":["here"]}`, 2}, Route[int]{pattern, 3})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // a pooled matcher has to be as good as new
		for _, policy := range []Policy{Pass, Drop, Fail} {
			if got, err := f.With(OnMismatch(policy)).MatchJSON([]byte(document)); got != want || err != nil {
				t.Errorf("policy %d: %s on %s: got %v, %v", policy, pattern, document, got, err)
			}
		}
		hits, err := r.MatchJSON(nil, []byte(document))
		if err != nil || want && !slices.Equal(hits, []int{1, 3}) || !want && len(hits) > 0 {
			t.Errorf("router: %s on %s: got %v, %v", pattern, document, hits, err)
		}
	}
}

func TestMatchingRawIsMatchingDecoded(t *testing.T) {
	matched := 0
	for seed := range uint64(4_000) {
		g := naiveCase{rand.New(rand.NewPCG(seed, 1))}
		pattern, document := g.pattern(0), g.document(0)
		checkAgainstNaive(t, pattern, document)
		if ok, _ := MustCompile(pattern).MatchJSON([]byte(document)); ok {
			matched++
		}
	}
	if matched < 250 {
		t.Errorf("only %d cases match: they prove little", matched)
	}
}

func FuzzMatchingRawIsMatchingDecoded(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(func(t *testing.T, a, b uint64) {
		g := naiveCase{rand.New(rand.NewPCG(a, b))}
		checkAgainstNaive(t, g.pattern(0), g.document(0))
	})
}

func FuzzPatternsAndDocuments(f *testing.F) {
	f.Add(`{"a":{"$or":[{"b":[1]},{"c":[{"prefix":"x"}]}]},"d.e":[{"anything-but":["y"]},null]}`, []byte(`{"a":[{"b":1.0},{"c":"xy"}],"d":{"e":null}}`))
	f.Add(`{"value":[{"numeric":[">",1,"<=",2e3]},{"exists":false}]}`, []byte(`{"value":12}`))
	f.Add(`{"a":[{"wildcard":"*a\\**"},{"cidr":"::1/64"},{"suffix":{"equals-ignore-case":"ß"}}]}`, []byte("{\"a\":\"\\ud83d\\ude00\"}"))
	f.Fuzz(func(t *testing.T, pattern string, document []byte) {
		Lint(pattern)
		compiled, err := Compile(pattern)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without text")
			}
			return
		}
		strict, err := compiled.With(OnMismatch(Fail)).MatchJSON(document)
		if err != nil {
			if json.Valid(document) && (document[0] == '{' || document[0] == '[') && strings.ToValidUTF8(string(document), "") == string(document) {
				t.Errorf("%s on %q: %v", pattern, document, err)
			}
			return
		}
		if got, err := compiled.MatchJSON(document); err != nil || got != strict {
			t.Errorf("%s on %q: early %v, %v; whole %v", pattern, document, got, err, strict)
		}
		_, _ = compiled.With(TrustJSON()).MatchJSON(document)
	})
}

// A matcher remembers the order of names from record to record, which must not
// show in any answer.
func TestNamesInAnyOrderMatchAlike(t *testing.T) {
	patterns := []string{
		`{"a":[1],"b":{"c":["x"],"a":[2]}}`, `{"c":{"a":{"b":["y"]}}}`, `{"a.b":[1],"key":["x"]}`,
		`{"a name of seventeen!":[1]}`, `{"c":[2,3],"key":[{"exists":true}]}`, `{"a name that no layout holds":[1]}`, `{"fifteen bytes..":[1]}`, `{"a name of eighteen":[1]}`,
	}
	f := MustCompile(patterns...)
	var all []*conjunction
	for i, text := range patterns {
		p := &patternParser{text: text, number: i + 1}
		all = append(all, p.parse()...)
	}
	matched := 0
	for seed := range uint64(20_000) {
		g := naiveCase{rand.New(rand.NewPCG(seed, 2))}
		document := g.document(0)
		if g.IntN(2) == 0 {
			more := g.pick("a name of seventeen!", "a name that no layout holds", "a name that no layout helds", "fifteen bytes..", "a name of eighteen",
				"a name of Eighteen", "fifteen bytes.,", "no", "", fmt.Sprint("name ", seed))
			document = fmt.Sprintf("{%q:%s,%s", more, g.scalar(), strings.TrimPrefix(document, "{"))
			document = strings.Replace(document, ",}", "}", 1)
		}
		want := naiveMatch(all, naiveLeaves(t, []byte(document)))
		if got, err := f.With(OnMismatch(Fail)).MatchJSON([]byte(document)); got != want || err != nil {
			t.Fatalf("seed %d: %s: got %v, %v", seed, document, got, err)
		}
		if want {
			matched++
		}
	}
	if matched < 500 {
		t.Errorf("only %d documents match: they prove little", matched)
	}
}
