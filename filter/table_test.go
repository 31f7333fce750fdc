package filter

import (
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	var all table[int]
	key := func(i int) string { return strings.Repeat(string(rune('a'+i%26)), i/26) + string(rune('A'+i%7)) }
	for i := range 2000 {
		if i%3 == 0 {
			*all.at(key(i)) = i
		}
	}
	last := map[string]int{}
	for i := range 2000 {
		if i%3 == 0 {
			last[key(i)] = i
		}
	}
	for i := range 2000 {
		got := all.get([]byte(key(i)))
		want, ok := last[key(i)]
		if (got != nil) != ok || ok && *got != want {
			t.Fatalf("key %d: got %v", i, got)
		}
	}
	var empty table[int]
	if empty.get(nil) != nil || empty.get([]byte("a")) != nil {
		t.Error("something in an empty table")
	}
	*empty.at("") = 7
	if got := empty.get(nil); got == nil || *got != 7 {
		t.Error("the empty key is lost")
	}
}
