package avro

import (
	"encoding/binary"
	"encoding/hex"
	"math/big"
	"strconv"
	"time"
)

// Duration is a value of Avro's duration type: months, days and milliseconds,
// which do not convert into each other.
type Duration struct {
	Months, Days, Milliseconds uint32
}

func durationOf(b []byte) Duration {
	return Duration{
		Months:       binary.LittleEndian.Uint32(b),
		Days:         binary.LittleEndian.Uint32(b[4:]),
		Milliseconds: binary.LittleEndian.Uint32(b[8:]),
	}
}

// timeOf is a date or timestamp in UTC; a local one has the clock it was
// written with, and UTC for want of a zone.
func timeOf(l logical, v int64) time.Time {
	switch l {
	case logicalDate:
		return time.Unix(v*24*60*60, 0).UTC()
	case logicalTimestampMillis, logicalLocalMillis:
		return time.UnixMilli(v).UTC()
	case logicalTimestampMicros, logicalLocalMicros:
		return time.UnixMicro(v).UTC()
	default:
		return time.Unix(0, v).UTC()
	}
}

func (l logical) isTime() bool { return l == logicalDate || l.isTimestamp() || l.isLocal() }

func (l logical) isTimestamp() bool {
	return l == logicalTimestampMillis || l == logicalTimestampMicros || l == logicalTimestampNanos
}

func (l logical) isLocal() bool {
	return l == logicalLocalMillis || l == logicalLocalMicros || l == logicalLocalNanos
}

func (l logical) isClock() bool { return l == logicalTimeMillis || l == logicalTimeMicros }

// clockOf is a time of day as the duration since midnight; false when it is
// longer than a time.Duration can be.
func clockOf(l logical, v int64) (time.Duration, bool) {
	unit := time.Microsecond
	if l == logicalTimeMillis {
		unit = time.Millisecond
	}
	d := time.Duration(v) * unit
	return d, d/unit == time.Duration(v)
}

// unscaled is the big-endian two's complement number in b.
func unscaled(b []byte) *big.Int {
	n := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(len(b))*8))
	}
	return n
}

func ratOf(b []byte, scale int) *big.Rat {
	pow := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
	return new(big.Rat).SetFrac(unscaled(b), pow)
}

// appendDecimal appends a decimal with all digits of its scale, "-0.50".
func appendDecimal(dst, b []byte, scale int) []byte {
	var digits []byte
	if len(b) <= 8 {
		var v int64
		if len(b) > 0 && b[0]&0x80 != 0 {
			v = -1
		}
		for _, x := range b {
			v = v<<8 | int64(x)
		}
		var buf [24]byte
		digits = strconv.AppendInt(buf[:0], v, 10)
	} else {
		digits = unscaled(b).Append(nil, 10)
	}
	if digits[0] == '-' {
		dst = append(dst, '-')
		digits = digits[1:]
	}
	if scale == 0 {
		return append(dst, digits...)
	}
	whole := len(digits) - scale
	if whole <= 0 {
		dst = append(dst, '0', '.')
		for ; whole < 0; whole++ {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	dst = append(dst, digits[:whole]...)
	dst = append(dst, '.')
	return append(dst, digits[whole:]...)
}

// appendTime appends a date, timestamp or time of day as ISO 8601 text; false
// when the year or the time of day has no such form.
func appendTime(dst []byte, l logical, v int64) ([]byte, bool) {
	if l.isClock() {
		d, ok := clockOf(l, v)
		if !ok || d < 0 || d >= 24*time.Hour {
			return dst, false
		}
		return time.Unix(0, int64(d)).UTC().AppendFormat(dst, "15:04:05.999999"), true
	}
	t := timeOf(l, v)
	if y := t.Year(); y < 0 || y > 9999 {
		return dst, false
	}
	switch {
	case l == logicalDate:
		return t.AppendFormat(dst, time.DateOnly), true
	case l.isTimestamp():
		return t.AppendFormat(dst, time.RFC3339Nano), true
	default:
		return t.AppendFormat(dst, "2006-01-02T15:04:05.999999999"), true
	}
}

// appendUUID appends the text of 16 bytes.
func appendUUID(dst, b []byte) []byte {
	for i, part := range [...][]byte{b[:4], b[4:6], b[6:8], b[8:10], b[10:16]} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, part)
	}
	return dst
}
