package avro

import (
	"context"
	"reflect"
	"strconv"
	"sync"

	"github.com/mskit-go/mskit/schema"
)

// Decoder decodes Avro into T. It implements [schema.Decoder] and
// [schema.JSONView] and is safe for concurrent use.
type Decoder[T any] struct {
	core *core
	pool sync.Pool // of *scratch[T]
}

// scratch is what decoding one record needs, kept between records so that it
// costs nothing.
type scratch[T any] struct {
	value T
	x     rewriter

	codec  codec // of worker
	worker worker

	in    reader
	last  *compiled // of cell
	cell  cell
	cells map[*compiled]cell
}

const (
	keepBuffer = 64 << 10 // the largest buffer of a scratch that is kept
	keepCells  = 16       // the most schemas whose cells are kept
)

// cellFor is what reads records of c into the value.
func (s *scratch[T]) cellFor(c *compiled) cell {
	if s.last == c {
		return s.cell
	}
	s.last, s.cell = c, s.cells[c]
	if s.cell == nil {
		if s.cells == nil || len(s.cells) == keepCells {
			s.cells = make(map[*compiled]cell)
		}
		s.cell = cellOf(c.op, reflect.ValueOf(&s.value).Elem())
		s.cells[c] = s.cell
	}
	return s.cell
}

// free lets go of a record.
func (s *scratch[T]) free() {
	var none T
	s.value = none
	s.x.data, s.in.data = nil, nil
	if cap(s.x.out) > keepBuffer {
		s.x.out = nil
	}
}

// NewDecoder decodes records whose schemas are in reg into T: a struct with
// avro tags, any, or whatever else the package comment's table has for a
// schema's type.
//
// It neither fails nor panics. A configuration that cannot work is what
// [Decoder.ConfigError] and then every Decode return.
func NewDecoder[T any](reg schema.Registry, opts ...Option) *Decoder[T] {
	return &Decoder[T]{core: newCore(reg, reflect.TypeFor[T](), newConfig(opts))}
}

// ConfigError is what is wrong with the decoder's configuration, an
// [*schema.Error] of [schema.KindConfig], or nil. The first call, or the first
// Decode, parses the schemas given by options.
func (d *Decoder[T]) ConfigError() error {
	if err := d.core.setup(); err != nil {
		return err
	}
	return nil
}

// Decode decodes in. The value shares no memory with in.Data, but short strings
// share blocks of a few KiB with those of other records: [strings.Clone] what is
// kept for long, in a cache, say. Errors are [*schema.Error]; those of the data
// name the field's path and the byte's offset in the body, never a byte.
func (d *Decoder[T]) Decode(ctx context.Context, in schema.Input) (v T, err error) {
	r, err := d.core.open(ctx, &in)
	if err != nil {
		return v, err
	}
	if r.c.bindErr != nil {
		return v, place(r.c.bindErr, r.id, &in)
	}
	s, _ := d.pool.Get().(*scratch[T])
	if s == nil {
		s = new(scratch[T])
	}
	fault := d.decode(r, s)
	if fault == nil {
		v = s.value
	}
	s.free()
	d.pool.Put(s)
	if fault != nil {
		return v, place(fault, r.id, &in)
	}
	return v, nil
}

func (d *Decoder[T]) decode(r record, s *scratch[T]) *schema.Error {
	x, c := &s.x, r.c
	if c.direct {
		in := &s.in
		in.reset(r.body, &d.core.limits)
		return in.finish(s.cellFor(c).read(in))
	}
	x.reset(r.body, &d.core.limits)
	if c.op == nil {
		v, ok := c.plan.value(&x.cursor)
		if err := x.finish(ok); err != nil {
			return err
		}
		if v == nil {
			return nil
		}
		if s.value, ok = v.(T); !ok {
			return &schema.Error{Kind: schema.KindIncompatible, Msg: brief(misfit(c.plan, d.core.typ))}
		}
		return nil
	}
	if err := x.finish(c.op.run(x)); err != nil {
		return err
	}
	data := r.body
	if !c.op.keep {
		x.flush()
		data = x.out
	}
	if s.codec != c.codec {
		s.codec, s.worker = c.codec, c.codec.worker()
	}
	if !s.worker.decode(data, &s.value) {
		return &schema.Error{Kind: schema.KindDecode, Msg: "the Go type refused a value: an UnmarshalText of " +
			d.core.typ.String() + " or of its parts returned an error"}
	}
	if c.clip != nil {
		c.clip(reflect.ValueOf(&s.value).Elem())
	}
	return nil
}

