package filter_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/filter"
)

func TestCompileReportsEverythingWrong(t *testing.T) {
	_, err := filter.Compile(`{"value":{"ok":[1]}}`, "{\n  \"value\": {\n    \"é\": 5,\n    \"b\": [{\"PREFIX\":\"x\"}, []],\n    \"c\": {}\n  }\n}", `nope`)
	want := strings.Join([]string{
		`filter: pattern 2, line 3 col 10, value.é: must be a list or an object, got a number; write [5]`,
		`filter: pattern 2, line 4 col 12, value.b: "PREFIX" is not an operator; did you mean "prefix"? operators are case-sensitive`,
		`filter: pattern 2, line 4 col 27, value.b: a list inside a list is not allowed; name the wanted values themselves; arrays of the record match element by element`,
		`filter: pattern 2, line 5 col 10, value.c: an object without fields matches nothing; name a field, or use [{"exists":true}]`,
		`filter: pattern 3, line 1 col 1, a JSON value must start here`,
	}, "\n")
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestCompileErrors(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 70) + `[1]` + strings.Repeat(`}`, 70)
	var or strings.Builder
	or.WriteString(`{"a0":[1]`)
	for i := range 12 {
		or.WriteString(fmt.Sprintf(`,"x%d":{"$or":[{"a":[1]},{"b":[1]}]}`, i))
	}
	wide := `{"$or":[` + strings.TrimSuffix(strings.Repeat(`{"a":[1]},`, 5000), ",") + `]}`
	mixed := "{"
	for i := range 12 {
		mixed += fmt.Sprintf(`"a%d":[1,{"exists":false}],`, i)
	}
	mixed = strings.TrimSuffix(mixed, ",") + "}"
	tests := []struct{ name, pattern, want string }{
		{"too deep", deep, "the pattern nests deeper than 64 levels"},
		{"too many names", `{"` + strings.Repeat("a.", 70) + `b":[1]}`, "the path has more than 64 names"},
		{"alternatives multiply", or.String() + "}", "expand to more than 1024 combinations"},
		{"alternatives add up", wide, "expand to more than 1024 combinations"},
		{"absence multiplies", mixed, "expand to more than 1024 combinations"},
		{"text after the end", `{"a":[1]} x`, "text after the pattern's end"},
		{"not UTF-8", "{\"a\":[\"\xff\"]}", "line 1 col 8, the pattern is not UTF-8"},
		{"no object", `["a"]`, "a pattern must be an object, got a list"},
		{"empty", ``, "the pattern ends too early"},
		{"two names in one operator", `{"a":[{"prefix":"a","suffix":"b"}]}`, "an object with one name, got 2"},
		{"no name in an operator", `{"a":[{}]}`, "an object with one name, got 0"},
		{"unknown inside prefix", `{"a":[{"prefix":{"suffix":"a"}}]}`, `prefix can hold equals-ignore-case only, got "suffix"`},
		{"unknown inside anything-but", `{"a":[{"anything-but":{"numeric":[">",1]}}]}`, `not "numeric"`},
		{"anything-but null", `{"a":[{"anything-but":null}]}`, "anything-but wants strings or numbers here, got true, false or null"},
		{"anything-but nothing", `{"a":[{"anything-but":[]}]}`, "anything-but wants at least one value"},
		{"anything-but an empty prefix", `{"a":[{"anything-but":{"prefix":""}}]}`, "anything-but with an empty prefix"},
		{"anything-but a bad wildcard", `{"a":[{"anything-but":{"wildcard":"**"}}]}`, "two stars in a row"},
		{"anything-but prefix of a number", `{"a":[{"anything-but":{"prefix":1}}]}`, "anything-but wants strings here, got a number"},
		{"exists text", `{"a":[{"exists":"true"}]}`, "exists wants true or false, got a string"},
		{"numeric text", `{"a":[{"numeric":"5"}]}`, "numeric wants a list, got a string"},
		{"numeric of one", `{"a":[{"numeric":[">"]}]}`, "got 1 elements"},
		{"numeric upper first", `{"a":[{"numeric":["<",10,">",5]}]}`, `"<" cannot stand here`},
		{"numeric equal and more", `{"a":[{"numeric":["=",1,"<",5]}]}`, `"=" cannot stand here`},
		{"numeric of text", `{"a":[{"numeric":["=","1"]}]}`, `the operand of "=" must be a number, got a string`},
		{"numeric without comparison", `{"a":[{"numeric":[1,2]}]}`, "must be a string, got a number"},
		{"numeric too large", `{"a":[{"numeric":[">",1e400]}]}`, "the number 1e400 cannot be compared"},
		{"cidr without mask", `{"a":[{"cidr":"10.0.0.0"}]}`, "cidr wants an IP address, a slash and a mask length"},
		{"cidr mask too long", `{"a":[{"cidr":"10.0.0.0/33"}]}`, "at most the address's length"},
		{"cidr mask is no number", `{"a":[{"cidr":"10.0.0.0/x"}]}`, "must be a number"},
		{"wildcard with a bad escape", `{"a":[{"wildcard":"a\\x"}]}`, `a backslash must be followed by * or \ at byte 2`},
		{"or as an operator", `{"a":[{"or":[1]}]}`, `did you mean "$or"?`},
		{"another spelling", `{"a":[{"anythingBut":"x"}]}`, `did you mean "anything-but"?`},
		{"equals", `{"a":[{"equals":"x"}]}`, "an equal value stands in the list by itself"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := filter.Compile(tt.pattern)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestCompileNothing(t *testing.T) {
	if _, err := filter.Compile(); err == nil {
		t.Error("no error")
	}
}

func TestMustCompilePanics(t *testing.T) {
	defer func() {
		if _, ok := errors.AsType[*filter.Error](recover().(error)); !ok {
			t.Error("not the pattern's error")
		}
	}()
	filter.MustCompile(`{`)
}

func TestFromCriteria(t *testing.T) {
	f, err := filter.FromCriteria([]byte(`{"Filters":[{"Pattern":"{\"value\":{\"a\":[1]}}"},{"Pattern":"{\"value\":{\"a\":[2]}}"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]bool{`{"a":1}`: true, `{"a":2}`: true, `{"a":3}`: false} {
		if got, err := f.Match(record(nil, []byte(value))); got != want || err != nil {
			t.Errorf("%s: got %v, %v", value, got, err)
		}
	}
	for _, empty := range []string{`{}`, `{"Filters":[]}`, `{"Filters":null}`, `null`} {
		f, err := filter.FromCriteria([]byte(empty))
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := f.Match(record(nil, nil)); !ok || err != nil {
			t.Errorf("%s passes everything: got %v, %v", empty, ok, err)
		}
		if ok, err := f.MatchJSON([]byte(`x`)); !ok || err != nil {
			t.Errorf("%s passes everything: got %v, %v", empty, ok, err)
		}
		if got := f.Explain(record(nil, nil)); !strings.Contains(got, "no patterns") {
			t.Errorf("got %s", got)
		}
	}
	for broken, want := range map[string]string{
		`{"Filters":[{"Pattern":{"value":{}}}]}`: "found a JSON object",
		`{"Filters":[{}]}`:                       "pattern 1, the filter has no Pattern",
		`{"Filters":[{"Pattern":"{"}]}`:          "pattern 1, line 1 col 2, the pattern ends too early",
		`{`:                                      "not JSON of the form wanted",
	} {
		if _, err := filter.FromCriteria([]byte(broken)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", broken, err)
		}
	}
}

func TestErrorsLogTheirParts(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == slog.LevelKey {
			return slog.Attr{}
		}
		return a
	}}))
	log.Error("x", "err", &filter.Error{Pattern: 1, Line: 2, Col: 3, Path: "a.b", Msg: "m", Hint: "h"})
	log.Error("x", "err", &filter.MismatchError{Field: "value", Msg: "m", Hint: "h"})
	log.Error("x", "err", &filter.ViewError{Field: "key", Err: errors.New("e")})
	want := "msg=x err.msg=m err.pattern=1 err.line=2 err.col=3 err.path=a.b err.hint=h\nmsg=x err.msg=m err.field=value err.hint=h\nmsg=x err.field=key err.err=e\n"
	if out.String() != want {
		t.Errorf("got %s", out.String())
	}
}
