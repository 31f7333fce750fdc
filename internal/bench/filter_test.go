package bench

// quamina is a peer that no module proxy serves. To measure beside it, clone
// its repository, add
//
//	require quamina.net/go/quamina/v2 v2.0.0
//	replace quamina.net/go/quamina/v2 => ../quamina
//
// to a copy of this module, and run its MatchesForEvent over filterEvents with
// the patterns of filterPatterns.

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/filter"
)

var filterSets = []string{"1", "10", "1000"}

func BenchmarkFilter(b *testing.B) {
	events := filterEvents()
	for _, set := range filterSets {
		patterns := filterPatterns(set)
		f := filter.MustCompile(patterns...)
		routes := make([]filter.Route[int], len(patterns))
		for i, p := range patterns {
			routes[i] = filter.Route[int]{Pattern: p, To: i}
		}
		router, err := filter.NewRouter(routes...)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(set+"/exact", func(b *testing.B) { matchAll(b, f, events) })
		b.Run(set+"/trust", func(b *testing.B) { matchAll(b, f.With(filter.TrustJSON()), events) })
		b.Run(set+"/router", func(b *testing.B) {
			b.ReportAllocs()
			var hits []int
			for i := 0; b.Loop(); i++ {
				var err error
				if hits, err = router.MatchJSON(hits[:0], events[i%len(events)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func matchAll(b *testing.B, f *filter.Filter, events [][]byte) {
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := f.MatchJSON(events[i%len(events)]); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRaceFilter is what filtering costs beside decoding with
// encoding/json and testing the fields.
func BenchmarkRaceFilter(b *testing.B) {
	events := filterEvents()
	for _, set := range filterSets[:2] {
		wants := wantsOne
		if set != "1" {
			wants = wantsTen
		}
		f := filter.MustCompile(filterPatterns(set)...)
		match := func(f *filter.Filter) func() {
			return func() {
				for _, e := range events {
					if _, err := f.MatchJSON(e); err != nil {
						b.Fatal(err)
					}
				}
			}
		}
		b.Run(set, func(b *testing.B) {
			Race(b, len(events),
				Candidate{Name: "encoding/json + predicates", Run: func() {
					for _, e := range events {
						var m map[string]any
						if err := json.Unmarshal(e, &m); err != nil {
							b.Fatal(err)
						}
						wants(m)
					}
				}},
				Candidate{Name: "exact", Run: match(f)},
				Candidate{Name: "TrustJSON", Run: match(f.With(filter.TrustJSON()))},
			)
		})
	}
}

func wantsOne(m map[string]any) bool { return at(m, "payment", "currency") == "CHF" }

func wantsTen(m map[string]any) bool {
	text := func(path ...string) string { s, _ := at(m, path...).(string); return s }
	hit := at(m, "status") == "REFUNDED"
	hit = hit || len(text("customer", "id")) > 4 && text("customer", "id")[:4] == "c-00"
	hit = hit || at(m, "shipping", "address", "country") == "AT" && at(m, "payment", "method") == "invoice"
	method := text("shipping", "method")
	hit = hit || method != "dhl" && method != "ups" && method != "post"
	items, _ := m["items"].([]any)
	for _, item := range items {
		fields, _ := item.(map[string]any)
		hit = hit || fields["sku"] == "SKU-0a1b"
	}
	hit = hit || strings.EqualFold(text("customer", "tier"), "PLATINUM")
	_, cancelled := m["cancelledBy"]
	tags, _ := m["tags"].([]any)
	for _, tag := range tags {
		hit = hit || tag == "app" && at(m, "source") == "service-07"
	}
	return hit || cancelled || m["quantity"] == 3.0 || m["quantity"] == 21.0 ||
		at(m, "payment", "currency") == "USD" && at(m, "region") == "us-east-1"
}

func at(m map[string]any, path ...string) any {
	for _, name := range path[:len(path)-1] {
		m, _ = m[name].(map[string]any)
	}
	return m[path[len(path)-1]]
}

// BenchmarkFilterPosition moves the one field wanted through small and large
// values: exact matching reads a value that does not match to its end.
func BenchmarkFilterPosition(b *testing.B) {
	small := filterEvents()
	large := make([][]byte, len(small))
	steps := make([]string, 120)
	for i := range steps {
		steps[i] = fmt.Sprintf(`{"at":%d,"event":"step-%d","by":"system-%d","ok":true}`, 1700000000000+i, i, i%7)
	}
	filler := `,"history":[` + strings.Join(steps, ",") + "]}"
	for i, e := range small {
		large[i] = append(e[:len(e)-1:len(e)-1], filler...)
	}
	for _, position := range []struct{ name, pattern string }{
		{"second", `{"status":["NEVER"]}`},
		{"middle", `{"items":{"sku":["NEVER"]}}`},
		{"late", `{"payment":{"currency":["NEVER"]}}`},
		{"last", `{"region":["NEVER"]}`},
		{"absent", `{"never":["NEVER"]}`},
	} {
		f := filter.MustCompile(position.pattern)
		for _, size := range []struct {
			name   string
			events [][]byte
		}{{"small", small}, {"large", large}} {
			b.Run(position.name+"/"+size.name+"/exact", func(b *testing.B) { matchAll(b, f, size.events) })
			b.Run(position.name+"/"+size.name+"/trust", func(b *testing.B) { matchAll(b, f.With(filter.TrustJSON()), size.events) })
		}
	}
}

// BenchmarkFilterOperators has the operators that need more than a look-up.
func BenchmarkFilterOperators(b *testing.B) {
	events := filterEvents()
	var wildcards, ranges, networks []string
	for i := range 32 {
		wildcards = append(wildcards, fmt.Sprintf(`{"customer":{"email":[{"wildcard":"*%d*%d@*.org"}]}}`, i, i%7))
		ranges = append(ranges, fmt.Sprintf(`{"total":[{"numeric":[">",%d,"<",%d.5]}]}`, 1000+i, 1000+i))
		networks = append(networks, fmt.Sprintf(`{"customer":{"email":[{"cidr":"10.%d.0.0/16"}]}}`, i))
	}
	or := `{"$or":[{"status":["NEVER"]},{"customer":{"tier":["NEVER"]}},{"shipping":{"$or":[{"method":["NEVER"]},{"address":{"city":["NEVER"]}}]}}]}`
	for _, set := range []struct {
		name     string
		patterns []string
	}{{"32 wildcards", wildcards}, {"32 ranges", ranges}, {"32 networks", networks}, {"or", []string{or}}} {
		b.Run(set.name, func(b *testing.B) { matchAll(b, filter.MustCompile(set.patterns...), events) })
	}
}

func BenchmarkFilterCompile(b *testing.B) {
	patterns := filterPatterns("1000")
	b.ReportAllocs()
	for b.Loop() {
		filter.MustCompile(patterns...)
	}
}
