package esm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/avro"
	"github.com/mskit-go/mskit/schema/protobuf"
	"github.com/mskit-go/mskit/schema/protobuf/protosrc"
)

// SchemaRegistry is the stage of a mapping that knows the producers' schemas. It
// takes the registry's framing off, attaches the schema's format and id, and
// renders the records as JSON: for the filter always, for the function with
// [RecordFormatJSON]. A null has no schema and passes as it is.
//
// A record whose schema the registry does not know, or that is no value of its
// schema, never reaches the function: it is given up at once, as on Lambda. A
// registry that does not answer is asked again for about half a minute and then
// ends the mapping, as do credentials it refuses and schemas whose rules, such
// as encryption, this package cannot carry out: none of them is the record's
// fault.
//
// Source: https://docs.aws.amazon.com/lambda/latest/dg/services-consume-kafka-events.html.
// How Lambda renders what JSON has no form for is not documented; here it is as
// [avro.Decoder.AppendJSON] and [protobuf.DynamicDecoder.AppendJSON] say.
type SchemaRegistry struct {
	// Registry has the schemas, as a client of package confluent or glue.
	// Required. It is cached.
	Registry schema.Registry
	// Framing is how the records name their schema; nil: as the registry says,
	// else [schema.Detect].
	Framing schema.Framing
	// EventRecordFormat is what the function gets. Required, as on Lambda.
	EventRecordFormat EventRecordFormat
	// Attributes are what has a schema, at least one of [schema.Key] and
	// [schema.Value]. What is not among them is delivered as it was produced.
	Attributes []schema.Field
}

// EventRecordFormat is what a function gets of records with a schema.
type EventRecordFormat string

const (
	// RecordFormatJSON is JSON, whatever the producer wrote.
	RecordFormatJSON EventRecordFormat = "JSON"
	// RecordFormatSource is what the producer wrote, without the framing. Of
	// Protobuf, the message index stays before it. A schema id in a header, of
	// which AWS says nothing, stays there, and the bytes are as they were.
	RecordFormatSource EventRecordFormat = "SOURCE"
)

func (s *SchemaRegistry) validate() error {
	switch {
	case s.Registry == nil:
		return errors.New("schema registry: no registry")
	case s.EventRecordFormat != RecordFormatJSON && s.EventRecordFormat != RecordFormatSource:
		return fmt.Errorf("schema registry: event record format %q, want JSON or SOURCE", s.EventRecordFormat)
	case len(s.Attributes) == 0:
		return errors.New("schema registry: no attributes, want the key, the value or both")
	}
	for _, a := range s.Attributes {
		if a != schema.Key && a != schema.Value {
			return errors.New("schema registry: an attribute that is neither the key nor the value")
		}
	}
	return nil
}

// deserializer is a SchemaRegistry at work.
type deserializer struct {
	registry   schema.Registry
	framing    schema.Framing
	source     bool
	key, value bool
	views      map[schema.Format]schema.JSONView
}

func (s *SchemaRegistry) deserializer() *deserializer {
	if s == nil {
		return nil
	}
	cache, ok := s.Registry.(*schema.Cache)
	if !ok {
		cache = schema.Cached(s.Registry)
	}
	d := &deserializer{
		registry: cache,
		framing:  s.Framing,
		source:   s.EventRecordFormat == RecordFormatSource,
		key:      slices.Contains(s.Attributes, schema.Key),
		value:    slices.Contains(s.Attributes, schema.Value),
	}
	if d.framing == nil {
		d.framing = cache.Framing()
	}
	if d.framing == nil {
		d.framing = schema.Detect()
	}
	d.views = map[schema.Format]schema.JSONView{
		schema.FormatAvro:     avro.NewDecoder[any](cache, avro.WithFraming(d.framing)),
		schema.FormatProtobuf: protobuf.NewDynamic(cache, protobuf.WithFraming(d.framing), protobuf.WithCompiler(protosrc.Compile)),
		schema.FormatJSON:     jsonText{d.framing},
	}
	return d
}

