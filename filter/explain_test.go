package filter_test

import (
	"strings"
	"testing"

	"github.com/mskit-go/mskit/filter"
	"github.com/mskit-go/mskit/kafkaevent"
)

func TestExplain(t *testing.T) {
	long := strings.Repeat("x", 100)
	tests := []struct {
		name   string
		filter *filter.Filter
		record *kafkaevent.Record
		want   string
	}{
		{
			"a field differs",
			filter.MustCompile(`{"topic":["orders"],"value":{"status":["PAID"],"total":[{"numeric":[">",100]}]}}`),
			record(nil, []byte(`{"status":"NEW","total":120.50}`)), `
orders/3/9007199254740993: is filtered out, no pattern matches
pattern 1: no
  topic         wanted ["orders"]               got "orders"  yes
  value.status  wanted ["PAID"]                 got "NEW"     no
  value.total   wanted [{"numeric":[">",100]}]  got 120.50    yes
`,
		},
		{
			"a pattern of two matches, with alternatives",
			filter.MustCompile(`{"value":{"$or":[{"a":[1]},{"b":[1]}]}}`, `{"key":["k"]}`),
			record([]byte("k"), []byte(`{"b":2}`)), `
orders/3/9007199254740993: passes
pattern 1, alternative 1: no
  value.a  wanted [1]  got nothing  no
pattern 1, alternative 2: no
  value.b  wanted [1]  got 2  no
pattern 2: yes
  key  wanted ["k"]  got "k"  yes
`,
		},
		{
			"elements of an array",
			filter.MustCompile(`{"value":{"i":{"sku":["A"],"qty":[2]}}}`),
			record(nil, []byte(`{"i":[{"sku":"A","qty":1},{"sku":"B","qty":2}]}`)), `
orders/3/9007199254740993: is filtered out, no pattern matches
pattern 1: no
  value.i.sku  wanted ["A"]  got "A", "B"  yes
  value.i.qty  wanted [2]    got 1, 2      yes
  each field holds, but not all within one element of an array
`,
		},
		{
			"no JSON",
			filter.MustCompile(`{"value":{"a":[1]}}`),
			record(nil, []byte(`hello`)), `
orders/3/9007199254740993: passes
pattern 1: yes
  value.a  wanted [1]  got no JSON object or array  passes unread
`,
		},
		{
			"a tombstone",
			filter.MustCompile(`{"value":{"a":[1]}}`),
			record(nil, nil), `
orders/3/9007199254740993: passes
pattern 1: yes
  value.a  wanted [1]  got a tombstone  passes unread
`,
		},
		{
			"framed bytes, strictly",
			filter.MustCompile(`{"value":{"a":[1]}}`).With(filter.OnMismatch(filter.Fail)),
			record(nil, []byte{0, 0, 0, 0, 1, 2}), `
orders/3/9007199254740993: filter: value: the bytes are framed for a schema registry; decode them with a schema first, or give a view
pattern 1: cannot tell
  value.a  wanted [1]  got 6 bytes framed for a schema registry  cannot tell
`,
		},
		{
			"much and long",
			filter.MustCompile(`{"value":{"a":["y"]}}`),
			record(nil, []byte(`{"a":["`+long+`",2,3,4,5,6,7]}`)), `
orders/3/9007199254740993: is filtered out, no pattern matches
pattern 1: no
  value.a  wanted ["y"]  got "` + long[:59] + `..., 2, 3, 4, 5 and 2 more  no
`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := "\n" + tt.filter.Explain(tt.record); got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
		})
	}
}
