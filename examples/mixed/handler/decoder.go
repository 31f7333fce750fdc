package handler

import (
	"context"
	"errors"

	"github.com/mskit-go/mskit/examples/mixed/schemas"
	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/avro"
	"github.com/mskit-go/mskit/schema/jsonschema"
	"github.com/mskit-go/mskit/schema/protobuf"
	"github.com/mskit-go/mskit/schema/protobuf/protosrc"
)

// Order is what this function wants of an order, whoever wrote it.
type Order struct {
	ID     string `avro:"id"     json:"id"`
	Status string `avro:"status" json:"status"`
	Lines  []Line `avro:"lines"  json:"lines"`
}

// Line is one article of an order.
type Line struct {
	SKU string `avro:"sku" json:"sku"`
	Qty int    `avro:"qty" json:"qty"`
}

// codec decodes one format, and shows it to filters as JSON.
type codec interface {
	schema.Decoder[Order]
	schema.JSONView
	ConfigError() error
}

// orders decodes each record in the format that its schema is written in.
type orders struct {
	registry schema.Registry
	framing  schema.Framing
	codecs   map[schema.Format]codec
}

func newOrders(registry schema.Registry) *orders {
	return &orders{
		registry: registry,
		framing:  schema.Confluent(),
		codecs: map[schema.Format]codec{
			schema.FormatJSON: jsonschema.NewDecoder[Order](registry),
			schema.FormatAvro: avro.NewDecoder[Order](registry),
			schema.FormatProtobuf: fromProtobuf{protobuf.NewDecoder[*schemas.Order](
				protobuf.WithTypeCheck(protobuf.ByRegistry(registry)),
				protobuf.WithCompiler(protosrc.Compile), // Confluent's registry serves .proto text
			)},
		},
	}
}

func (d *orders) codec(ctx context.Context, in schema.Input) (codec, error) {
	frame, err := d.framing.Parse(in)
	if err != nil {
		return nil, err
	}
	s, err := d.registry.Schema(ctx, frame.ID)
	if err != nil {
		return nil, err
	}
	c, ok := d.codecs[s.Format]
	if !ok {
		return nil, &schema.Error{Kind: schema.KindInvalidSchema, ID: frame.ID, Msg: "want a schema in Avro, Protobuf or JSON Schema"}
	}
	return c, nil
}

func (d *orders) Decode(ctx context.Context, in schema.Input) (Order, error) {
	c, err := d.codec(ctx, in)
	if err != nil {
		return Order{}, err
	}
	return c.Decode(ctx, in)
}

// AppendJSON lets one filter pattern see all three formats.
func (d *orders) AppendJSON(ctx context.Context, dst []byte, in schema.Input) ([]byte, error) {
	c, err := d.codec(ctx, in)
	if err != nil {
		return dst, err
	}
	return c.AppendJSON(ctx, dst, in)
}

// ConfigError makes a decoder that cannot work fail the invocation instead of
// every record.
func (d *orders) ConfigError() error {
	errs := make([]error, 0, len(d.codecs))
	for _, c := range d.codecs {
		errs = append(errs, c.ConfigError())
	}
	return errors.Join(errs...)
}

// fromProtobuf makes an Order of the generated type.
type fromProtobuf struct {
	*protobuf.Decoder[*schemas.Order]
}

func (d fromProtobuf) Decode(ctx context.Context, in schema.Input) (Order, error) {
	m, err := d.Decoder.Decode(ctx, in)
	if err != nil {
		return Order{}, err
	}
	o := Order{ID: m.GetId(), Status: m.GetStatus().String()}
	for _, l := range m.GetLines() {
		o.Lines = append(o.Lines, Line{SKU: l.GetSku(), Qty: int(l.GetQty())})
	}
	return o, nil
}
