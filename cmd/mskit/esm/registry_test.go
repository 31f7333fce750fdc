package esm_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mskit-go/mskit/cmd/mskit/esm"
	"github.com/mskit-go/mskit/cmd/mskit/esm/esmtest"
	"github.com/mskit-go/mskit/filter"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/avro"
	"github.com/mskit-go/mskit/schema/protobuf"
	"github.com/mskit-go/mskit/schema/protobuf/protosrc"
	"github.com/mskit-go/mskit/schema/schematest"
)

// collect is a function that keeps clones of what it gets.
type collect []*kafkaevent.Record

func (c *collect) Invoke(_ context.Context, payload []byte) ([]byte, error) {
	e, err := kafkaevent.Parse(payload)
	if err != nil {
		return nil, err
	}
	for r := range e.Records() {
		*c = append(*c, r.Clone())
	}
	return []byte(`{"batchItemFailures":[]}`), nil
}

func vectorRecord(v schematest.Vector) *kgo.Record {
	r := &kgo.Record{Topic: topic, Value: v.Data}
	for name, value := range v.Headers {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: name, Value: value})
	}
	return r
}

func wantJSON(t *testing.T, got []byte, want ...[]byte) {
	t.Helper()
	var g any
	if err := json.Unmarshal(got, &g); err != nil {
		t.Errorf("value is no JSON: %v", err)
		return
	}
	for _, w := range want {
		var v any
		if json.Unmarshal(w, &v) == nil && reflect.DeepEqual(g, v) {
			return
		}
	}
	t.Errorf("value %s, want %s", got, want)
}

// What serializers of other languages wrote is delivered in both formats.
func TestRecordsOfOtherSerializersAreDeserialized(t *testing.T) {
	registry := schematest.VectorRegistry()
	for _, format := range []esm.EventRecordFormat{esm.RecordFormatJSON, esm.RecordFormatSource} {
		t.Run(string(format), func(t *testing.T) {
			broker := esmtest.NewBroker(t, 1, topic)
			vectors := schematest.Vectors()
			for _, v := range vectors {
				broker.Produce(t, vectorRecord(v))
			}
			config := broker.Config(topic)
			config.SchemaRegistry = &esm.SchemaRegistry{
				Registry: registry, Framing: schema.Detect(), EventRecordFormat: format, Attributes: []schema.Field{schema.Value},
			}
			config.OnFailure = esm.DestinationFunc(func(_ context.Context, f *esm.Failure) error {
				t.Errorf("given up: %v", f.Err)
				return nil
			})
			var got collect
			summary, err := esm.Run(t.Context(), &got, config)
			if err != nil || summary.Succeeded != len(vectors) || len(got) != len(vectors) {
				t.Fatalf("%+v, %v, want %d taken", summary, err, len(vectors))
			}
			for i, v := range vectors {
				t.Run(v.Name, func(t *testing.T) {
					want := kafkaevent.SchemaMetadata{DataFormat: v.Schema.Format.String(), SchemaID: got[i].ValueSchema.SchemaID}
					if got[i].ValueSchema != want || want.SchemaID == "" || got[i].KeySchema != (kafkaevent.SchemaMetadata{}) {
						t.Errorf("metadata %v and %v, want %v for the value alone", got[i].ValueSchema, got[i].KeySchema, want)
					}
					text := got[i].Value
					if format == esm.RecordFormatSource {
						text = fromSource(t, registry, got[i], v)
					}
					wantJSON(t, text, v.JSON, v.LogicalJSON)
				})
			}
		})
	}
}

