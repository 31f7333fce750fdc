package filter

import "github.com/mskit-go/mskit/kafkaevent"

// View renders a record's key and value as JSON where their bytes are not: a
// func that is set appends the JSON text to dst and returns it, and keeps
// neither. It is called at most once for a record, not for a missing key or
// value, and only when what was looked at before leaves the outcome open.
type View struct {
	Key, Value func(dst []byte) ([]byte, error)
}

// Framed reports whether data starts like the wire format of a schema
// registry: a zero byte and a 4-byte id (Confluent), or version 3 and a
// compression byte of 0 or 5 before a 16-byte id (AWS Glue). No pattern can be
// laid on such bytes, so without a [View] the record passes under
// [OnMismatch] with [Pass].
func Framed(data []byte) bool {
	switch {
	case len(data) >= 5 && data[0] == 0:
		return true
	case len(data) >= 18 && data[0] == 3:
		return data[1] == 0 || data[1] == 5
	}
	return false
}

// SeesFramed reports whether a pattern names the key or value of r, those
// bytes are [Framed], and v has no view of them. Under [OnMismatch] with
// [Pass] such a record passes unread, which its owner may want to hear of.
func (f *Filter) SeesFramed(r *kafkaevent.Record, v View) bool {
	return f.parts.key.node != nil && v.Key == nil && Framed(r.Key) ||
		f.parts.value.node != nil && v.Value == nil && Framed(r.Value)
}
