package filter_test

import (
	"testing"

	"github.com/mskit-go/mskit/filter"
)

// The answers are event-ruler's unless PATTERNS.md says otherwise.
func TestMatchJSON(t *testing.T) {
	tests := []struct {
		name, pattern, document string
		want                    bool
	}{
		{"number forms are equal: point", `{"n":[300]}`, `{"n":300.0}`, true},
		{"number forms are equal: exponent", `{"n":[300]}`, `{"n":3.0e2}`, true},
		{"number forms are equal: capital exponent", `{"n":[100]}`, `{"n":1E2}`, true},
		{"minus zero is zero", `{"n":[0]}`, `{"n":-0}`, true},
		{"zero with exponent is zero", `{"n":[0]}`, `{"n":0e7}`, true},
		{"small fraction", `{"n":[0.001]}`, `{"n":1e-3}`, true},
		{"small fraction, other text", `{"n":[1e-3]}`, `{"n":0.0010}`, true},
		{"a number is no string", `{"n":[300]}`, `{"n":"300"}`, false},
		{"a string is no number", `{"n":["300"]}`, `{"n":300}`, false},
		{"numeric = on a string", `{"n":[{"numeric":["=",300]}]}`, `{"n":"300"}`, false},
		{"beyond a double, same text", `{"n":[9007199254740993]}`, `{"n":9007199254740993}`, true},
		{"beyond a double, neighbour", `{"n":[9007199254740993]}`, `{"n":9007199254740992}`, false},
		{"beyond a double, range is exact", `{"n":[{"numeric":[">",1]}]}`, `{"n":9007199254740993}`, true},
		{"beyond the doubles", `{"n":[{"numeric":[">",1]}]}`, `{"n":1e400}`, true},
		{"many digits below", `{"n":[{"numeric":["<",1]}]}`, `{"n":0.12345678901234567890123}`, true},
		{"many digits, twentieth decides", `{"n":[1.0000000000000000001]}`, `{"n":1.00000000000000000010}`, true},
		{"many digits, twenty-first decides", `{"n":[1.00000000000000000001]}`, `{"n":1.00000000000000000002}`, false},
		{"many digits before the point", `{"n":[123456789012345678901234567890]}`, `{"n":1.2345678901234567890123456789e29}`, true},
		{"negative range", `{"n":[{"numeric":[">=",-5,"<",-1]}]}`, `{"n":-1.5}`, true},
		{"negative range, below", `{"n":[{"numeric":[">=",-5,"<",-1]}]}`, `{"n":-5.5}`, false},
		{"range bounds: closed", `{"n":[{"numeric":[">=",-5,"<",-1]}]}`, `{"n":-5}`, true},
		{"range bounds: open", `{"n":[{"numeric":[">=",-5,"<",-1]}]}`, `{"n":-1}`, false},
		{"null is null", `{"n":[null]}`, `{"n":null}`, true},
		{"missing is not null", `{"n":[null]}`, `{}`, false},
		{`"null" is not null`, `{"n":[null]}`, `{"n":"null"}`, false},
		{"true", `{"n":[true]}`, `{"n":true}`, true},
		{"true is not false", `{"n":[true]}`, `{"n":false}`, false},
		{"exists: null", `{"n":[{"exists":true}]}`, `{"n":null}`, true},
		{"exists: null in an array", `{"n":[{"exists":true}]}`, `{"n":[null]}`, true},
		{"exists: object", `{"n":[{"exists":true}]}`, `{"n":{"x":1}}`, false},
		{"exists: empty array", `{"n":[{"exists":true}]}`, `{"n":[]}`, false},
		{"exists: array of objects", `{"n":[{"exists":true}]}`, `{"n":[{"x":1}]}`, false},
		{"absent: object", `{"n":[{"exists":false}]}`, `{"n":{}}`, true},
		{"absent: empty array", `{"n":[{"exists":false}]}`, `{"n":[]}`, true},
		{"absent: missing", `{"n":[{"exists":false}]}`, `{}`, true},
		{"absent: missing parent", `{"a":{"n":[{"exists":false}]}}`, `{}`, true},
		{"absent: parent is a scalar", `{"a":{"n":[{"exists":false}]}}`, `{"a":1}`, true},
		{"absent looks at the whole document", `{"a":{"b":[{"exists":false}]}}`, `{"a":[{"c":1},{"b":2}]}`, false},
		{"absent or a value: value", `{"n":[{"exists":false},"x"]}`, `{"n":"x"}`, true},
		{"absent or a value: absent", `{"n":[{"exists":false},"x"]}`, `{}`, true},
		{"absent or a value: other", `{"n":[{"exists":false},"x"]}`, `{"n":"y"}`, false},
		{"anything-but: missing", `{"n":[{"anything-but":"a"}]}`, `{}`, false},
		{"anything-but: object", `{"n":[{"anything-but":"a"}]}`, `{"n":{}}`, false},
		{"anything-but: empty array", `{"n":[{"anything-but":"a"}]}`, `{"n":[]}`, false},
		{"anything-but: null", `{"n":[{"anything-but":"a"}]}`, `{"n":null}`, true},
		{"anything-but: number", `{"n":[{"anything-but":"a"}]}`, `{"n":5}`, true},
		{"anything-but: other", `{"n":[{"anything-but":"a"}]}`, `{"n":"b"}`, true},
		{"anything-but: the text of a number", `{"n":[{"anything-but":"1"}]}`, `{"n":1}`, true},
		{"anything-but: the number of a text", `{"n":[{"anything-but":1}]}`, `{"n":"1"}`, true},
		{"anything-but: equal number", `{"n":[{"anything-but":1}]}`, `{"n":1.0}`, false},
		{"anything-but: one element passes", `{"n":[{"anything-but":["a"]}]}`, `{"n":["a","b"]}`, true},
		{"anything-but: all elements listed", `{"n":[{"anything-but":["a","b"]}]}`, `{"n":["a","b"]}`, false},
		{"anything-but twice is or", `{"n":[{"anything-but":"a"},{"anything-but":"b"}]}`, `{"n":"a"}`, true},
		{"anything-but prefix", `{"n":[{"anything-but":{"prefix":"a"}}]}`, `{"n":"ab"}`, false},
		{"anything-but prefix: number", `{"n":[{"anything-but":{"prefix":"a"}}]}`, `{"n":5}`, true},
		{"anything-but suffixes", `{"n":[{"anything-but":{"suffix":["a","b"]}}]}`, `{"n":"xb"}`, false},
		{"anything-but wildcard", `{"n":[{"anything-but":{"wildcard":"a*c"}}]}`, `{"n":"abc"}`, false},
		{"anything-but ignore case", `{"n":[{"anything-but":{"equals-ignore-case":["A"]}}]}`, `{"n":"a"}`, false},
		{"empty prefix: string", `{"n":[{"prefix":""}]}`, `{"n":"q"}`, true},
		{"empty prefix: number", `{"n":[{"prefix":""}]}`, `{"n":5}`, false},
		{"suffix is the whole", `{"n":[{"suffix":"ab"}]}`, `{"n":"ab"}`, true},
		{"prefix ignoring case", `{"n":[{"prefix":{"equals-ignore-case":"aB"}}]}`, `{"n":"Abc"}`, true},
		{"suffix ignoring case", `{"n":[{"suffix":{"equals-ignore-case":"aB"}}]}`, `{"n":"cAb"}`, true},
		{"wildcard: all", `{"n":[{"wildcard":"*"}]}`, `{"n":""}`, true},
		{"wildcard: number", `{"n":[{"wildcard":"*"}]}`, `{"n":1}`, false},
		{"wildcard: empty", `{"n":[{"wildcard":""}]}`, `{"n":""}`, true},
		{"wildcard: middle", `{"n":[{"wildcard":"a*b*c"}]}`, `{"n":"axbxbc"}`, true},
		{"wildcard: parts do not overlap", `{"n":[{"wildcard":"ab*ba"}]}`, `{"n":"aba"}`, false},
		{"wildcard: escapes", `{"n":[{"wildcard":"a\\*\\\\*"}]}`, `{"n":"a*\\x"}`, true},
		{"ignore case: full mapping", `{"n":[{"equals-ignore-case":"straße"}]}`, `{"n":"STRASSE"}`, true},
		{"ignore case: capital sharp s", `{"n":[{"equals-ignore-case":"straße"}]}`, `{"n":"STRAẞE"}`, false},
		{"ignore case: Kelvin sign in the record", `{"n":[{"equals-ignore-case":"k"}]}`, `{"n":"\u212a"}`, false},
		{"ignore case: Kelvin sign in the pattern", `{"n":[{"equals-ignore-case":"\u212a"}]}`, `{"n":"k"}`, true},
		{"ignore case: final sigma", `{"n":[{"equals-ignore-case":"Σ"}]}`, `{"n":"ς"}`, false},
		{"ignore case: dotted capital I", `{"n":[{"equals-ignore-case":"İ"}]}`, `{"n":"i"}`, false},
		{"cidr: leading zeros", `{"n":[{"cidr":"10.0.0.0/24"}]}`, `{"n":"10.0.0.007"}`, true},
		{"cidr: outside", `{"n":[{"cidr":"10.0.0.0/24"}]}`, `{"n":"10.0.1.7"}`, false},
		{"cidr: no address", `{"n":[{"cidr":"10.0.0.0/24"}]}`, `{"n":"abc"}`, false},
		{"cidr: host bits", `{"n":[{"cidr":"10.0.0.99/24"}]}`, `{"n":"10.0.0.7"}`, true},
		{"cidr: six", `{"n":[{"cidr":"2001:db8::/32"}]}`, `{"n":"2001:0db8:0:0::1"}`, true},
		{"cidr: families do not mix", `{"n":[{"cidr":"0.0.0.0/0"}]}`, `{"n":"::1"}`, false},
		{"cidr: single address", `{"n":[{"cidr":"10.0.0.7/32"}]}`, `{"n":"10.0.0.7"}`, true},
		{"address literal, other spelling", `{"n":["10.0.0.7"]}`, `{"n":"10.0.0.007"}`, true},
		{"address literal, expanded", `{"n":["2001:db8::1"]}`, `{"n":"2001:0db8:0000:0000:0000:0000:0000:0001"}`, true},
		{"exactly is no address", `{"n":[{"exactly":"10.0.0.7"}]}`, `{"n":"10.0.0.007"}`, false},
		{"escapes in the document", `{"a/b":["A"]}`, `{"a\/b":"\u0041"}`, true},
		{"escapes in the pattern", `{"\u0061\/b":["\u0041"]}`, `{"a/b":"A"}`, true},
		{"composed and decomposed differ", `{"n":["é"]}`, "{\"n\":\"e\u0301\"}", false},
		{"two fields from two elements", `{"e":{"f":["A"],"l":["J"]}}`, `{"e":[{"f":"A","l":"S"},{"f":"P","l":"J"}]}`, false},
		{"two fields from one element", `{"e":{"f":["A"],"l":["J"]}}`, `{"e":[{"f":"P","l":"S"},{"f":"A","l":"J"}]}`, true},
		{"two fields from one inner element", `{"e":{"f":["A"],"l":["J"]}}`, `{"e":[[{"f":"A","l":"J"}]]}`, true},
		{"two fields from two inner elements", `{"e":{"f":["A"],"l":["J"]}}`, `{"e":[[{"f":"A"},{"l":"J"}]]}`, false},
		{"two fields from two inner arrays", `{"e":{"f":["A"],"l":["J"]}}`, `{"e":[[{"f":"A"}],[{"l":"J"}]]}`, false},
		{"nested arrays each have a witness", `{"a":{"x":[1],"b":{"y":[1],"z":[1]}}}`, `{"a":[{"x":1,"b":[{"y":1},{"z":1}]},{"x":1,"b":[{"y":0},{"y":1,"z":1}]}]}`, true},
		{"witness of the wrong parent", `{"a":{"x":[1],"b":{"y":[1],"z":[1]}}}`, `{"a":[{"x":1,"b":[{"y":1},{"z":1}]},{"x":0,"b":[{"y":1,"z":1}]}]}`, false},
		{"a field from outside the array counts for each element", `{"o":{"e":{"f":[1],"l":[1]},"x":[1]}}`, `{"o":{"e":{"f":1}},"o":[{"e":[{"l":1}],"x":0},{"e":[{"l":1}],"x":1}]}`, true},
		{"array of arrays", `{"n":["b"]}`, `{"n":[["a"],["b"]]}`, true},
		{"mixed array", `{"n":["q"]}`, `{"n":[{"f":1},"q"]}`, true},
		{"repeated key, first", `{"n":[1]}`, `{"n":1,"n":2}`, true},
		{"repeated key, last", `{"n":[2]}`, `{"n":1,"n":2}`, true},
		{"repeated object, both parts", `{"a":{"x":[1],"y":[2]}}`, `{"a":{"x":1},"a":{"y":2}}`, true},
		{"repeated key in the pattern: last", `{"n":[1],"n":[2]}`, `{"n":1}`, false},
		{"repeated object in the pattern: merged", `{"a":{"x":[1]},"a":{"y":[2]}}`, `{"a":{"x":1}}`, false},
		{"dotted name in the pattern", `{"a.b":[1]}`, `{"a":{"b":1}}`, true},
		{"dotted name in the document", `{"a":{"b":[1]}}`, `{"a.b":1}`, true},
		{"dotted name, longer", `{"a":{"b.c":[1]}}`, `{"a.b":{"c":1}}`, true},
		{"empty name", `{"":[1]}`, `{"":1}`, true},
		{"empty name after a dot", `{"a.":[1]}`, `{"a":{"":1}}`, true},
		{"names are case-sensitive", `{"a":[1]}`, `{"A":1}`, false},
		{"or: first", `{"$or":[{"a":[1]},{"b":[1]}]}`, `{"a":1}`, true},
		{"or: second", `{"$or":[{"a":[1]},{"b":[1]}]}`, `{"b":1}`, true},
		{"or: none", `{"$or":[{"a":[1]},{"b":[1]}]}`, `{"a":2,"b":2}`, false},
		{"or beside a field", `{"c":[1],"$or":[{"a":[1]},{"b":[1]}]}`, `{"a":1}`, false},
		{"or replaces a field of its path", `{"a":[1],"$or":[{"a":[2]},{"b":[3]}]}`, `{"a":2}`, true},
		{"or nests", `{"x":{"$or":[{"a":[1],"$or":[{"b":[1]},{"c":[1]}]},{"d":[1]}]}}`, `{"x":{"a":1,"c":1}}`, true},
		{"or with an operator's name is a field", `{"$or":[{"prefix":"a"},{"suffix":"b"}]}`, `{"$or":"ax"}`, true},
		{"or inside array elements", `{"e":{"l":["J"],"$or":[{"f":["A"]},{"f":["B"]}]}}`, `{"e":[{"f":"A"},{"l":"J"}]}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := filter.Compile(tt.pattern)
			if err != nil {
				t.Fatal(err)
			}
			got, err := f.MatchJSON([]byte(tt.document))
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("%s on %s = %v", tt.pattern, tt.document, got)
			}
		})
	}
}
