package schema_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/schema"
)

func TestRetryClasses(t *testing.T) {
	for kind := schema.KindUnknown; kind <= schema.KindConfig; kind++ {
		retryable, config := false, false
		switch kind {
		case schema.KindConfig, schema.KindUnsupportedRule:
			retryable, config = true, true
		case schema.KindUnknown, schema.KindUnknownSchema, schema.KindUnauthorized, schema.KindThrottled, schema.KindUnavailable:
			retryable = true
		}
		wrapped := fmt.Errorf("somewhere: %w", &schema.Error{Kind: kind})
		if kind.Retryable() != retryable || schema.Retryable(wrapped) != retryable || kind.Config() != config || schema.KindOf(wrapped) != kind {
			t.Errorf("%v: retryable %v, config %v", kind, kind.Retryable(), kind.Config())
		}
		if s := kind.String(); s == "" || kind != schema.KindUnknown && s == schema.KindUnknown.String() {
			t.Errorf("kind %d is called %q", kind, s)
		}
	}
	if schema.Retryable(nil) || !schema.Retryable(errors.New("a custom decoder's")) || !schema.Retryable(context.DeadlineExceeded) {
		t.Error("errors that are no *Error")
	}
	if none := (*schema.Error)(nil); !schema.Retryable(none) || schema.KindOf(none) != schema.KindUnknown {
		t.Error("a nil pointer that became an error")
	}
}

func TestErrorTextsNameThePlace(t *testing.T) {
	cause := errors.New("cause")
	e := (&schema.Error{Kind: schema.KindDecode, ID: schema.ConfluentID(7), Path: "lines.qty", Msg: "seen and wanted", Err: cause}).
		At(schema.Input{Topic: "orders", Field: schema.Key})
	if want := "schema: orders key: decode (schema id 7) at lines.qty: seen and wanted: cause"; e.Error() != want {
		t.Errorf("got %q, want %q", e, want)
	}
	if !errors.Is(e, cause) {
		t.Error("the cause is lost")
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Error("m", "err", e)
	for _, want := range []string{"err.kind=decode", "err.field=key", "err.topic=orders", "err.schemaId=7", "err.path=lines.qty", `err.msg="seen and wanted"`, "err.cause=cause"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%s lacks %s", log.String(), want)
		}
	}
	if got := new(schema.Error).Error(); got != "schema: value: unknown" {
		t.Errorf("got %q", got)
	}
}

func TestNamesOfFormatsAndOrigins(t *testing.T) {
	for _, f := range []schema.Format{schema.FormatAvro, schema.FormatProtobuf, schema.FormatJSON} {
		if schema.ParseFormat(f.String()) != f {
			t.Errorf("%v does not come back", f)
		}
	}
	if schema.ParseFormat("avro") != schema.FormatUnknown || schema.FormatUnknown.String() != "UNKNOWN" {
		t.Error("unknown formats")
	}
	for o, want := range map[schema.Origin]string{schema.OriginNone: "none", schema.OriginPrefix: "prefix", schema.OriginHeader: "header", schema.OriginESM: "event source mapping"} {
		if o.String() != want {
			t.Errorf("got %q, want %q", o, want)
		}
	}
}
