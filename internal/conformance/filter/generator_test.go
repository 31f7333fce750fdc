//go:build eventruler

package filter_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

// generator makes patterns over every operator and events that come close to
// them: few names, few values.
type generator struct{ *rand.Rand }

func (g *generator) ruleCase(events int) ruleCase {
	c := ruleCase{Pattern: g.object(0, true)}
	for range events {
		c.Events = append(c.Events, g.event(0))
	}
	return c
}

func pick[T any](g *generator, of ...T) T { return of[g.IntN(len(of))] }

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func (g *generator) name() string { return pick(g, "a", "a", "b", "b", "c") }

func (g *generator) text() string {
	return pick(g, "", "a", "ab", "abc", "Ab", "aB", "b", "bc", "xabc", "a*c", `a\c`, "straße", "STRASSE", "É", "é", "k", "\u212a",
		"10.0.0.1", "10.0.0.001", "10.0.1.1", "::1", "0:0:0:0:0:0:0:1", "2001:db8::7", "1.2.3", "1.2.3.256", "1", "300", "null", "true")
}

func (g *generator) number() string {
	return pick(g, "0", "-0", "1", "1.0", "1e0", "-1", "5", "5.5", "10", "300", "300.0", "3.0e2", "1E2", "100", "-2.5e-3", "0.1", "1e20", "100000000000000000000", "123456789012")
}

// object is an object of a pattern.
func (g *generator) object(depth int, or bool) string {
	var members []string
	for range 1 + g.IntN(8)/5 {
		switch {
		case or && g.IntN(9) == 0:
			var parts []string
			for range 2 + g.IntN(2) {
				parts = append(parts, g.object(depth+1, g.IntN(3) == 0))
			}
			members = append(members, `"$or":[`+strings.Join(parts, ",")+`]`)
		case depth < 2 && g.IntN(3) == 0:
			members = append(members, quote(g.name())+":"+g.object(depth+1, or))
		case g.IntN(12) == 0:
			members = append(members, quote(g.name()+"."+g.name())+":"+g.list())
		default:
			members = append(members, quote(g.name())+":"+g.list())
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (g *generator) list() string {
	var items []string
	for range 1 + g.IntN(3)/2 + g.IntN(2) {
		items = append(items, g.element())
	}
	return "[" + strings.Join(items, ",") + "]"
}

func (g *generator) element() string {
	switch g.IntN(44) / 2 {
	case 0, 1, 2:
		return quote(g.text())
	case 3, 4:
		return g.number()
	case 5:
		return pick(g, "true", "false", "null")
	case 6:
		return `{"exactly":` + quote(g.text()) + `}`
	case 7:
		return `{"prefix":` + quote(g.text()) + `}`
	case 8:
		return `{"suffix":` + quote(g.text()) + `}`
	case 9:
		return `{"prefix":{"equals-ignore-case":` + quote(g.text()) + `}}`
	case 10:
		return `{"suffix":{"equals-ignore-case":` + quote(g.text()) + `}}`
	case 11:
		return `{"equals-ignore-case":` + quote(g.text()) + `}`
	case 12:
		return `{"wildcard":` + quote(g.wildcard()) + `}`
	case 13:
		return `{"numeric":["` + pick(g, "=", "<", "<=", ">", ">=") + `",` + g.number() + `]}`
	case 14:
		return `{"numeric":["` + pick(g, ">", ">=") + `",` + g.number() + `,"` + pick(g, "<", "<=") + `",` + g.number() + `]}`
	case 15:
		return `{"cidr":"` + pick(g, "10.0.0.0/24", "10.0.0.0/8", "10.0.0.0/16", "2001:db8::/32", "::/64", "10.0.0.1/31", pick(g, "10.0.0.1/33", "10.0/8", "0.0.0.0/1", "0.0.0.0/0", "::/0")) + `"}`
	case 16:
		return fmt.Sprintf(`{"exists":%v}`, g.IntN(2) == 0)
	case 17:
		return `{"anything-but":` + g.strings() + `}`
	case 18:
		return `{"anything-but":` + pick(g, g.number(), "["+g.number()+","+g.number()+"]", `["a",1]`) + `}`
	case 19:
		return `{"anything-but":{"` + pick(g, "prefix", "suffix", "equals-ignore-case") + `":` + g.strings() + `}}`
	case 20:
		return `{"anything-but":{"wildcard":` + pick(g, quote(g.wildcard()), "["+quote(g.wildcard())+","+quote(g.wildcard())+"]") + `}}`
	}
	if g.IntN(5) > 0 {
		return pick(g, `"a"`, `"b"`, "1", "null", `{"exists":true}`, `{"numeric":["<",5]}`)
	}
	return pick(g, `["a"]`, `{"Prefix":"a"}`, `{}`, `{"prefix":"a","suffix":"b"}`, `{"prefix":1}`)
}

func (g *generator) strings() string {
	if g.IntN(2) == 0 {
		return quote(g.text())
	}
	return "[" + quote(g.text()) + "," + quote(g.text()) + "]"
}

func (g *generator) wildcard() string {
	var b strings.Builder
	for range g.IntN(6) {
		b.WriteString(pick(g, "a", "b", "c", "*", "x", `\*`))
	}
	if g.IntN(30) == 0 {
		b.WriteString(`\`)
	}
	return b.String()
}

// event is an object of a record.
func (g *generator) event(depth int) string {
	var members []string
	for range 1 + g.IntN(4) {
		name := g.name()
		if g.IntN(25) == 0 {
			name += "." + g.name()
		}
		members = append(members, quote(name)+":"+g.value(depth+1))
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (g *generator) value(depth int) string {
	switch n := g.IntN(10); {
	case n < 2 && depth < 3:
		return g.event(depth)
	case n < 4 && depth < 4:
		var items []string
		for range g.IntN(4) {
			items = append(items, g.value(depth+1))
		}
		return "[" + strings.Join(items, ",") + "]"
	case n < 7:
		return quote(g.text())
	case n < 9:
		return g.number()
	}
	return pick(g, "true", "false", "null")
}
