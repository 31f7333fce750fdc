package kafkaevent

import "slices"

// Header is one record header. A nil Value is Kafka's null.
type Header struct {
	Key   string
	Value []byte
}

// Headers are a record's headers in order, repeated names included. Names are
// case-sensitive, as in Kafka.
//
// *Headers has the methods of OpenTelemetry's TextMapCarrier and ValuesGetter,
// so a propagator takes it as it is.
type Headers []Header

// Last is the value of the last header of that name, as Kafka's lastHeader;
// false when there is none. The value is nil for a null header.
func (h Headers) Last(key string) ([]byte, bool) {
	for _, header := range slices.Backward(h) {
		if header.Key == key {
			return header.Value, true
		}
	}
	return nil, false
}

// Get is the last value of that name as text, empty when there is none.
func (h Headers) Get(key string) string {
	v, _ := h.Last(key)
	return string(v)
}

// Values are all values of that name as text, in order.
func (h Headers) Values(key string) []string {
	var values []string
	for _, header := range h {
		if header.Key == key {
			values = append(values, string(header.Value))
		}
	}
	return values
}

// Keys are the distinct names in order of their first occurrence.
func (h Headers) Keys() []string {
	const few = 16 // up to here a map does not pay
	keys := make([]string, 0, len(h))
	var seen map[string]struct{}
	if len(h) > few {
		seen = make(map[string]struct{}, len(h))
	}
	for _, header := range h {
		if seen == nil {
			if !slices.Contains(keys, header.Key) {
				keys = append(keys, header.Key)
			}
		} else if _, known := seen[header.Key]; !known {
			seen[header.Key] = struct{}{}
			keys = append(keys, header.Key)
		}
	}
	return keys
}

// Set replaces every header of that name by one with this value, in place of
// the first of them or at the end. It builds a new list, so headers that came
// from a record, and other copies of this list, stay as they were.
func (h *Headers) Set(key, value string) {
	next := make(Headers, 0, len(*h)+1)
	set := Header{Key: key, Value: []byte(value)}
	done := false
	for _, header := range *h {
		switch {
		case header.Key != key:
			next = append(next, header)
		case !done:
			next, done = append(next, set), true
		}
	}
	if !done {
		next = append(next, set)
	}
	*h = next
}