// AppendJSON appends in as JSON text, rendered from the writer's data by the
// table in the package comment. T and the reader's schema have no part in it.
func (d *Decoder[T]) AppendJSON(ctx context.Context, dst []byte, in schema.Input) ([]byte, error) {
	r, err := d.core.open(ctx, &in)
	if err != nil {
		return dst, err
	}
	var c cursor
	c.reset(r.body, &d.core.limits)
	out, ok := r.c.view.appendJSON(dst, &c)
	if fault := c.finish(ok); fault != nil {
		return dst, place(fault, r.id, &in)
	}
	return out, nil
}

// finish is the error of a walk that failed or left something.
func (c *cursor) finish(ok bool) *schema.Error {
	if ok && c.pos < len(c.data) {
		ok = c.failed(schema.KindTrailing, strconv.Itoa(len(c.data)-c.pos)+" bytes are left after the value")
	}
	if ok {
		return nil
	}
	return c.fail.err(len(c.data))
}

// core is the part of a decoder that does not depend on its type's name.
type core struct {
	config
	reg          schema.Registry
	typ          reflect.Type
	generic      bool // any or map[string]any, which need no engine
	engine       engine
	compilations library

	bare schema.Framing // of records without metadata, or nil

	setup func() error // an *schema.Error or nil
	// Set by setup.
	reader *node
	given  *compiled // of the writer's schema given as an option
}

func newCore(reg schema.Registry, t reflect.Type, c config) *core {
	if v := reflect.ValueOf(reg); v.Kind() == reflect.Pointer && v.IsNil() {
		reg = nil // such as a client whose constructor failed
	}
	d := &core{config: c, reg: reg, typ: t, engine: hamba{}}
	d.generic = t == reflect.TypeFor[any]() || t == reflect.TypeFor[map[string]any]()
	d.compilations.max = c.limits.Schemas
	if d.framing == nil {
		d.framing, d.bare = defaultFraming(reg)
	}
	d.setup = sync.OnceValue(d.configure)
	return d
}

// defaultFraming is the framing of reg's records, and what it comes to where the
// event source mapping has nothing to do with it, which saves a step per record.
func defaultFraming(reg schema.Registry) (framing, bare schema.Framing) {
	if reg == nil {
		return schema.Raw(), nil
	}
	if f, ok := reg.(interface{ Framing() schema.Framing }); ok {
		if bare = f.Framing(); bare != nil {
			return schema.ESM(bare), bare
		}
	}
	return nil, nil
}

// configure finds what is wrong whatever the records are.
func (d *core) configure() error {
	wrong := func(msg string) error {
		return &schema.Error{Kind: schema.KindConfig, Msg: "avro.NewDecoder: " + msg}
	}
	switch {
	case d.reg == nil && d.writer == nil:
		return wrong("no registry and no WithWriterSchema: nothing tells how records were written")
	case d.badFraming:
		return wrong("WithFraming got nil")
	case d.framing == nil:
		return wrong("the registry does not say how its records are framed: use WithFraming")
	case d.typ.Kind() == reflect.Interface && d.typ.NumMethod() > 0:
		return wrong("nothing can be decoded into the interface " + d.typ.String())
	case d.latest != nil && d.readerText != nil:
		return wrong("WithReaderSchema and WithLatestReader exclude each other")
	}
	if r, ok := d.reg.(interface{ ConfigError() error }); ok {
		if err := r.ConfigError(); err != nil {
			return wrong("the registry: " + err.Error())
		}
	}
	if d.latest != nil {
		if _, ok := d.reg.(schema.LatestRegistry); !ok {
			return wrong("WithLatestReader needs a registry with a method Latest")
		}
	}
	if d.readerText != nil {
		n, err := parseText(*d.readerText, d.limits.SchemaBytes)
		if err != nil {
			return wrong("WithReaderSchema: " + brief(err))
		}
		if !d.generic {
			if _, _, err := bind(identity(n), d.typ); err != nil {
				return wrong("WithReaderSchema and the Go type: " + brief(err))
			}
		}
		d.reader = n
	}
	if d.writer != nil {
		d.given = d.compile(&schema.Schema{Text: *d.writer}, d.reader, false)
		if err := d.given.err; err != nil {
			return wrong("WithWriterSchema: " + err.Msg)
		}
		if err := d.given.bindErr; err != nil {
			return wrong("WithWriterSchema: " + err.Msg)
		}
	}
	return nil
}
