package avro

import "reflect"

// engine decodes bytes of a shape into Go values. What it gets has passed the
// fence: it is complete, within the limits, and of a schema made for it.
type engine interface {
	// compile prepares decoding of root into t. unbox makes the value for an
	// interface from the bytes that the rewriter put in its place.
	compile(root *node, t reflect.Type, unbox func([]byte) any) (codec, error)
}

// codec decodes one shape into one type. It is safe for concurrent use.
type codec interface {
	// worker makes what decodes record by record.
	worker() worker
}

// worker decodes with a codec, for one goroutine at a time.
type worker interface {
	// decode reads data into the value that ptr, a pointer to the type, points
	// to, which is zero. It keeps no reference to data. What is wrong cannot be
	// said: the engine's own text may quote the payload.
	decode(data []byte, ptr any) bool
}
