package filter_test

import (
	"fmt"

	"github.com/mskit-go/mskit/filter"
)

func ExampleCompile() {
	_, err := filter.Compile(`{"value":{"status":"PAID","total":[{"Numeric":[">",100]}]}}`)
	fmt.Println(err)
	// Output:
	// filter: pattern 1, line 1 col 20, value.status: must be a list or an object, got a string; write ["PAID"]
	// filter: pattern 1, line 1 col 37, value.total: "Numeric" is not an operator; did you mean "numeric"? operators are case-sensitive
}

func ExampleMustCompile() {
	f := filter.MustCompile(`{"topic":["orders"],"value":{"status":["PAID"]}}`)
	for _, value := range []string{`{"status":"PAID"}`, `{"status":"NEW"}`} {
		ok, err := f.Match(record(nil, []byte(value)))
		fmt.Println(ok, err)
	}
	// Output:
	// true <nil>
	// false <nil>
}

func ExampleFromCriteria() {
	f, err := filter.FromCriteria([]byte(`{"Filters":[{"Pattern":"{\"value\":{\"status\":[\"PAID\"]}}"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	ok, err := f.Match(record(nil, []byte(`{"status":"NEW"}`)))
	fmt.Println(ok, err)
	// Output: false <nil>
}

func ExampleFilter_With() {
	f := filter.MustCompile(`{"value":{"status":["PAID"]}}`)
	text := record(nil, []byte("no JSON"))
	fmt.Println(f.Match(text))
	fmt.Println(f.With(filter.OnMismatch(filter.Drop)).Match(text))
	_, err := f.With(filter.OnMismatch(filter.Fail)).Match(text)
	fmt.Println(err)
	// Output:
	// true <nil>
	// false <nil>
	// filter: value: the bytes are not a JSON object or array in UTF-8
}

func ExampleFilter_MatchJSON() {
	f := filter.MustCompile(`{"items":{"sku":["A"],"quantity":[{"numeric":[">=",2]}]}}`)
	fmt.Println(f.MatchJSON([]byte(`{"items":[{"sku":"A","quantity":1},{"sku":"B","quantity":2}]}`)))
	fmt.Println(f.MatchJSON([]byte(`{"items":[{"sku":"A","quantity":3}]}`)))
	// Output:
	// false <nil>
	// true <nil>
}

func ExampleFilter_Explain() {
	f := filter.MustCompile(`{"value":{"status":["PAID"],"total":[{"numeric":[">",100]}]}}`)
	fmt.Print(f.Explain(record(nil, []byte(`{"status":"NEW","total":120.50}`))))
	// Output:
	// orders/3/9007199254740993: is filtered out, no pattern matches
	// pattern 1: no
	//   value.status  wanted ["PAID"]                 got "NEW"   no
	//   value.total   wanted [{"numeric":[">",100]}]  got 120.50  yes
}
