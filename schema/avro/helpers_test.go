package avro_test

import (
	"math/big"

	"github.com/google/go-cmp/cmp"
)

func cmpDiff(want, got any) string {
	return cmp.Diff(want, got, cmp.Comparer(func(a, b *big.Rat) bool {
		return a == b || a != nil && b != nil && a.Cmp(b) == 0
	}))
}