// jsonText is the JSON of JSON Schema's records. Nobody validates it: neither do
// Confluent's deserializers unless told to.
type jsonText struct{ framing schema.Framing }

func (j jsonText) AppendJSON(_ context.Context, dst []byte, in schema.Input) ([]byte, error) {
	frame, err := j.framing.Parse(in)
	if err != nil {
		return dst, err
	}
	if !json.Valid(frame.Body) {
		return dst, &schema.Error{Kind: schema.KindDecode, Msg: "not a JSON text"}
	}
	return append(dst, frame.Body...), nil
}

// record is a record as it is delivered, and as JSON for the filter. The error is
// a *schema.Error.
func (d *deserializer) record(ctx context.Context, r kafkaevent.Record) (deliver, view kafkaevent.Record, err error) {
	deliver, view = r, r
	if d.key && r.Key != nil {
		if deliver.Key, view.Key, deliver.KeySchema, err = d.field(ctx, &r, schema.Key, r.Key); err != nil {
			return r, r, err
		}
	}
	if d.value && r.Value != nil {
		if deliver.Value, view.Value, deliver.ValueSchema, err = d.field(ctx, &r, schema.Value, r.Value); err != nil {
			return r, r, err
		}
	}
	return deliver, view, nil
}

// field is one attribute as it is delivered and as JSON.
func (d *deserializer) field(ctx context.Context, r *kafkaevent.Record, f schema.Field, data []byte) (body, text []byte, meta kafkaevent.SchemaMetadata, err error) {
	in := schema.Input{Topic: r.Topic, Field: f, Data: data, Header: r.LastHeader}
	frame, err := d.framing.Parse(in)
	if err != nil {
		return nil, nil, meta, err
	}
	if frame.ID.IsZero() {
		return nil, nil, meta, &schema.Error{Kind: schema.KindFraming, Topic: r.Topic, Field: f, Msg: "names no schema"}
	}
	s, err := d.registry.Schema(ctx, frame.ID)
	if err != nil {
		return nil, nil, meta, err
	}
	view, ok := d.views[s.Format]
	if !ok {
		return nil, nil, meta, &schema.Error{Kind: schema.KindInvalidSchema, ID: frame.ID, Topic: r.Topic, Field: f, Msg: "neither Avro, Protobuf nor JSON Schema"}
	}
	if text, err = view.AppendJSON(ctx, nil, in); err != nil {
		return nil, nil, meta, err
	}
	meta = kafkaevent.SchemaMetadata{DataFormat: s.Format.String(), SchemaID: frame.ID.String()}
	if body = text; d.source {
		body = frame.Body
	}
	return body, text, meta, nil
}

// condition is why a record is given up, empty where the error is not the
// record's fault.
func condition(err error) kafkaevent.FailureCondition {
	switch kind := schema.KindOf(err); {
	case kind == schema.KindUnknownSchema || kind == schema.KindNoSuchSchema:
		return SchemaNotFound
	case kind.Retryable():
		return ""
	default:
		return DeserializationError
	}
}

const (
	registryAttempts = 6
	registryDelay    = time.Second // before the second attempt; it doubles
)

// patiently is record, which tries again while the registry is out of reach.
func (d *deserializer) patiently(ctx context.Context, r kafkaevent.Record) (deliver, view kafkaevent.Record, err error) {
	delay := registryDelay
	for attempt := 1; ; attempt++ {
		deliver, view, err = d.record(schema.BeginInvocation(ctx), r)
		kind := schema.KindOf(err)
		outage := kind == schema.KindUnavailable || kind == schema.KindThrottled || kind == schema.KindUnknown
		if err == nil || !outage || attempt == registryAttempts {
			return deliver, view, err
		}
		select {
		case <-time.After(delay):
			delay *= 2
		case <-ctx.Done():
			return deliver, view, context.Cause(ctx)
		}
	}
}
