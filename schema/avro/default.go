package avro

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// maxDefaults is what the defaults of one document may cost, in values looked
// at and bytes of other defaults that go into them: records whose defaults are
// made of each other's, and unions of records, ask for exponentially many.
const maxDefaults = 1 << 20

// defaulter encodes the defaults of one document.
type defaulter struct{ left int }

func (d *defaulter) spend(n int) error {
	if d.left -= n; d.left < 0 {
		return errors.New("the defaults of the schema are too large")
	}
	return nil
}

// append appends the Avro binary of a field's default, a JSON value as
// decoded with json.Number. bytes and fixed are strings whose code points are
// the bytes; a union's default is one of its first branch, or, as newer
// specifications allow, of the first branch that it fits.
func (d *defaulter) append(dst []byte, n *node, v any, depth int) ([]byte, error) {
	if err := d.spend(1); err != nil {
		return nil, err
	}
	if depth > maxSchemaDepth {
		return nil, errors.New("nested too deep")
	}
	wrong := func() ([]byte, error) { return nil, fmt.Errorf("it is no %s", n) }
	switch n.kind {
	case kindNull:
		if v != nil {
			return wrong()
		}
		return dst, nil
	case kindBoolean:
		b, ok := v.(bool)
		if !ok {
			return wrong()
		}
		if b {
			return append(dst, 1), nil
		}
		return append(dst, 0), nil
	case kindInt, kindLong:
		i, ok := wholeNumber(v)
		if !ok || n.kind == kindInt && int64(int32(i)) != i {
			return wrong()
		}
		return binary.AppendVarint(dst, i), nil
	case kindFloat, kindDouble:
		f, ok := floatNumber(v)
		if !ok {
			return wrong()
		}
		if n.kind == kindFloat {
			return binary.LittleEndian.AppendUint32(dst, math.Float32bits(float32(f))), nil
		}
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(f)), nil
	case kindString:
		s, ok := v.(string)
		if !ok {
			return wrong()
		}
		return append(binary.AppendVarint(dst, int64(len(s))), s...), nil
	case kindBytes, kindFixed:
		b, ok := latin1(v)
		if !ok || n.kind == kindFixed && len(b) != n.size {
			return wrong()
		}
		if n.kind == kindBytes {
			dst = binary.AppendVarint(dst, int64(len(b)))
		}
		return append(dst, b...), nil
	case kindEnum:
		for i, s := range n.symbols {
			if s == v {
				return binary.AppendVarint(dst, int64(i)), nil
			}
		}
		return wrong()
	case kindUnion:
		for i, b := range n.branches {
			if out, err := d.append(binary.AppendVarint(dst, int64(i)), b, v, depth+1); err == nil {
				return out, nil
			}
		}
		return wrong()
	default:
		return d.appendComplex(dst, n, v, depth)
	}
}

func (d *defaulter) appendComplex(dst []byte, n *node, v any, depth int) ([]byte, error) {
	var err error
	switch n.kind {
	case kindArray:
		list, ok := v.([]any)
		if !ok {
			return nil, errors.New("it is no array")
		}
		if len(list) > 0 {
			dst = binary.AppendVarint(dst, int64(len(list)))
		}
		for _, item := range list {
			if dst, err = d.append(dst, n.items, item, depth+1); err != nil {
				return nil, err
			}
		}
		return append(dst, 0), nil
	case kindMap:
		m, ok := v.(map[string]any)
		if !ok {
			return nil, errors.New("it is no map")
		}
		if len(m) > 0 {
			dst = binary.AppendVarint(dst, int64(len(m)))
		}
		for key, item := range m {
			dst = append(binary.AppendVarint(dst, int64(len(key))), key...)
			if dst, err = d.append(dst, n.items, item, depth+1); err != nil {
				return nil, err
			}
		}
		return append(dst, 0), nil
	default: // a record
		m, ok := v.(map[string]any)
		if !ok {
			return nil, errors.New("it is no record")
		}
		for i := range n.fields {
			f := &n.fields[i]
			switch item, given := m[f.name]; {
			case given:
				if dst, err = d.append(dst, f.typ, item, depth+1); err != nil {
					return nil, fmt.Errorf("%s: %w", f.name, err)
				}
			case f.def != nil:
				if err = d.spend(len(f.def)); err != nil {
					return nil, err
				}
				dst = append(dst, f.def...)
			default:
				return nil, fmt.Errorf("it lacks %s", f.name)
			}
		}
		return dst, nil
	}
}

func wholeNumber(v any) (int64, bool) {
	num, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	if i, err := strconv.ParseInt(num.String(), 10, 64); err == nil {
		return i, true
	}
	// 3.0 and 1e3 are whole numbers too.
	f, err := num.Float64()
	return int64(f), err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53
}

func floatNumber(v any) (float64, bool) {
	switch v := v.(type) {
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	case string: // as Java writes what JSON has no number for
		switch v {
		case "NaN":
			return math.NaN(), true
		case "Infinity":
			return math.Inf(1), true
		case "-Infinity":
			return math.Inf(-1), true
		}
	}
	return 0, false
}

func latin1(v any) ([]byte, bool) {
	s, ok := v.(string)
	if !ok {
		return nil, false
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xff {
			return nil, false
		}
		b = append(b, byte(r))
	}
	return b, true
}
