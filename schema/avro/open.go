package avro

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/mskit-go/mskit/schema"
)

// record is an input taken apart, with what its schema was compiled to.
type record struct {
	c    *compiled
	id   schema.ID
	body []byte
}

// place gives an error a record's coordinates. Errors of compiled schemas are
// shared, so it is a copy that gets them.
func place(e *schema.Error, id schema.ID, in *schema.Input) error {
	c := *e
	if c.ID.IsZero() {
		c.ID = id
	}
	return c.At(*in)
}

// open finds the body and the schema of in.
func (d *core) open(ctx context.Context, in *schema.Input) (record, error) {
	if err := d.setup(); err != nil {
		return record{}, err
	}
	fail := func(k schema.Kind, id schema.ID, msg string) (record, error) {
		return record{}, (&schema.Error{Kind: k, ID: id, Msg: msg}).At(*in)
	}
	if in.Data == nil {
		return fail(schema.KindTombstone, schema.ID{}, "there is no "+in.Field.String()+" to decode")
	}
	framing := d.framing
	if in.Meta == (schema.Metadata{}) {
		if d.bare != nil {
			framing = d.bare
		}
	} else if f := in.Meta.DataFormat; f != "" && schema.ParseFormat(f) != schema.FormatAvro {
		return fail(schema.KindTypeMismatch, schema.ID{}, "the event source mapping names another format than AVRO")
	}
	frame, err := framing.Parse(*in)
	if err != nil {
		return record{}, err
	}
	if len(frame.Body) > d.limits.Bytes {
		return fail(schema.KindTooLarge, frame.ID, "the body is larger than Limits.Bytes")
	}
	r := record{id: frame.ID, body: frame.Body}
	switch {
	case !frame.ID.IsZero() && d.reg != nil:
		if r.c, err = d.lookup(ctx, frame.ID, in); err != nil {
			return record{}, err
		}
	case d.given != nil:
		r.c = d.given
	default:
		return fail(schema.KindFraming, frame.ID, "the record names no schema: use WithWriterSchema for records that do not")
	}
	if r.c.err != nil {
		return record{}, place(r.c.err, r.id, in)
	}
	if r.c.rawRoot && isConfluent(r.id) {
		r.body = append(appendVarint(make([]byte, 0, len(r.body)+binary.MaxVarintLen64), int64(len(r.body))), r.body...)
	}
	return r, nil
}

// isConfluent: Confluent's serializers write a schema of nothing but bytes
// without the length that Avro has before them
// (AbstractKafkaAvroSerializer.serializeImpl, avrov2/avro.go).
func isConfluent(id schema.ID) bool {
	_, number := id.Confluent()
	_, guid := id.GUID()
	return number || guid
}

// lookup is what the schema of id was compiled to.
func (d *core) lookup(ctx context.Context, id schema.ID, in *schema.Input) (*compiled, error) {
	key := libraryKey{writer: id}
	var latest *schema.Schema
	if d.latest != nil {
		var err error
		latest, err = d.reg.(schema.LatestRegistry).Latest(ctx, d.latest(in.Topic, in.Field))
		if err = answered(latest, err); err != nil {
			return nil, registryError(err, schema.ID{}, in)
		}
		key.reader = latest.ID
	}
	if c := d.compilations.get(key); c != nil {
		return c, nil
	}
	s, err := d.reg.Schema(ctx, id)
	if err = answered(s, err); err != nil {
		return nil, registryError(err, id, in)
	}
	return d.compilations.put(key, func() *compiled { return d.compileFor(s, latest) }), nil
}

// compileFor compiles s to be read as latest, or as the options say when that is
// nil.
func (d *core) compileFor(s, latest *schema.Schema) *compiled {
	if latest == nil {
		return d.compile(s, d.reader, false)
	}
	reader, err := parseSchema(latest, d.limits.SchemaBytes)
	if err != nil {
		return &compiled{err: &schema.Error{Kind: schema.KindInvalidSchema, ID: latest.ID, Msg: brief(err)}}
	}
	return d.compile(s, reader, latest.ID != s.ID)
}

func answered(s *schema.Schema, err error) error {
	if err == nil && s == nil {
		return &schema.Error{Kind: schema.KindUnavailable, Msg: "the registry returned neither a schema nor an error"}
	}
	return err
}

// registryError places a registry's error. One of another type keeps its text:
// it is the registry's own, and it is retryable as any foreign error is.
func registryError(err error, id schema.ID, in *schema.Input) error {
	if e, ok := errors.AsType[*schema.Error](err); ok {
		return place(e, id, in)
	}
	return (&schema.Error{Kind: schema.KindUnavailable, ID: id, Err: err}).At(*in)
}
