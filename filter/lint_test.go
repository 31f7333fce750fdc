package filter_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/filter"
)

func TestLint(t *testing.T) {
	tests := []struct {
		name, pattern string
		want          []string // "refused: " before what Lambda refuses
	}{
		{"nothing to say", `{"value":{"status":["PAID",{"prefix":"x"},{"anything-but":["a","b"]}],"$or":[{"a":[1]},{"b":[5.5]}]}}`, nil},
		{"not a pattern", `{"value":`, []string{"refused: pattern 1, line 1 col 10, the pattern ends too early"}},
		{
			"all that does not compile", `{"value":{"a":1,"b":[]}}`,
			[]string{
				"refused: pattern 1, line 1 col 15, value.a: must be a list or an object, got a number; write [1]",
				"refused: pattern 1, line 1 col 21, value.b: an empty list matches nothing; name at least one wanted value",
			},
		},
		{
			"another name than value", `{"key":["k"],"value.a":[1]}`,
			[]string{"refused: pattern 1, line 1 col 2, key: Lambda filters Kafka records on value only; filter on this in the function"},
		},
		{
			"another name than value inside $or", `{"$or":[{"value":{"a":[1]}},{"topic":["t"]}]}`,
			[]string{"refused: pattern 1, line 1 col 30, topic: Lambda filters Kafka records on value only; filter on this in the function"},
		},
		{
			"too long", `{"value":{"a":["` + strings.Repeat("x", 4096) + `"]}}`,
			[]string{"refused: pattern 1, line 1 col 1, the pattern has 4116 characters; Lambda allows 4096"},
		},
		{
			"operators beyond the table", `{"value":{"a":[{"wildcard":"x*"},{"anything-but":{"suffix":"y"}}],"b":[{"exactly":"z"}]}}`,
			[]string{
				`pattern 1, line 1 col 15, value.a: {"wildcard":"x*"}: the operator is not among those that Lambda documents; EventBridge has it; use prefix or suffix if they do`,
				`pattern 1, line 1 col 15, value.a: {"anything-but":{"suffix":"y"}}: the operator is not among those that Lambda documents; EventBridge has it`,
				`pattern 1, line 1 col 71, value.b: {"exactly":"z"}: the operator is not among those that Lambda documents; EventBridge has it; write the text itself`,
			},
		},
		{
			"one address", `{"value":{"a":[{"cidr":"10.0.0.1/32"}]}}`,
			[]string{
				`pattern 1, line 1 col 15, value.a: {"cidr":"10.0.0.1/32"}: the operator is not among those that Lambda documents; EventBridge has it`,
				`refused: pattern 1, line 1 col 15, value.a: {"cidr":"10.0.0.1/32"}: AWS refuses a cidr of one address; write the address itself`,
			},
		},
		{
			"a repeated list", `{"value":{"a":[1],"a":[2]}}`,
			[]string{"pattern 1, line 1 col 23, value.a: this list replaces an earlier one of the same path; put all alternatives into one list"},
		},
		{
			"a list replaced by $or", `{"value":{"a":[1],"$or":[{"a":[2]},{"b":[3]}]}}`,
			[]string{"pattern 1, line 1 col 31, value.a: this list replaces an earlier one of the same path; put all alternatives into one list"},
		},
		{
			"a repeated object", `{"value":{"a":[1]},"value":{"b":[1]}}`,
			[]string{"pattern 1, line 1 col 20, value: the name is repeated; here both objects count, AWS documents that only the last does; merge them"},
		},
		{
			"anything-but twice", `{"value":{"a":[{"anything-but":"x"},{"anything-but":"y"}]}}`,
			[]string{`pattern 1, line 1 col 15, value.a: whatever value is present meets this list: its elements are alternatives; put all that is excluded into one anything-but: [{"anything-but":["a","b"]}]`},
		},
		{"anything-but twice of the same", `{"value":{"a":[{"anything-but":"x"},{"anything-but":"x"}]}}`, nil},
		{
			"there or not", `{"value":{"a":[{"exists":true},{"exists":false}]}}`,
			[]string{"pattern 1, line 1 col 15, value.a: the list is always met: the field exists or it does not; leave it out"},
		},
		{
			"every string", `{"value":{"a":[{"prefix":""}]}}`,
			[]string{`pattern 1, line 1 col 15, value.a: {"prefix":""}: every string matches`},
		},
		{
			"text and JSON at once", `{"value":["x"],"value.a":[1]}`,
			[]string{"pattern 1, line 1 col 26, value.a: the value would have to be text and a JSON object at once"},
		},
		{
			"number forms", `{"value":{"a":[300.0,3e2,300,9007199254740993]}}`,
			[]string{
				`pattern 1, line 1 col 15, value.a: 300.0: AWS documents that numbers are compared as text; the service, like this package, compares their values; use {"numeric":["=",300.0]} to be sure`,
				`pattern 1, line 1 col 15, value.a: 3e2: AWS documents that numbers are compared as text; the service, like this package, compares their values; use {"numeric":["=",3e2]} to be sure`,
				"pattern 1, line 1 col 15, value.a: 9007199254740993: a double does not hold this number; here it is matched exactly, in AWS by its text only",
			},
		},
		{
			"an address", `{"value":{"a":["10.0.0.1"]}}`,
			[]string{`pattern 1, line 1 col 15, value.a: "10.0.0.1": the text looks like an IP address, so other spellings of that address match too; use {"exactly":...} for the text alone`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, f := range filter.Lint(tt.pattern) {
				if f.Refused {
					got = append(got, "refused: "+f.String())
				} else {
					got = append(got, f.String())
				}
			}
			if g, w := strings.Join(got, "\n"), strings.Join(tt.want, "\n"); g != w {
				t.Errorf("got\n%s\nwant\n%s", g, w)
			}
		})
	}
}

func TestLintCriteria(t *testing.T) {
	criteria := func(n int) []byte {
		filters := strings.Repeat(`{"Pattern":"{\"value\":{\"a\":[1]}}"},`, n)
		return []byte(`{"Filters":[` + strings.TrimSuffix(filters, ",") + `]}`)
	}
	for n, want := range map[int]string{
		5:  "",
		6:  "6 filters; Lambda allows 5 unless the quota was raised to 10",
		11: "11 filters; Lambda allows 10 at most",
	} {
		var got strings.Builder
		for _, f := range filter.LintCriteria(criteria(n)) {
			got.WriteString(f.String())
		}
		if got.String() != want {
			t.Errorf("%d filters: got %q", n, got.String())
		}
	}
	second := filter.LintCriteria([]byte(`{"Filters":[{"Pattern":"{\"value\":{\"a\":[1]}}"},{"Pattern":"{\"key\":[1]}"}]}`))
	if len(second) != 1 || second[0].Pattern != 2 || !second[0].Refused {
		t.Errorf("got %v", second)
	}
	if broken := filter.LintCriteria([]byte(`{"Filters":{}}`)); len(broken) != 1 || !broken[0].Refused {
		t.Errorf("got %v", broken)
	}
}

func ExampleLint() {
	for _, finding := range filter.Lint(`{"key":[{"prefix":"eu-"}]}`) {
		fmt.Println(finding)
	}
	// Output: pattern 1, line 1 col 2, key: Lambda filters Kafka records on value only; filter on this in the function
}
