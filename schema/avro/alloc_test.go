//go:build !race

// The race detector makes sync.Pool forget, and so allocate.

package avro_test

import (
	"context"
	"testing"

	"github.com/mskit-go/mskit/schema/avro"
)

func TestAllocations(t *testing.T) {
	d := avro.NewDecoder[order](orderRegistry())
	in := value(unhex(t, goldenVectors[0].value))
	if n := testing.AllocsPerRun(1000, func() {
		if _, err := d.Decode(context.Background(), in); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("Decode: %v allocations, want a string's part of a slab", n)
	}
	var buf []byte
	if n := testing.AllocsPerRun(1000, func() {
		var err error
		if buf, err = d.AppendJSON(context.Background(), buf[:0], in); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("AppendJSON: %v allocations", n)
	}
}
