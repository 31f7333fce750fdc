package avro

import (
	"errors"
	"time"
)

// appendZero appends what the engine decodes to the zero value of the Go type
// that the shape was made for.
func appendZero(dst []byte, shape *node) ([]byte, error) {
	switch shape.kind {
	case kindFloat:
		return append(dst, 0, 0, 0, 0), nil
	case kindDouble:
		return append(dst, 0, 0, 0, 0, 0, 0, 0, 0), nil
	case kindFixed:
		return append(dst, make([]byte, shape.size)...), nil
	case kindInt, kindLong:
		return appendVarint(dst, zeroTime(shape.logical)), nil
	case kindUnion:
		return append(dst, byte(shape.nullable()<<1)), nil
	case kindRecord:
		var err error
		for i := range shape.fields {
			if dst, err = appendZero(dst, shape.fields[i].typ); err != nil {
				return nil, err
			}
		}
		return dst, nil
	case kindString:
		text := ""
		if shape.logical != logicalNone {
			text = (time.Time{}).Format(time.RFC3339)
		}
		return append(appendVarint(dst, int64(len(text))), text...), nil
	case kindEnum:
		return nil, errors.New("an enum has no zero value")
	default: // false, and what is empty
		return append(dst, 0), nil
	}
}

// zeroTime is time.Time's zero in the unit of l.
func zeroTime(l logical) int64 {
	switch {
	case l == logicalDate:
		return (time.Time{}).Unix() / (24 * 60 * 60)
	case l.isTime() && (l == logicalTimestampMillis || l == logicalLocalMillis):
		return (time.Time{}).UnixMilli()
	case l.isTime():
		return (time.Time{}).UnixMicro()
	default:
		return 0
	}
}
