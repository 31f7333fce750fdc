// Package contract_test uses every name that users' code depends on, with its
// exact signature. It fails to compile when one changes.
package contract_test

import (
	"context"
	"iter"
	"log/slog"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/filter"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/avro"
	"github.com/mskit-go/mskit/schema/confluent"
	"github.com/mskit-go/mskit/schema/glue"
	"github.com/mskit-go/mskit/schema/jsonschema"
	"github.com/mskit-go/mskit/schema/protobuf"
	"github.com/mskit-go/mskit/schema/protobuf/protosrc"
)

var (
	_ func([]byte) (*kafkaevent.Event, error)              = kafkaevent.Parse
	_ func([]byte) (*kafkaevent.Event, error)              = kafkaevent.ParseInPlace
	_ func(*kafkaevent.Event) iter.Seq[*kafkaevent.Record] = (*kafkaevent.Event).Records
	_ func(*kafkaevent.Event) int                          = (*kafkaevent.Event).Len
	_ func(*kafkaevent.Event, []byte) error                = (*kafkaevent.Event).UnmarshalJSON
	_ func(kafkaevent.Event) ([]byte, error)               = kafkaevent.Event.MarshalJSON
	_ func(*kafkaevent.Record) error                       = (*kafkaevent.Record).Err
	_ func(*kafkaevent.Record) kafkaevent.Headers          = (*kafkaevent.Record).Headers
	_ func(*kafkaevent.Record, kafkaevent.Headers)         = (*kafkaevent.Record).SetHeaders
	_ func(*kafkaevent.Record) bool                        = (*kafkaevent.Record).Tombstone
	_ func(*kafkaevent.Record) string                      = (*kafkaevent.Record).ID
	_ func(kafkaevent.Record) slog.Value                   = kafkaevent.Record.LogValue
	_ func(kafkaevent.Headers, string) ([]byte, bool)      = kafkaevent.Headers.Last
	_ func(kafkaevent.Headers, string) string              = kafkaevent.Headers.Get
	_ func(*kafkaevent.Headers, string, string)            = (*kafkaevent.Headers).Set
	_ func(kafkaevent.Headers) []string                    = kafkaevent.Headers.Keys
	_ func(kafkaevent.Headers, string) []string            = kafkaevent.Headers.Values

	_ = kafkaevent.Event{Source: "", SourceARN: "", BootstrapServers: []string{}, Partitions: []kafkaevent.Partition{{Key: "", Records: []kafkaevent.Record{{
		TopicPartition: kafkaevent.TopicPartition{Topic: "", Partition: int32(0)},
		Offset:         int64(0), Timestamp: time.Time{}, TimestampType: "", Key: []byte{}, Value: []byte{},
		KeySchema: kafkaevent.SchemaMetadata{DataFormat: "", SchemaID: ""}, ValueSchema: kafkaevent.SchemaMetadata{},
	}}}}}
	_ = kafkaevent.Headers{kafkaevent.Header{Key: "", Value: []byte{}}}
)

var (
	_ = []schema.Field{schema.Key, schema.Value}
	_ = schema.Input{Topic: "", Field: schema.Value, Data: []byte{}, Header: func(string) ([]byte, bool) { return nil, false }, Meta: schema.Metadata{DataFormat: "", SchemaID: ""}}

	_ schema.Decoder[int]    = schema.DecoderFunc[int](func(context.Context, schema.Input) (int, error) { return 0, nil })
	_ schema.Decoder[int]    = schema.JSON[int]()
	_ schema.Decoder[int]    = schema.JSON[int](schema.WithFraming(schema.Confluent()))
	_ schema.Decoder[string] = schema.String()
	_ schema.Decoder[[]byte] = schema.Bytes()
	_                        = []schema.Framing{schema.Confluent(), schema.Glue(), schema.Raw(), schema.ESM(schema.Raw()), schema.FirstOf(schema.Glue(), schema.Confluent()), schema.Detect()}
	_ func(error) bool       = schema.Retryable
	_ error                  = (*schema.Error)(nil)
	_                        = schema.Error{Kind: schema.KindDecode, ID: schema.ID{}, Topic: "", Field: schema.Key, Path: "", Err: nil}
	_ schema.Registry        = schema.Cached(schema.Registry(nil))
	_ schema.Registry        = (*schema.Cache)(nil)

	_ func(string, ...confluent.Option) (*confluent.Client, error) = confluent.NewClient
	_ func(...glue.Option) (*glue.Client, error)                   = glue.NewClient
	_ schema.Registry                                              = (*confluent.Client)(nil)
	_ schema.Registry                                              = (*glue.Client)(nil)
	_                                                              = []glue.Option{glue.WithEndpoint(""), glue.WithRegion("")}

	_ *avro.Decoder[any] = avro.NewDecoder[any](nil, avro.WithReaderSchema(""), avro.WithWriterSchema(""))
	_ schema.JSONView    = (*avro.Decoder[any])(nil)

	_ *protobuf.Decoder[*wrapperspb.StringValue] = protobuf.NewDecoder[*wrapperspb.StringValue]()
	_ schema.Decoder[*wrapperspb.StringValue]    = protobuf.NewJSONDecoder[*wrapperspb.StringValue]()
	_ *protobuf.DynamicDecoder                   = protobuf.NewDynamic(nil, protobuf.WithCompiler(protosrc.Compile))
	_ proto.Message                              = (*wrapperspb.StringValue)(nil)

	_ *jsonschema.Decoder[any] = jsonschema.NewDecoder[any](nil)
)

