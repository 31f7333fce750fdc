package filter_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/mskit-go/mskit/filter"
)

var everyOperator = []string{
	`{"value":{"status":["PAID"],"items":{"sku":["A"],"qty":[2]}}}`,
	`{"value":{"total":[{"numeric":[">",100,"<=",200]}],"status":[{"anything-but":["NEW","OPEN"]}]}}`,
	`{"value":{"ip":[{"cidr":"10.0.0.0/8"}],"region":[{"prefix":"eu-"},{"suffix":"-1"}]}}`,
	`{"value":{"name":[{"equals-ignore-case":"ÉTÉ"},{"wildcard":"*a*b*c*"},{"prefix":{"equals-ignore-case":"é"}}]}}`,
	`{"value":{"gone":[{"exists":false}],"note":[null]}}`,
	`{"value":{"$or":[{"a":[1]},{"b":[2,9007199254740993]}]},"topic":["orders"],"headers":{"source":["web"]}}`,
	`{"key":[{"prefix":"k"}],"partition":[3],"offset":[{"numeric":[">",5]}],"timestamp":[{"exists":true}]}`,
	`{"value":["text",{"prefix":"x"}]}`,
}

const everyValue = `{"status":"OTHER","items":[{"sku":"A","qty":1},{"sku":"B","qty":2}],"total":250.5,"ip":"11.0.0.1","region":"us-east-2",` +
	`"name":"Sommer","gone":true,"note":null,"a":2,"b":9007199254740994}`

func TestFiltersAreSafeForConcurrentUse(t *testing.T) {
	f := filter.MustCompile(everyOperator...)
	r := routes(t, everyOperator...)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 200 {
				value := fmt.Sprintf(`{"status":"PAID","items":[{"sku":"A","qty":%d}],"a":%d}`, i%3, n%2)
				rec := record([]byte("k"), []byte(value))
				want := i%3 == 2
				hits, err := r.Match(nil, rec)
				if err != nil || (len(hits) > 0 && hits[0] == 0) != want {
					t.Errorf("%s: got %v, %v", value, hits, err)
				}
				if _, err := f.With(filter.OnMismatch(filter.Fail)).Match(rec); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// Each case does work in proportion to its size, or the test would not end.
func TestHostileShapesStayLinear(t *testing.T) {
	stars := strings.TrimSuffix(strings.Repeat("a*", 2000), "*")
	many := make([]string, 500)
	for i := range many {
		many[i] = fmt.Sprintf(`{"a":{"b":["%d"],"c":[{"exists":true}],"d":[{"anything-but":"%d"}]}}`, i, i)
	}
	var fields, document strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&fields, `"f%d":[1],`, i)
		fmt.Fprintf(&document, `"f%d":1,`, 4999-i)
	}
	tests := []struct {
		name     string
		patterns []string
		document string
		want     bool
	}{
		{"stars on a long text", []string{`{"a":[{"wildcard":"*` + stars + `*b"}]}`}, `{"a":"` + strings.Repeat("a", 1<<20) + `"}`, false},
		{"deep array", []string{`{"a":[1]}`}, `{"a":` + strings.Repeat("[", 9000) + "1" + strings.Repeat("]", 9000) + "}", true},
		{"deep array below two fields", []string{`{"a":{"b":[1],"c":[1]}}`}, `{"a":` + strings.Repeat("[", 9000) + `{"b":1,"c":1}` + strings.Repeat("]", 9000) + "}", true},
		{"deep unnamed value", []string{`{"a":[1]}`}, `{"x":` + strings.Repeat(`{"y":[`, 4000) + strings.Repeat("]}", 4000) + `,"a":1}`, true},
		{"long array below many patterns", many, `{"a":[` + strings.Repeat(`{"b":"x","c":1,"d":2},`, 5000) + `{"b":"499","c":1,"d":2}]}`, true},
		{"many fields, the other way round", []string{"{" + fields.String() + `"z":[1]}`}, "{" + document.String() + `"z":1}`, true},
		{"long number", []string{`{"a":[{"numeric":[">",1]}]}`}, `{"a":0.` + strings.Repeat("0", 1<<20) + "1}", false},
		{"long exponent", []string{`{"a":[{"numeric":[">",1]}]}`}, `{"a":1e` + strings.Repeat("9", 1<<20) + "}", true},
		{"long key with dots", []string{`{"a":{"a":{"a":{"b":[1]}}}}`}, `{"` + strings.Repeat("a.", 1<<19) + `b":1}`, false},
		{"long escaped text", []string{`{"a":[{"suffix":"AB"}]}`}, `{"a":"` + strings.Repeat(`\u0041`, 1<<18) + `B"}`, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := filter.Compile(tt.patterns...)
			if err != nil {
				t.Fatal(err)
			}
			got, err := f.With(filter.OnMismatch(filter.Fail)).MatchJSON([]byte(tt.document))
			if err != nil || got != tt.want {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestTrustJSONStopsEarly(t *testing.T) {
	f := filter.MustCompile(`{"value":{"a":["x"],"b":{"c":[1]}}}`)
	for document, want := range map[string][2]bool{ // exact, trusting
		`{"a":"x","b":{"c":1}}`:                   {true, true},
		`{"a":"x","b":{"c":2}}`:                   {false, false},
		`{"a":"y","b":{"c":1},"z":`:               {true, false}, // broken JSON passes if it is noticed
		`{"a":"x","b":{"c":2},"b":{"c":1}}`:       {true, false}, // a repeated name
		`{"a":"x","b":[{"c":2},{"c":1}]}`:         {true, true},  // arrays are read whole
		`{"b":[{"c":2,"d":0},{"c":1}],"a":["x"]}`: {true, true},
		`{"b":2,"a":"x"}`:                         {false, false},
		`{}`:                                      {false, false},
	} {
		for i, g := range []*filter.Filter{f, f.With(filter.TrustJSON())} {
			if got, err := g.Match(record(nil, []byte(document))); got != want[i] || err != nil {
				t.Errorf("%s, trusting %v: got %v, %v", document, i == 1, got, err)
			}
		}
	}
}
