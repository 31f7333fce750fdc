package avro

import "reflect"

// clip takes away the spare capacity of the byte slices in a decoded value. The
// engine cuts short ones out of a buffer that it also cuts strings from, so an
// append to one would overwrite its neighbour.
type clip func(v reflect.Value)

// clipOf is the clip of t, nil when t holds no byte slices.
func clipOf(t reflect.Type) clip {
	return (&clipper{done: make(map[reflect.Type]*clip)}).of(t)
}

type clipper struct{ done map[reflect.Type]*clip }

func (x *clipper) of(t reflect.Type) clip {
	if to, ok := x.done[t]; ok { // a type within itself
		return func(v reflect.Value) {
			if *to != nil {
				(*to)(v)
			}
		}
	}
	switch t.Kind() {
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return func(v reflect.Value) {
				if v.Cap() > v.Len() {
					v.SetCap(v.Len())
				}
			}
		}
		return x.elements(t)
	case reflect.Map:
		return x.values(t)
	case reflect.Pointer:
		elem := x.of(t.Elem())
		if elem == nil {
			return nil
		}
		return func(v reflect.Value) {
			if !v.IsNil() {
				elem(v.Elem())
			}
		}
	case reflect.Struct:
		return x.fields(t)
	default:
		return nil
	}
}

func (x *clipper) elements(t reflect.Type) clip {
	elem := x.of(t.Elem())
	if elem == nil {
		return nil
	}
	return func(v reflect.Value) {
		for i := range v.Len() {
			elem(v.Index(i))
		}
	}
}

func (x *clipper) values(t reflect.Type) clip {
	elem := x.of(t.Elem())
	if elem == nil {
		return nil
	}
	return func(v reflect.Value) {
		for iter := v.MapRange(); iter.Next(); {
			item := reflect.New(t.Elem()).Elem() // a map's values cannot be changed in place
			item.Set(iter.Value())
			elem(item)
			v.SetMapIndex(iter.Key(), item)
		}
	}
}

func (x *clipper) fields(t reflect.Type) clip {
	type part struct {
		index int
		clip  clip
	}
	var parts []part
	self := new(clip)
	x.done[t] = self
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() && !f.Anonymous {
			continue
		}
		if c := x.of(f.Type); c != nil {
			parts = append(parts, part{i, c})
		}
	}
	delete(x.done, t)
	if len(parts) == 0 {
		return nil
	}
	*self = func(v reflect.Value) {
		for _, p := range parts {
			p.clip(v.Field(p.index))
		}
	}
	return *self
}