var (
	_ func(...string) (*filter.Filter, error)                = filter.Compile
	_ func(...string) *filter.Filter                         = filter.MustCompile
	_ func([]byte) (*filter.Filter, error)                   = filter.FromCriteria
	_ func(*filter.Filter, *kafkaevent.Record) (bool, error) = (*filter.Filter).Match
	_ func(*filter.Filter, []byte) (bool, error)             = (*filter.Filter).MatchJSON
	_ func(*filter.Filter, *kafkaevent.Record) string        = (*filter.Filter).Explain
	_ func(string) []filter.Finding                          = filter.Lint
	_                                                        = []filter.Option{filter.OnMismatch(filter.Pass), filter.OnMismatch(filter.Drop), filter.OnMismatch(filter.Fail), filter.OnTombstone(filter.Pass), filter.OnTombstone(filter.Match), filter.TrustJSON()}
	_ func(*filter.Filter, ...filter.Option) *filter.Filter  = (*filter.Filter).With
)

type order struct{}

var (
	_ batch.Handler    = batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return nil })
	_ batch.Middleware = func(h batch.Handler) batch.Handler { return h }
	_ batch.Handler    = batch.Values(schema.JSON[order](), func(_ context.Context, m batch.Message[order]) error { _, _ = m.Record, m.Value; return nil })
	_ batch.Handler    = batch.KeyValues(schema.String(), schema.JSON[order](), func(_ context.Context, m batch.KeyedMessage[string, order]) error {
		_, _, _ = m.Record, m.Key, m.Value
		return nil
	})
	_ func(batch.Handler, batch.Handler) batch.Handler                                  = batch.OnTombstone
	_ func(*kafkaevent.Record) schema.Input                                             = batch.ValueInput
	_ func(*kafkaevent.Record) schema.Input                                             = batch.KeyInput
	_ func(batch.Handler, ...batch.Option) *batch.Processor                             = batch.NewPartial
	_ func(batch.Handler, ...batch.Option) *batch.Processor                             = batch.NewAllOrNothing
	_ lambda.Handler                                                                    = (*batch.Processor)(nil)
	_ func(*batch.Processor, context.Context, *kafkaevent.Event) (*batch.Result, error) = (*batch.Processor).Process
	_ func(error) error                                                                 = batch.Permanent
	_ func(error) error                                                                 = batch.Skip

	_ = batch.Result{
		Response: batch.Response{BatchItemFailures: []batch.ItemFailure{{ItemIdentifier: batch.ItemIdentifier{Partition: "", Offset: int64(0)}}}},
		Records:  0, Succeeded: 0, Failed: 0, Deferred: 0, Filtered: 0, Skipped: 0, DeadLettered: 0, Tombstones: 0, Failures: []*batch.RecordError{},
	}
	_ error                = (*batch.RecordError)(nil)
	_ slog.LogValuer       = (*batch.RecordError)(nil)
	_ batch.DeadLetterSink = batch.DeadLetterSinkFunc(func(_ context.Context, l batch.DeadLetter) error { _, _ = l.Record, l.Err; return nil })
	_ batch.Observer       = batch.ObserverFunc(func(context.Context, *batch.Result) {})
	_                      = batch.RetryPolicy{MaxAttempts: 1, BaseDelay: time.Second, MaxDelay: time.Second}
	_                      = []batch.Option{
		batch.WithOrder(batch.ByPartition), batch.WithOrder(batch.ByKey), batch.WithOrder(batch.Unordered), batch.WithConcurrency(1),
		batch.WithFilter(nil), batch.WithMiddleware(), batch.WithDeadLetter(nil), batch.WithDeadLetterAfter(1), batch.WithRetry(batch.RetryPolicy{}),
		batch.WithDeadlineReserve(time.Second), batch.WithLogger(nil), batch.WithObserver(nil), batch.WithZeroCopy(),
	}
)

// TestCarrier holds Headers against the interfaces of OpenTelemetry's
// propagation package, by their method sets.
func TestCarrier(t *testing.T) {
	h := kafkaevent.Headers{{Key: "traceparent", Value: []byte("00")}}
	var carrier any = &h
	if _, ok := carrier.(interface {
		Get(key string) string
		Set(key, value string)
		Keys() []string
	}); !ok {
		t.Error("*Headers is no TextMapCarrier")
	}
	if _, ok := carrier.(interface{ Values(key string) []string }); !ok {
		t.Error("*Headers is no ValuesGetter")
	}
}
