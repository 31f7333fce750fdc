package avro_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/avro"
)

// registryFunc is a registry that states no framing.
type registryFunc func(ctx context.Context, id schema.ID) (*schema.Schema, error)

func (f registryFunc) Schema(ctx context.Context, id schema.ID) (*schema.Schema, error) {
	return f(ctx, id)
}

var (
	_ schema.Decoder[order] = (*avro.Decoder[order])(nil)
	_ schema.JSONView       = (*avro.Decoder[order])(nil)
)

// What is wrong with a configuration is said once and by every call.
func TestConfigErrors(t *testing.T) {
	type stringer interface{ String() string }
	long := avro.WithWriterSchema(`"long"`)
	reader := avro.WithReaderSchema(orderSchema)
	silent := registryFunc(func(context.Context, schema.ID) (*schema.Schema, error) {
		t.Error("the registry was asked")
		return nil, errors.New("no")
	})
	rows := []struct {
		name, part string
		decoder    interface {
			ConfigError() error
			schema.JSONView
		}
	}{
		{"no registry", "no registry", avro.NewDecoder[order](nil)},
		{"a nil pointer for a registry", "no registry", avro.NewDecoder[order]((*schema.StaticRegistry)(nil))},
		{"a registry that cannot work", "neither a registry nor a snapshot", avro.NewDecoder[order](schema.Cached(nil), avro.WithFraming(schema.Confluent()))},
		{"no registry, reader's schema", "no registry", avro.NewDecoder[order](nil, reader)},
		{"no framing", "use WithFraming", avro.NewDecoder[order](silent)},
		{"nil framing", "WithFraming got nil", avro.NewDecoder[order](orderRegistry(), avro.WithFraming(nil))},
		{"broken reader's schema", "WithReaderSchema: not JSON", avro.NewDecoder[order](orderRegistry(), avro.WithReaderSchema("{"))},
		{"broken writer's schema", "WithWriterSchema: not JSON", avro.NewDecoder[order](nil, avro.WithWriterSchema("{"))},
		{"schemas that do not resolve", "WithWriterSchema: the writer's long", avro.NewDecoder[any](nil, long, reader)},
		{"reader's schema and type", "WithReaderSchema and the Go type", avro.NewDecoder[int64](orderRegistry(), reader)},
		{"writer's schema and type", "does not fit", avro.NewDecoder[string](nil, long)},
		{"an interface with methods", "interface", avro.NewDecoder[stringer](nil, long)},
		{"channel", "does not fit", avro.NewDecoder[chan int](nil, long)},
		{"latest without registry of that", "Latest", avro.NewDecoder[order](silent, avro.WithFraming(schema.Confluent()), avro.WithLatestReader(nil))},
		{"two reader's schemas", "exclude", avro.NewDecoder[order](orderRegistry(), reader, avro.WithLatestReader(nil))},
		{"tag without a name", "no name", avro.NewDecoder[struct {
			F int `avro:",omitempty"`
		}](nil, avro.WithWriterSchema(recordOf(`{"name":"f","type":"int"}`)))},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.decoder.ConfigError()
			if schema.KindOf(err) != schema.KindConfig || !strings.Contains(err.Error(), tt.part) {
				t.Fatalf("%v, want a configuration error with %q", err, tt.part)
			}
			_, again := tt.decoder.AppendJSON(t.Context(), nil, value([]byte{0, 0, 0, 0, 1}))
			if again == nil || again.Error() != err.Error() {
				t.Errorf("a call returns %v, not %v", again, err)
			}
		})
	}
	if err := avro.NewDecoder[order](orderRegistry(), nil).ConfigError(); err != nil {
		t.Errorf("a good configuration: %v", err)
	}
}

