package avro_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"

	"github.com/google/go-cmp/cmp"

	"github.com/mskit-go/mskit/schema"
)

func cmpDiff(want, got any) string {
	return cmp.Diff(want, got, cmp.Comparer(func(a, b *big.Rat) bool {
		return a == b || a != nil && b != nil && a.Cmp(b) == 0
	}))
}

type raw []byte

// enc builds Avro binary: int is an int, long, index or count; string and
// []byte have their length before them; raw has not.
func enc(parts ...any) []byte {
	b := []byte{}
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			b = binary.AppendVarint(b, int64(p))
		case int64:
			b = binary.AppendVarint(b, p)
		case bool:
			if p {
				b = append(b, 1)
			} else {
				b = append(b, 0)
			}
		case float32:
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(p))
		case float64:
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p))
		case string:
			b = append(binary.AppendVarint(b, int64(len(p))), p...)
		case []byte:
			b = append(binary.AppendVarint(b, int64(len(p))), p...)
		case raw:
			b = append(b, p...)
		default:
			panic(fmt.Sprintf("enc: %T", p))
		}
	}
	return b
}

func value(data []byte) schema.Input { return schema.Input{Topic: "orders", Data: data} }

// record is a schema R of the fields given as JSON.
func recordOf(fields string) string {
	return `{"type":"record","name":"R","namespace":"shop","fields":[` + fields + `]}`
}
