package main

import (
	"context"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
	"github.com/mskit-go/mskit/schema"
)

const (
	versionID   = "5b7f2f0e-6a0a-4c7e-9c55-0d3f0c8a1b22"
	readingAvro = `{"type":"record","name":"Reading","fields":[{"name":"sensor","type":"string"},{"name":"temp","type":"double"}]}`
)

func registry() *schema.StaticRegistry {
	return schema.Static(&schema.Schema{
		ID:     schema.GlueID([16]byte{0x5b, 0x7f, 0x2f, 0x0e, 0x6a, 0x0a, 0x4c, 0x7e, 0x9c, 0x55, 0x0d, 0x3f, 0x0c, 0x8a, 0x1b, 0x22}),
		Format: schema.FormatAvro,
		Text:   readingAvro,
	})
}

// The same reading as Lambda delivers it in both record formats: the metadata
// is the same, and says AVRO even where the value is JSON.
func TestBothRecordFormats(t *testing.T) {
	meta := kafkaeventtest.WithValueSchema("AVRO", versionID)
	values := map[string][]byte{
		"JSON":   []byte(`{"sensor":"s-42","temp":21.5}`),
		"SOURCE": append([]byte("\x08s-42"), 0, 0, 0, 0, 0, 0x80, 0x35, 0x40),
	}
	for format, value := range values {
		t.Run(format, func(t *testing.T) {
			var got []reading
			collect := func(_ context.Context, m batch.Message[reading]) error {
				got = append(got, m.Value)
				return nil
			}
			payload := kafkaeventtest.MSK(kafkaeventtest.Value("readings", value, meta))
			reply, err := batch.NewPartial(batch.Values(decoder(format, registry()), collect)).Invoke(t.Context(), payload)
			if err != nil || string(reply) != `{"batchItemFailures":[]}` {
				t.Fatalf("reply %s, %v", reply, err)
			}
			if want := []reading{{"s-42", 21.5}}; !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// A function that was told the other format fails the record; it does not read
// JSON text as Avro.
func TestTheWrongRecordFormatIsAFailure(t *testing.T) {
	meta := kafkaeventtest.WithValueSchema("AVRO", versionID)
	payload := kafkaeventtest.MSK(kafkaeventtest.Value("readings", []byte(`{"sensor":"s-42","temp":21.5}`), meta))
	reply, err := batch.NewPartial(batch.Values(decoder("SOURCE", registry()), store)).Invoke(t.Context(), payload)
	if want := `{"batchItemFailures":[{"itemIdentifier":{"partition":"readings-0","offset":0}}]}`; err != nil || string(reply) != want {
		t.Errorf("reply %s, %v, want %s", reply, err, want)
	}
}

func TestTheTemplateTellsFunctionAndMappingTheSame(t *testing.T) {
	template, err := os.ReadFile("template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	formats := regexp.MustCompile(`(?:EVENT_RECORD_FORMAT|EventRecordFormat): (\w+)`).FindAllStringSubmatch(string(template), -1)
	if len(formats) != 2 || formats[0][1] != formats[1][1] {
		t.Errorf("%q", formats)
	}
}

func TestEventFile(t *testing.T) {
	payload, err := os.ReadFile("event.json")
	if err != nil {
		t.Fatal(err)
	}
	if findings := kafkaeventtest.Lint(payload); len(findings) > 0 {
		t.Errorf("%v", findings)
	}
	reply, err := batch.NewPartial(batch.Values(decoder("JSON", nil), store)).Invoke(t.Context(), payload)
	if err != nil || string(reply) != `{"batchItemFailures":[]}` {
		t.Errorf("reply %s, %v", reply, err)
	}
}