func TestRules(t *testing.T) {
	in := value(unhex(t, goldenVectors[0].value))
	rule := func(name, mode, typ string) []schema.Rule {
		return []schema.Rule{{Name: name, Kind: "TRANSFORM", Mode: mode, Type: typ}}
	}
	decode := func(rules *schema.RuleSet, opts ...avro.Option) error {
		s := avroSchema(schema.ConfluentID(1), orderSchema)
		s.Rules = rules
		d := avro.NewDecoder[order](schema.Static(s), opts...)
		_, err := d.Decode(t.Context(), in)
		if _, viewErr := d.AppendJSON(t.Context(), nil, in); (viewErr == nil) != (err == nil) {
			t.Errorf("Decode: %v, AppendJSON: %v", err, viewErr)
		}
		return err
	}
	encrypt := &schema.RuleSet{Domain: rule("hidePII", "WRITEREAD", "ENCRYPT")}
	err := decode(encrypt)
	if schema.KindOf(err) != schema.KindUnsupportedRule || !strings.Contains(err.Error(), "hidePII") || !schema.Retryable(err) {
		t.Errorf("encrypted fields: %v", err)
	}
	if err := decode(encrypt, avro.WithIgnoredRules("other"), avro.WithIgnoredRules("hidePII")); err != nil {
		t.Errorf("ignored: %v", err)
	}
	if err := decode(&schema.RuleSet{Encoding: rule("payload", "WRITEREAD", "ENCRYPT_PAYLOAD")}); schema.KindOf(err) != schema.KindUnsupportedRule {
		t.Errorf("an encrypted payload: %v", err)
	}
	if err := decode(&schema.RuleSet{Domain: rule("check", "WRITE", "CEL"), Migration: rule("up", "UPGRADE", "JSONATA")}); err != nil {
		t.Errorf("rules of others: %v", err)
	}
}

func TestRegistryAnswers(t *testing.T) {
	in := value(unhex(t, goldenVectors[0].value))
	ask := func(s *schema.Schema, err error) error {
		reg := registryFunc(func(context.Context, schema.ID) (*schema.Schema, error) { return s, err })
		_, got := avro.NewDecoder[order](reg, avro.WithFraming(schema.Confluent())).Decode(t.Context(), in)
		return got
	}
	shared := &schema.Error{Kind: schema.KindUnavailable, Msg: "503"}
	err := ask(nil, shared)
	if e, ok := errors.AsType[*schema.Error](err); !ok || e.Topic != "orders" || e.ID != schema.ConfluentID(1) || e.Kind != schema.KindUnavailable {
		t.Errorf("unavailable: %v", err)
	}
	if shared.Topic != "" {
		t.Error("a registry's error was written to")
	}
	own := errors.New("my own")
	if err := ask(nil, own); !errors.Is(err, own) || !schema.Retryable(err) {
		t.Errorf("another error: %v", err)
	}
	if err := ask(nil, nil); !schema.Retryable(err) {
		t.Errorf("nothing at all: %v", err)
	}
	if err := ask(&schema.Schema{Format: schema.FormatProtobuf, Text: `syntax = "proto3";`}, nil); schema.KindOf(err) != schema.KindTypeMismatch || !strings.Contains(err.Error(), "PROTOBUF") {
		t.Errorf("another format: %v", err)
	}
	_, err = avro.NewDecoder[order](orderRegistry()).Decode(t.Context(), schema.Input{Data: in.Data, Meta: schema.Metadata{DataFormat: "JSON", SchemaID: "1"}})
	if schema.KindOf(err) != schema.KindTypeMismatch {
		t.Errorf("the mapping says JSON: %v", err)
	}
}

