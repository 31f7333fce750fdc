package filter

import (
	"encoding/binary"
	"math/bits"
)

// table maps texts to values. It is built once and read often: most look-ups
// miss, and most misses are told by length and first byte.
type table[V any] struct {
	lengths uint64 // one bit for each length present, see lengthBit
	starts  uint64 // one bit for each first byte present, modulo 64
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
	if t.lengths&lengthBit(len(key)) == 0 || len(key) > 0 && t.starts>>(key[0]&63)&1 == 0 {
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
	if len(key) > 0 {
		t.starts |= 1 << (key[0] & 63)
	}
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

// hashText mixes every byte, eight at a time, the last ones perhaps twice. It
// need not resist an attacker: all keys are a pattern's.
func hashText(key []byte) uint64 {
	const k = 0x9e3779b97f4a7c15
	h := uint64(len(key)) * k
	var w uint64
	switch n := len(key); {
	case n >= 8:
		for rest := key; len(rest) > 8; rest = rest[8:] {
			h = bits.RotateLeft64((h^binary.LittleEndian.Uint64(rest))*k, 29)
		}
		w = binary.LittleEndian.Uint64(key[n-8:])
	case n >= 4:
		w = uint64(binary.LittleEndian.Uint32(key)) | uint64(binary.LittleEndian.Uint32(key[n-4:]))<<32
	case n > 0:
		w = uint64(key[0]) | uint64(key[n/2])<<8 | uint64(key[n-1])<<16
	}
	h = (h ^ w) * k
	return h ^ h>>32
}
