package filter_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/mskit-go/mskit/filter"
)

func routes(t *testing.T, patterns ...string) *filter.Router[int] {
	t.Helper()
	all := make([]filter.Route[int], len(patterns))
	for i, p := range patterns {
		all[i] = filter.Route[int]{Pattern: p, To: i}
	}
	r, err := filter.NewRouter(all...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRouterReturnsAllHitsInOrder(t *testing.T) {
	r := routes(t,
		`{"value":{"b":[{"exists":false}]}}`,
		`{"value":{"a":[2]}}`,
		`{"topic":["orders"]}`,
		`{"value":{"a":[1]},"topic":["orders"]}`,
		`{"value":{"a":[1]}}`,
		`{"value":{"a":[1]},"topic":["payments"]}`,
		`{"value":{"$or":[{"a":[1]},{"a":[{"exists":true}]}]}}`,
	)
	for range 3 {
		got, err := r.Match([]int{-1}, record(nil, []byte(`{"a":1}`)))
		if want := []int{-1, 0, 2, 3, 4, 6}; err != nil || !slices.Equal(got, want) {
			t.Errorf("got %v, %v; want %v", got, err, want)
		}
		got, err = r.Match(nil, record(nil, []byte(`{"a":2,"b":0}`)))
		if want := []int{1, 2, 6}; err != nil || !slices.Equal(got, want) {
			t.Errorf("got %v, %v; want %v", got, err, want)
		}
	}
}

func TestRouterPassesWhatBreaksAfterAMatch(t *testing.T) {
	r := routes(t, `{"topic":["orders"],"value":{"a":[1]}}`, `{"topic":["payments"],"value":{"a":[1]}}`, `{"value":["x"]}`)
	broken := record(nil, []byte(`{"a":1`))
	if got, err := r.Match(nil, broken); err != nil || !slices.Equal(got, []int{0}) {
		t.Errorf("Pass: got %v, %v", got, err)
	}
	if got, err := r.With(filter.OnMismatch(filter.Drop)).Match(nil, broken); err != nil || len(got) > 0 {
		t.Errorf("Drop: got %v, %v", got, err)
	}
	got, err := r.With(filter.OnMismatch(filter.Fail)).Match([]int{7}, broken)
	if _, ok := errors.AsType[*filter.MismatchError](err); !ok || !slices.Equal(got, []int{7}) {
		t.Errorf("Fail: got %v, %v", got, err)
	}
}

func TestRouterOfManyFields(t *testing.T) {
	pattern, document := "{", "{"
	for i := range 200 {
		pattern += fmt.Sprintf(`"f%d":[%d],`, i, i)
		document = fmt.Sprintf(`{"f%d":%d,`, i, i) + document[1:]
	}
	r := routes(t, pattern+`"z":[1]}`, pattern+`"z":[2]}`)
	for range 2 {
		if got, err := r.MatchJSON(nil, []byte(document+`"z":2}`)); err != nil || !slices.Equal(got, []int{1}) {
			t.Errorf("got %v, %v", got, err)
		}
	}
}

func TestRouterReportsEveryBadRoute(t *testing.T) {
	_, err := filter.NewRouter(filter.Route[int]{Pattern: `{"a":1}`}, filter.Route[int]{Pattern: `{"a":[1]}`}, filter.Route[int]{Pattern: `[]`})
	var numbers []int
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		fe, _ := errors.AsType[*filter.Error](e)
		numbers = append(numbers, fe.Pattern)
	}
	if !slices.Equal(numbers, []int{1, 3}) {
		t.Errorf("got %v", err)
	}
}

func TestRouterWithoutRoutes(t *testing.T) {
	if got, err := routes(t).Match(nil, record(nil, []byte(`{}`))); err != nil || len(got) > 0 {
		t.Errorf("got %v, %v", got, err)
	}
}

func ExampleNewRouter() {
	r, err := filter.NewRouter(
		filter.Route[string]{Pattern: `{"value":{"status":["PAID"]}}`, To: "billing"},
		filter.Route[string]{Pattern: `{"value":{"total":[{"numeric":[">",1000]}]}}`, To: "review"},
		filter.Route[string]{Pattern: `{"headers":{"source":["test"]}}`, To: "sandbox"},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	to, err := r.Match(nil, record(nil, []byte(`{"status":"PAID","total":1200}`)))
	fmt.Println(to, err)
	// Output: [billing review] <nil>
}

// Fields are shared between patterns by name and wanted list; no name may be
// mistaken for a part of the list.
func TestRouterTellsNamesFromLists(t *testing.T) {
	r := routes(t, `{"a":[1,2]}`, `{"a\n1":[2]}`, `{"a\n1":[{"exists":false}]}`)
	if got, err := r.MatchJSON(nil, []byte(`{"a":1}`)); err != nil || !slices.Equal(got, []int{0, 2}) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := r.MatchJSON(nil, []byte(`{"a\n1":2}`)); err != nil || !slices.Equal(got, []int{1}) {
		t.Errorf("got %v, %v", got, err)
	}
}
