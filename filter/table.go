package filter

import (
	"encoding/binary"
	"math/bits"
)

// table maps texts to values. It is built once and read often: most look-ups
// miss, and most misses are told by the length.
type table[V any] struct {
	lengths uint64 // one bit for each length present, see lengthBit
	slots   []slot[V]
	count   int
}

type slot[V any] struct {
	key   string
	hash  uint64
	value V
	used  bool
}

// lengthBit is the bit for texts of that many bytes; the longest share one.
func lengthBit(n int) uint64 { return 1 << min(n, 63) }

// get returns the place of a key's value, nil if there is none.
func (t *table[V]) get(key []byte) *V {
	if t.lengths&lengthBit(len(key)) == 0 {
		return nil
	}
	if t.count == 1 {
		if s := &t.slots[0]; s.key == string(key) {
			return &s.value
		}
		return nil
	}
	hash := hashText(key)
	for i := hash; ; i++ {
		s := &t.slots[i&uint64(len(t.slots)-1)]
		if !s.used {
			return nil
		}
		if s.hash == hash && s.key == string(key) {
			return &s.value
		}
	}
}

// at returns the place of a key's value, made as needed. It is for building
// only: places move when the table grows.
func (t *table[V]) at(key string) *V {
	if v := t.get([]byte(key)); v != nil {
		return v
	}
	t.lengths |= lengthBit(len(key))
	t.count++
	if t.count == 1 {
		t.slots = []slot[V]{{key: key, hash: hashText([]byte(key)), used: true}}
		return &t.slots[0].value
	}
	if len(t.slots) < 2*t.count {
		old := t.slots
		t.slots = make([]slot[V], 4*len(old))
		for _, s := range old {
			if s.used {
				*t.free(s.hash) = s
			}
		}
	}
	s := t.free(hashText([]byte(key)))
	*s = slot[V]{key: key, hash: hashText([]byte(key)), used: true}
	return &s.value
}

func (t *table[V]) free(hash uint64) *slot[V] {
	for i := hash; ; i++ {
		if s := &t.slots[i&uint64(len(t.slots)-1)]; !s.used {
			return s
		}
	}
}

// hashText mixes every byte, eight at a time. It need not resist an attacker:
// all keys are a pattern's.
func hashText(key []byte) uint64 {
	const k = 0x9e3779b97f4a7c15
	h := uint64(len(key)) * k
	for len(key) >= 8 {
		h = bits.RotateLeft64((h^binary.LittleEndian.Uint64(key))*k, 29)
		key = key[8:]
	}
	if len(key) > 0 {
		var w uint64
		for i, c := range key {
			w |= uint64(c) << (8 * i)
		}
		h = (h ^ w) * k
	}
	return h ^ h>>32
}
