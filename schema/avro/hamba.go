package avro

import (
	"fmt"
	"reflect"

	"github.com/hamba/avro/v2"
	"github.com/modern-go/reflect2"
)

// hamba is the engine on github.com/hamba/avro. That package trusts its input
// and keeps process-wide state; here it sees neither foreign bytes nor foreign
// schemas: shapes are built in code, each with a configuration of its own, so
// nothing passes through its parser, its schema cache, its resolver of schemas
// or its handling of skipped fields, defaults and decimals.
type hamba struct{}

// boxType marks bytes that hold a value for an interface. It is a logical type
// because that is how a converter is chosen.
const boxType avro.LogicalType = "mskit-boxed"

func (hamba) compile(root *node, t reflect.Type, unbox func([]byte) any) (codec, error) {
	s, err := (&hambaShapes{records: make(map[*node]*avro.RecordSchema)}).schema(root)
	if err != nil {
		return nil, err
	}
	// The walker has compared every length with the data already.
	api := avro.Config{MaxByteSliceSize: -1}.Freeze()
	api.RegisterTypeConverters(avro.TypeConversionFuncs{
		AvroType:        avro.Bytes,
		AvroLogicalType: boxType,
		DecoderTypeConversion: func(in any, _ avro.Schema) (any, error) {
			b, _ := in.([]byte)
			return unbox(b), nil
		},
	})
	return &hambaCodec{api, api.DecoderOf(s, reflect2.Type2(reflect.PointerTo(t)))}, nil
}

type hambaCodec struct {
	api     avro.API
	decoder avro.ValDecoder
}

func (c *hambaCodec) worker() worker {
	return &hambaWorker{c.decoder, avro.NewReader(nil, 0, avro.WithReaderConfig(c.api))}
}

// hambaWorker owns a reader, for the slab that it cuts strings from.
type hambaWorker struct {
	decoder avro.ValDecoder
	reader  *avro.Reader
}

func (w *hambaWorker) decode(data []byte, ptr any) bool {
	r := w.reader.Reset(data)
	r.Error = nil
	w.decoder.Decode(reflect2.PtrOf(ptr), r)
	ok := r.Error == nil
	if ok { // now the end has to follow
		r.Peek()
		ok = r.Error != nil
	}
	r.Reset(nil)
	return ok
}

// hambaShapes turns shapes into the engine's schemas.
type hambaShapes struct {
	records map[*node]*avro.RecordSchema
}

func (x *hambaShapes) schema(n *node) (avro.Schema, error) {
	switch n.kind {
	case kindNull:
		return avro.NewNullSchema(), nil
	case kindFixed:
		return avro.NewFixedSchema(fmt.Sprintf("f%d", n.size), "", n.size, hambaLogical(n.logical))
	case kindEnum:
		return avro.NewEnumSchema("e", "", n.symbols)
	case kindArray:
		items, err := x.schema(n.items)
		return avro.NewArraySchema(items), err
	case kindMap:
		items, err := x.schema(n.items)
		return avro.NewMapSchema(items), err
	case kindUnion:
		branches := make([]avro.Schema, len(n.branches))
		for i, b := range n.branches {
			var err error
			if branches[i], err = x.schema(b); err != nil {
				return nil, err
			}
		}
		return avro.NewUnionSchema(branches)
	case kindRecord:
		return x.record(n)
	}
	l := hambaLogical(n.logical)
	if n.boxed {
		l = avro.NewPrimitiveLogicalSchema(boxType)
	}
	return avro.NewPrimitiveSchema(avro.Type(n.kind.String()), l), nil
}

func (x *hambaShapes) record(n *node) (avro.Schema, error) {
	if rec := x.records[n]; rec != nil {
		return avro.NewRefSchema(rec), nil
	}
	// The schema keeps the slice, so a record within itself sees its fields.
	fields := make([]*avro.Field, len(n.fields))
	rec, err := avro.NewRecordSchema(n.name, "", fields)
	if err != nil {
		return nil, err
	}
	x.records[n] = rec
	for i := range n.fields {
		typ, err := x.schema(n.fields[i].typ)
		if err != nil {
			return nil, err
		}
		if fields[i], err = avro.NewField(n.fields[i].name, typ); err != nil {
			return nil, fmt.Errorf("the struct's field %q cannot be named in an Avro schema", n.fields[i].name)
		}
	}
	return rec, nil
}

func hambaLogical(l logical) avro.LogicalSchema {
	switch l {
	case logicalDate:
		return avro.NewPrimitiveLogicalSchema(avro.Date)
	case logicalTimeMillis:
		return avro.NewPrimitiveLogicalSchema(avro.TimeMillis)
	case logicalTimeMicros:
		return avro.NewPrimitiveLogicalSchema(avro.TimeMicros)
	// A local timestamp has no zone. The engine would give it this machine's, so
	// it is told that it is UTC.
	case logicalTimestampMillis, logicalLocalMillis:
		return avro.NewPrimitiveLogicalSchema(avro.TimestampMillis)
	case logicalTimestampMicros, logicalLocalMicros:
		return avro.NewPrimitiveLogicalSchema(avro.TimestampMicros)
	case logicalDuration:
		return avro.NewPrimitiveLogicalSchema(avro.Duration)
	default:
		return nil
	}
}
