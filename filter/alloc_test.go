//go:build !race

// The race detector makes sync.Pool forget, and so allocate.

package filter_test

import (
	"testing"

	"github.com/mskit-go/mskit/filter"
	"github.com/mskit-go/mskit/kafkaevent"
)

func TestMatchingAllocatesNothing(t *testing.T) {
	document := []byte(everyValue)
	r := record([]byte("x"), document, kafkaevent.Header{Key: "source", Value: []byte("app")})
	plain := filter.MustCompile(everyOperator[:7]...)
	strict := plain.With(filter.OnMismatch(filter.Fail), filter.OnTombstone(filter.Fail))
	router := routes(t, everyOperator...)
	var hits []int
	for name, match := range map[string]func() error{
		"filter": func() error { _, err := plain.Match(r); return err },
		"strict": func() error { _, err := strict.Match(r); return err },
		"json":   func() error { _, err := plain.MatchJSON(document); return err },
		"router": func() (err error) { hits, err = router.Match(hits[:0], r); return err },
	} {
		if got := testing.AllocsPerRun(500, func() {
			if err := match(); err != nil {
				t.Error(err)
			}
		}); got > 0 {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}
