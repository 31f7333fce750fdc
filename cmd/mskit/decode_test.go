package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/schematest"
)

const partProto = `syntax = "proto3"; message Part { int64 item_id = 1; string name = 2; }`

func TestDecodeByTheRegistry(t *testing.T) {
	registry := schematest.NewConfluentServer(t,
		&schema.Schema{ID: schema.ConfluentID(7), Format: schema.FormatAvro, Text: orderSchema, Subject: "a", Version: 1},
		&schema.Schema{ID: schema.ConfluentID(8), Format: schema.FormatProtobuf, Text: partProto, Subject: "p", Version: 1},
		&schema.Schema{ID: schema.ConfluentID(9), Format: schema.FormatJSON, Text: `{"type":"object","required":["id"]}`, Subject: "j", Version: 1},
	)
	part := []byte("\x08\x2a\x12\x04disk")
	for _, row := range []struct {
		name   string
		record kafkaevent.Record
		json   string // what follows the timestamp
		table  string // from the schema on
		code   int
	}{
		{
			name:   "Avro behind a prefix",
			record: kafkaeventtest.Value("t", schematest.Confluent(7, avroOrder), kafkaeventtest.WithKey("k")),
			json:   `"key":"k","value":{"id":42,"note":"hot"},"valueSchema":"7","valueFraming":"confluent","valueFormat":"AVRO"}`,
			table:  `confluent 7 AVRO {"id":42,"note":"hot"}`,
		},
		{
			name:   "Avro that the mapping has taken the framing off",
			record: kafkaeventtest.Value("t", avroOrder, kafkaeventtest.WithValueSchema("AVRO", "7")),
			json:   `"key":null,"value":{"id":42,"note":"hot"},"valueSchema":"7","valueFraming":"metadata","valueFormat":"AVRO"}`,
			table:  `metadata 7 AVRO {"id":42,"note":"hot"}`,
		},
		{
			name:   "Avro that the mapping has made JSON of",
			record: kafkaeventtest.Value("t", []byte(`{"id":42}`), kafkaeventtest.WithValueSchema("AVRO", "7")),
			json:   `"key":null,"value":{"id":42},"valueSchema":"7","valueFraming":"metadata","valueFormat":"AVRO"}`,
			table:  `metadata 7 AVRO {"id":42}`,
		},
		{
			name:   "Protobuf",
			record: kafkaeventtest.Value("t", schematest.Confluent(8, schematest.Index(0), part)),
			json:   `"key":null,"value":{"item_id":"42","name":"disk"},"valueSchema":"8","valueFraming":"confluent","valueFormat":"PROTOBUF"}`,
			table:  `confluent 8 PROTOBUF {"item_id":"42","name":"disk"}`,
		},
		{
			name:   "Protobuf that the mapping has left the index before",
			record: kafkaeventtest.Value("t", append(schematest.Index(0), part...), kafkaeventtest.WithValueSchema("PROTOBUF", "8")),
			json:   `"key":null,"value":{"item_id":"42","name":"disk"},"valueSchema":"8","valueFraming":"metadata","valueFormat":"PROTOBUF"}`,
			table:  `metadata 8 PROTOBUF {"item_id":"42","name":"disk"}`,
		},
		{
			name:   "JSON Schema, in key and value",
			record: kafkaeventtest.Value("t", schematest.Confluent(9, []byte(`{"id":1}`)), kafkaeventtest.WithKeyBytes(schematest.Confluent(7, avroOrder))),
			json: `"key":{"id":42,"note":"hot"},"value":{"id":1},"keySchema":"7","keyFraming":"confluent","keyFormat":"AVRO",` +
				`"valueSchema":"9","valueFraming":"confluent","valueFormat":"JSON"}`,
			table: `confluent 9 JSON {"id":1}`,
		},
		{
			name:   "JSON that breaks its schema",
			record: kafkaeventtest.Value("t", schematest.Confluent(9, []byte(`{}`))),
			json:   `"valueSchema":"9","valueFraming":"confluent","valueFormat":"JSON","valueError":"schema: t value: validation (schema id 9): `,
			table:  "confluent 9 JSON {}", code: exitFailure,
		},
		{
			name:   "id that the registry does not know",
			record: kafkaeventtest.Value("t", schematest.Confluent(77, avroOrder)),
			json:   `"valueSchema":"77","valueFraming":"confluent","valueError":"`,
			table:  "confluent 77 0x540206686f74", code: exitFailure,
		},
		{
			name:   "framing that ends too early",
			record: kafkaeventtest.Value("t", []byte{0, 0, 1}),
			json:   `"value":{"hex":"000001"},"valueError":"schema: t value: `,
			table:  "- 0x000001", code: exitFailure,
		},
		{
			name:   "no framing",
			record: kafkaeventtest.Value("t", []byte(`{"id":1}`), kafkaeventtest.WithKey("k")),
			json:   `"key":"k","value":{"id":1}}`,
			table:  `- {"id":1}`,
		},
		{
			name:   "tombstone",
			record: kafkaeventtest.Tombstone("t", "k"),
			json:   `"key":"k","value":null}`,
			table:  `- null`,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			payload := string(kafkaeventtest.MSK(row.record))
			decode := func(args ...string) string {
				var out, log bytes.Buffer
				code := run(t.Context(), append([]string{"decode", "--registry", registry.URL}, args...), &streams{in: strings.NewReader(payload), out: &out, err: &log})
				if code != row.code || log.Len() > 0 {
					t.Errorf("exit code %d, want %d; said %s", code, row.code, &log)
				}
				return out.String()
			}
			if got := decode("--json"); !strings.Contains(got, row.json) {
				t.Errorf("%s\nwant %s", got, row.json)
			}
			if got := strings.Join(strings.Fields(decode()), " "); !strings.Contains(got, row.table) {
				t.Errorf("%s\nwant %s", got, row.table)
			}
		})
	}
}

func TestDecodeWithoutARegistryNamesTheFraming(t *testing.T) {
	payload := kafkaeventtest.MSK(
		kafkaeventtest.Value("t", schematest.Confluent(7, avroOrder)),
		kafkaeventtest.Value("t", schematest.Glue(glueVersion, avroOrder)),
		kafkaeventtest.Value("t", avroOrder, kafkaeventtest.WithValueSchema("AVRO", "7")),
	)
	var out bytes.Buffer
	if code := run(t.Context(), []string{"decode"}, &streams{in: bytes.NewReader(payload), out: &out, err: &out}); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	var got []string
	for _, line := range lines[1:] {
		got = append(got, strings.Join(strings.Fields(line)[5:], " "))
	}
	id := schema.GlueID(glueVersion).String()
	want := []string{"confluent 7 0x540206686f74", "glue " + id + " 0x540206686f74", "metadata 7 0x540206686f74"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