// fromSource decodes what SOURCE delivered as a function does: Protobuf's message
// index is still there, before the message or in the header.
func fromSource(t *testing.T, registry schema.Registry, r *kafkaevent.Record, v schematest.Vector) []byte {
	t.Helper()
	in := schema.Input{
		Topic: r.Topic, Data: r.Value, Header: r.LastHeader,
		Meta: schema.Metadata{DataFormat: r.ValueSchema.DataFormat, SchemaID: r.ValueSchema.SchemaID},
	}
	framing := schema.ESM(schema.Detect())
	if len(v.Headers) > 0 {
		framing = schema.Detect() // the header is still there
	}
	var view schema.JSONView
	switch v.Schema.Format {
	case schema.FormatAvro:
		view = avro.NewDecoder[any](registry, avro.WithFraming(framing))
	case schema.FormatProtobuf:
		view = protobuf.NewDynamic(registry, protobuf.WithFraming(framing), protobuf.WithCompiler(protosrc.Compile))
	default:
		return r.Value
	}
	text, err := view.AppendJSON(t.Context(), nil, in)
	if err != nil {
		t.Error(err)
	}
	return text
}

var (
	avroString = &schema.Schema{ID: schema.ConfluentID(7), Format: schema.FormatAvro, Text: `"string"`, Subject: "orders-value", Version: 1}
	avroOrder  = &schema.Schema{
		ID: schema.ConfluentID(8), Format: schema.FormatAvro, Subject: "orders-value", Version: 2,
		Text: `{"type":"record","name":"Order","fields":[{"name":"id","type":"long"}]}`,
	}
)

// withRegistry is a mapping with a registry of Confluent's framing.
func withRegistry(broker *esmtest.Broker, registry schema.Registry, attributes ...schema.Field) esm.Config {
	config := broker.Config(topic)
	config.SchemaRegistry = &esm.SchemaRegistry{Registry: registry, EventRecordFormat: esm.RecordFormatJSON, Attributes: attributes}
	return config
}

func TestWhatHasNoSchemaIsGivenUpAtOnce(t *testing.T) {
	for name, destination := range map[string]bool{"with a destination": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				broker := esmtest.NewBroker(t, 1, topic)
				broker.Produce(t,
					&kgo.Record{Topic: topic, Value: schematest.Confluent(7, []byte("\x04hi"))},
					&kgo.Record{Topic: topic, Value: schematest.Confluent(99, []byte("\x04hi"))}, // not registered
					&kgo.Record{Topic: topic, Value: schematest.Confluent(7, []byte("\x40hi"))},  // ends early
					&kgo.Record{Topic: topic, Value: []byte("plain text")},                       // not framed
					&kgo.Record{Topic: topic, Value: nil},                                        // a tombstone
					&kgo.Record{Topic: topic, Value: schematest.Confluent(7, []byte("\x04ho"))},
				)
				config := withRegistry(broker, schematest.NewRegistry(avroString), schema.Value)
				given := map[kafkaevent.FailureCondition][]int64{}
				if destination {
					config.OnFailure = esm.DestinationFunc(func(_ context.Context, f *esm.Failure) error {
						if f.Err == nil || f.Response != nil || f.InvokeCount != 0 {
							t.Errorf("failure %+v, want an error and no response", f)
						}
						for r := range f.Event.Records() {
							given[f.Condition] = append(given[f.Condition], r.Offset)
						}
						return nil
					})
				}
				var got collect
				s, err := esm.Run(t.Context(), &got, config)
				if err != nil || s.Records != 6 || s.Succeeded != 3 || s.Undeserialized != 3 || s.GivenUp+s.Dropped != 3 || (s.GivenUp == 3) != destination {
					t.Errorf("%+v, %v, want three of six given up", s, err)
				}
				want := map[kafkaevent.FailureCondition][]int64{esm.SchemaNotFound: {1}, esm.DeserializationError: {2, 3}}
				if destination && !reflect.DeepEqual(given, want) {
					t.Errorf("given up %v, want %v", given, want)
				}
				if string(got[0].Value) != `"hi"` || !got[1].Tombstone() || got[1].ValueSchema != (kafkaevent.SchemaMetadata{}) {
					t.Errorf("delivered %q and %q, want the text and an untouched tombstone", got[0].Value, got[1].Value)
				}
				wantCommitted(t, broker)
			})
		})
	}
}

func TestAttributesAreDeserializedApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := esmtest.NewBroker(t, 1, topic)
		broker.Produce(t, &kgo.Record{Topic: topic, Key: schematest.Confluent(7, []byte("\x04hi")), Value: []byte("as it is")})
		var got collect
		if _, err := esm.Run(t.Context(), &got, withRegistry(broker, schematest.NewRegistry(avroString), schema.Key)); err != nil {
			t.Fatal(err)
		}
		want := kafkaevent.SchemaMetadata{DataFormat: "AVRO", SchemaID: "7"}
		if string(got[0].Key) != `"hi"` || got[0].KeySchema != want || string(got[0].Value) != "as it is" || got[0].ValueSchema.SchemaID != "" {
			t.Errorf("key %q %v, value %q %v", got[0].Key, got[0].KeySchema, got[0].Value, got[0].ValueSchema)
		}
	})
}

// The filter sees JSON whatever the function gets.
func TestTheFilterSeesDeserializedRecords(t *testing.T) {
	for _, format := range []esm.EventRecordFormat{esm.RecordFormatJSON, esm.RecordFormatSource} {
		synctest.Test(t, func(t *testing.T) {
			broker := esmtest.NewBroker(t, 1, topic)
			for id := range 10 {
				broker.Produce(t, &kgo.Record{Topic: topic, Value: schematest.Confluent(8, []byte{byte(2 * id)})})
			}
			config := withRegistry(broker, schematest.NewRegistry(avroOrder), schema.Value)
			config.SchemaRegistry.EventRecordFormat = format
			config.Filter = filter.MustCompile(`{"value":{"id":[{"numeric":[">",6]}]}}`)
			var got collect
			s, err := esm.Run(t.Context(), &got, config)
			if err != nil || s.Filtered != 7 || s.Succeeded != 3 || got[0].Offset != 7 {
				t.Errorf("%s: %+v, %v, want the last three", format, s, err)
			}
			wantCommitted(t, broker)
		})
	}
}

func TestAnOutageOfTheRegistryLosesNothing(t *testing.T) {
	produce := func(t *testing.T) *esmtest.Broker {
		broker := esmtest.NewBroker(t, 1, topic)
		for range 3 {
			broker.Produce(t, &kgo.Record{Topic: topic, Value: schematest.Confluent(7, []byte("\x04hi"))})
		}
		return broker
	}
	t.Run("short", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			broker, registry, began := produce(t), schematest.NewRegistry(avroString), time.Now()
			registry.Inject(func(context.Context) error {
				if time.Since(began) < 20*time.Second {
					return errors.New("connection refused")
				}
				return nil
			})
			var got collect
			s, err := esm.Run(t.Context(), &got, withRegistry(broker, registry, schema.Value))
			if err != nil || s.Succeeded != 3 || time.Since(began) < 20*time.Second {
				t.Errorf("%+v, %v after %v, want all taken after the outage", s, err, time.Since(began))
			}
			wantCommitted(t, broker)
		})
	})
	for _, kind := range []schema.Kind{schema.KindUnavailable, schema.KindThrottled, schema.KindUnauthorized, schema.KindConfig} {
		t.Run(kind.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				broker, registry := produce(t), schematest.NewRegistry(avroString)
				registry.Fail(kind)
				var got collect
				config := withRegistry(broker, registry, schema.Value)
				s, err := esm.Run(t.Context(), &got, config)
				if schema.KindOf(err) != kind || s.Records != s.Returned || s.Settled() != 0 || len(broker.Committed("mskit", topic)) != 0 {
					t.Errorf("%+v, error %v, want the registry's and nothing settled", s, err)
				}
				config.SchemaRegistry.Registry = schematest.NewRegistry(avroString)
				if s, err = esm.Run(t.Context(), &got, config); err != nil || s.Succeeded != 3 {
					t.Errorf("%+v, %v, want all in the next run", s, err)
				}
			})
		})
	}
}
