package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/avro"
	"github.com/mskit-go/mskit/schema/jsonschema"
	"github.com/mskit-go/mskit/schema/protobuf"
	"github.com/mskit-go/mskit/schema/protobuf/protosrc"
)

// view takes keys and values apart and, with a registry, decodes them.
type view struct {
	framing  schema.Framing
	registry *schema.Cache // nil: none
	decoders map[schema.Format]schema.JSONView
	failed   bool // something could not be decoded
}

// part is a key or a value as it is shown.
type part struct {
	data    []byte // without its framing, and decoded if it could be
	schema  string // the id
	framing string // where that was found: "confluent", "glue", "header", "metadata"
	format  string // "AVRO", "PROTOBUF", "JSON"; empty without a registry
	err     string
}

func newView(flags *registryFlags, stdin io.Reader) (*view, error) {
	if flags.Registry == "" {
		return &view{framing: schema.ESM(schema.Detect())}, nil
	}
	cache, err := flags.open(flags.Registry, stdin)
	if err != nil {
		return nil, err
	}
	framing := schema.ESM(cache.Framing())
	return &view{framing: framing, registry: cache, decoders: map[schema.Format]schema.JSONView{
		schema.FormatAvro:     avro.NewDecoder[any](cache, avro.WithFraming(framing)),
		schema.FormatProtobuf: protobuf.NewDynamic(cache, protobuf.WithFraming(framing), protobuf.WithCompiler(protosrc.Compile)),
		schema.FormatJSON:     validated{jsonschema.NewDecoder[any](cache, jsonschema.WithFraming(framing))},
	}}, nil
}

// validated renders JSON once its schema holds.
type validated struct{ *jsonschema.Decoder[any] }

func (v validated) AppendJSON(ctx context.Context, dst []byte, in schema.Input) ([]byte, error) {
	if _, err := v.Decode(ctx, in); err != nil {
		return dst, err
	}
	return v.Decoder.AppendJSON(ctx, dst, in)
}

// part takes a key or a value apart. What cannot be taken apart comes back
// whole, what cannot be decoded without its framing.
func (v *view) part(ctx context.Context, in schema.Input) part {
	if in.Data == nil {
		return part{}
	}
	if in.Meta != (schema.Metadata{}) && isDocument(in.Data) {
		// The JSON record format; no Avro or Protobuf worth showing begins so
		// and ends as JSON.
		return part{data: in.Data, schema: in.Meta.SchemaID, framing: "metadata", format: in.Meta.DataFormat}
	}
	frame, err := v.framing.Parse(in)
	switch {
	case err != nil && (v.registry == nil || schema.KindOf(err) == schema.KindFraming):
		return part{data: in.Data, schema: in.Meta.SchemaID} // unframed
	case err != nil:
		return v.broken(part{data: in.Data, schema: in.Meta.SchemaID}, err)
	case frame.ID.IsZero():
		return part{data: in.Data, schema: in.Meta.SchemaID}
	}
	p := part{data: frame.Body, schema: frame.ID.String(), framing: framingName(frame)}
	if v.registry == nil {
		return p
	}
	s, err := v.registry.Schema(ctx, frame.ID)
	if err != nil {
		return v.broken(p, err)
	}
	p.format = s.Format.String()
	decoder, ok := v.decoders[s.Format]
	if !ok {
		return p
	}
	text, err := decoder.AppendJSON(ctx, nil, in)
	if err != nil {
		return v.broken(p, err)
	}
	p.data = text
	return p
}

func (v *view) broken(p part, err error) part {
	v.failed = true
	p.err = err.Error()
	return p
}

func framingName(f schema.Frame) string {
	switch f.Origin {
	case schema.OriginESM:
		return "metadata"
	case schema.OriginHeader:
		return "header"
	}
	if _, ok := f.ID.Glue(); ok {
		return "glue"
	}
	return "confluent"
}

// isDocument is whether bytes are a JSON object or array.
func isDocument(b []byte) bool {
	b = bytes.TrimSpace(b)
	return len(b) > 0 && (b[0] == '{' || b[0] == '[') && json.Valid(b)
}

// cell names the schema in a table.
func (p part) cell() string {
	if p.schema == "" {
		return "-"
	}
	return strings.TrimSpace(strings.TrimSpace(p.framing+" "+p.schema) + " " + p.format)
}