// With a registry, the writer's schema given is for records that name none.
func TestWriterSchemaBesideARegistry(t *testing.T) {
	d := avro.NewDecoder[any](orderRegistry(), avro.WithWriterSchema(`"long"`), avro.WithFraming(schema.FirstOf(schema.Confluent(), schema.Raw())))
	if got, err := d.Decode(t.Context(), value(enc(5))); err != nil || got != int64(5) {
		t.Errorf("without an id: %v, %v", got, err)
	}
	got, err := d.Decode(t.Context(), value(unhex(t, goldenVectors[0].value)))
	if m, _ := got.(map[string]any); err != nil || m["sku"] != "AB-7" {
		t.Errorf("with an id: %v, %v", got, err)
	}
	_, err = avro.NewDecoder[any](orderRegistry(), avro.WithFraming(schema.Raw())).Decode(t.Context(), value(enc(5)))
	if schema.KindOf(err) != schema.KindFraming || !strings.Contains(err.Error(), "WithWriterSchema") {
		t.Errorf("no id and no schema: %v", err)
	}
}

func TestLatestReader(t *testing.T) {
	old := avroSchema(schema.ConfluentID(1), recordOf(`{"name":"f","type":"int"}`))
	newer := avroSchema(schema.ConfluentID(2), recordOf(`{"name":"f","type":"long"},{"name":"g","type":"string","default":"new"}`))
	old.Subject, old.Version = "orders-value", 1
	newer.Subject, newer.Version = "orders-value", 2
	in := value(append([]byte{0, 0, 0, 0, 1}, enc(5)...))
	got, err := avro.NewDecoder[any](schema.Static(old, newer), avro.WithLatestReader(nil)).Decode(t.Context(), in)
	if diff := cmpDiff(any(map[string]any{"f": int64(5), "g": "new"}), got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	subject := func(string, schema.Field) string { return "nowhere" }
	_, err = avro.NewDecoder[any](schema.Static(old, newer), avro.WithLatestReader(subject)).Decode(t.Context(), in)
	if schema.KindOf(err) != schema.KindUnknownSchema {
		t.Errorf("unknown subject: %v", err)
	}
	migrating := *old
	migrating.Rules = &schema.RuleSet{Migration: []schema.Rule{{Name: "up", Mode: "UPGRADE", Type: "JSONATA"}}}
	_, err = avro.NewDecoder[any](schema.Static(&migrating, newer), avro.WithLatestReader(nil)).Decode(t.Context(), in)
	if schema.KindOf(err) != schema.KindUnsupportedRule {
		t.Errorf("a migration: %v", err)
	}
}

// Many goroutines, one cold id behind a cache: one request, one answer.
func TestConcurrentColdID(t *testing.T) {
	var asked atomic.Int32
	static := orderRegistry()
	reg := schema.Cached(registryFunc(func(ctx context.Context, id schema.ID) (*schema.Schema, error) {
		asked.Add(1)
		return static.Schema(ctx, id)
	}))
	d := avro.NewDecoder[order](reg, avro.WithFraming(schema.ESM(schema.FirstOf(schema.Glue(), schema.Confluent()))))
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for j := range 50 {
				tt := goldenVectors[(i*j)%2]
				got, err := d.Decode(t.Context(), value(unhex(t, tt.value)))
				if diff := cmpDiff(tt.want, got); err != nil || diff != "" {
					t.Errorf("%v %s", err, diff)
				}
				view, err := d.AppendJSON(t.Context(), nil, value(unhex(t, tt.value)))
				if err != nil || string(view) != tt.json {
					t.Errorf("%s, %v", view, err)
				}
			}
		})
	}
	wg.Wait()
	if n := asked.Load(); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

// More schemas than are kept are compiled again.
func TestSchemasBeyondTheLimit(t *testing.T) {
	var all []*schema.Schema
	for id := range uint32(20) {
		all = append(all, avroSchema(schema.ConfluentID(id), recordOf(`{"name":"f","type":"int"}`)))
	}
	d := avro.NewDecoder[field[int64]](schema.Static(all...), avro.WithLimits(avro.Limits{Schemas: 3}))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 200 {
				got, err := d.Decode(t.Context(), value(append([]byte{0, 0, 0, 0, byte(i * 7 % 20)}, enc(i)...)))
				if err != nil || got.F != int64(i) {
					t.Errorf("%v, %v", got, err)
				}
			}
		})
	}
	wg.Wait()
}
