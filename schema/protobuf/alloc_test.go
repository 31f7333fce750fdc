package protobuf_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/protobuf"
	"github.com/mskit-go/mskit/schema/protobuf/internal/shoppb"
)

// Decoding allocates what the message needs and nothing for framing and check.
func TestAllocations(t *testing.T) {
	body := marshal(t, &shoppb.Order{Id: 1001, Sku: "AB-7"})
	allocs := func(f func()) float64 { return testing.AllocsPerRun(1000, f) }
	bare := allocs(func() {
		if err := proto.Unmarshal(body, new(shoppb.Order)); err != nil {
			t.Error(err)
		}
	})
	d := protobuf.NewDecoder[*shoppb.Order]()
	for name, data := range map[string][]byte{
		"Confluent": confluent(1, []int64{1}, body),
		"Glue":      glueFramed(t, 0, body),
		"unframed":  body,
	} {
		in := value(data)
		got := allocs(func() {
			if _, err := d.Decode(t.Context(), in); err != nil {
				t.Error(err)
			}
		})
		if got > bare {
			t.Errorf("%s: %v allocations, proto.Unmarshal alone %v", name, got, bare)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	body := marshal(b, &shoppb.Order{Id: 1001, Sku: "AB-7"})
	in := value(confluent(1, []int64{1}, body))
	b.Run("proto.Unmarshal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := proto.Unmarshal(body, new(shoppb.Order)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("generated", func(b *testing.B) {
		d := protobuf.NewDecoder[*shoppb.Order]()
		b.ReportAllocs()
		for b.Loop() {
			if _, err := d.Decode(b.Context(), in); err != nil {
				b.Fatal(err)
			}
		}
	})
	dyn := protobuf.NewDynamic(anyID{&schema.Schema{Serialized: serializedOrders(b)}})
	b.Run("dynamic", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := dyn.Decode(b.Context(), in); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("view", func(b *testing.B) {
		d := protobuf.NewDecoder[*shoppb.Order]()
		var buf []byte
		b.ReportAllocs()
		for b.Loop() {
			var err error
			if buf, err = d.AppendJSON(b.Context(), buf[:0], in); err != nil {
				b.Fatal(err)
			}
		}
	})
}
