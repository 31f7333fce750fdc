package filter

import (
	"encoding/json"
	"testing"
	"unicode/utf8"
)

// valid is what a matcher that wants nothing says of a text.
func valid(text []byte) bool {
	m := newMatcher(newProgram(nil))
	m.data = text
	for range 2 { // the second time with a layout
		if i := m.value(nil, m.top(m.p.root), skipSpace(text, 0), 0); i < 0 || skipSpace(text, i) != len(text) {
			return false
		}
	}
	return true
}

func TestScannersAcceptWhatEncodingJSONAccepts(t *testing.T) {
	for _, text := range []string{
		"0", "-0", "00", "01", "-01", "-", "--1", "1.", "1.0", ".1", "1.e1", "1e", "1e+", "1e5", "1E-5", "0e0", "0.0e0", "12345678901234567890", "-1.5",
		"true", "tru", "trux", "truee", "false", "fals", "falsx", "null", "nul", "nulll", "x", "",
		`""`, `"a"`, `"`, `"a`, `"\n"`, `"\x"`, `"\u12"`, `"\u123g"`, `"\u1234"`, "\"\x1f\"", "\"\x7f\"", "\"\u00e9\"", `"\"`, `"abcdefg\"hijklmnop"`, "\"abcdefgh\x01\"",
		"[]", "[1]", "[1,]", "[,1]", "[1 2]", "[1,2", "]", "[}", "{}", "{]", `{"a"}`, `{"a":}`, `{"a":1}`, `{"a":1,}`, `{,}`, `{"a":1 "b":2}`, `{a:1}`, `{"a" : [ 1 , {"b":{}} ] } `,
		"[[[[]]]]", "[[[[]]]", `{"a":{"a":{"a":[]}}}`, "[]]", "[] []", "\ufeff[]", "[1]\x00", " \t\r\n[1] \t\r\n", "[\v1]",
	} {
		if got, want := valid([]byte(text)), json.Valid([]byte(text)); got != want {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

func TestLayoutsAcceptNothingElse(t *testing.T) {
	const whole = `{"a":1,"b":{"c":[{"d":"x", "e":[]},{"d":-2.5}],"":{}}, "more than sixteen": true,"a":{"b":null}}`
	m := newMatcher(newProgram(nil))
	check := func(text string) {
		t.Helper()
		m.data = []byte(text)
		i := m.value(nil, m.top(m.p.root), skipSpace(m.data, 0), 0)
		if got, want := i >= 0 && skipSpace(m.data, i) == len(text), json.Valid(m.data); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
	for i := range whole {
		for _, c := range []string{"", ",", ":", `"`, "{", "}", "[", "]", "1", " ", "a", "\\", `"a":1,`, `,"a":1`, `{"a":1`} {
			check(whole)
			check(whole[:i] + c + whole[i:])
			check(whole[:i] + c + whole[i+1:])
			check(whole[i:] + c)
		}
	}
}

func TestNestingIsBoundedAsInEncodingJSON(t *testing.T) {
	nested := func(n int) []byte {
		b := make([]byte, 0, 2*n)
		for range n {
			b = append(b, '[')
		}
		for range n {
			b = append(b, ']')
		}
		return b
	}
	for _, n := range []int{63, 64, 65, 127, 128, 129, 1000, maxDepth, maxDepth + 1} {
		text := nested(n)
		if got, want := valid(text), json.Valid(text); got != want {
			t.Errorf("%d levels skipped: got %v", n, got)
		}
		f := MustCompile(`{"a":[1]}`).With(OnMismatch(Fail))
		_, err := f.MatchJSON(text)
		if got, want := err == nil, json.Valid(text); got != want {
			t.Errorf("%d levels walked: got %v", n, err)
		}
	}
}

func FuzzScannersAcceptWhatEncodingJSONAccepts(f *testing.F) {
	f.Add([]byte(`{"a":[1,-2.5e+3,"x\u00e9\ud800\udc00",null,true,false,{}]}`))
	f.Add([]byte("\"\xff\""))
	f.Add([]byte(`[1,[2,[3,{"k":"abcdefghijklmnopqrstuvwxyz\n"}]]]`))
	strict := MustCompile(`{"a":{"b":[1]},"c":["x"]}`).With(OnMismatch(Fail))
	f.Fuzz(func(t *testing.T, text []byte) {
		want := json.Valid(text) && utf8.Valid(text)
		if got := valid(text); got != want {
			t.Errorf("skipping %q: got %v", text, got)
		}
		i := skipSpace(text, 0)
		want = want && (text[i] == '{' || text[i] == '[')
		if _, err := strict.MatchJSON(text); (err == nil) != want {
			t.Errorf("walking %q: got %v", text, err)
		}
	})
}
