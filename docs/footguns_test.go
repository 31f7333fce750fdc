package docs_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/jsonschema"
)

func Example_namesOfThePayload() {
	ctx := context.Background()
	d := jsonschema.NewDecoder[any](nil, jsonschema.WithSchema(`{
		"properties": {
			"name": {"type": "string"},
			"by-phone": {"additionalProperties": {"type": "boolean"}}
		}
	}`))
	_, err := d.Decode(ctx, schema.Input{
		Topic: "customers",
		Data:  []byte(`{"name":17,"by-phone":{"+49 151 2345":"yes"}}`),
	})
	fmt.Println(err)
	// schema: customers value: validation: 2 failures: /by-phone/*: type: want boolean, got string; /name: type: want string, got number

	// Output:
	// schema: customers value: validation: 2 failures: /by-phone/*: type: want boolean, got string; /name: type: want string, got number
}

// TestErrorTextsAreReal holds that footguns.md quotes what is really said, by
// others and by us.
func TestErrorTextsAreReal(t *testing.T) {
	framed := []byte("\x00\x00\x00\x00\x01{}")
	eventWith := func(record string) error {
		return json.Unmarshal([]byte(`{"records":{"orders-0":[`+record+`]}}`), new(events.KafkaEvent))
	}
	tombstone := func() error {
		var log strings.Builder
		h := batch.Values(schema.JSON[any](), func(context.Context, batch.Message[any]) error { return nil })
		p := batch.NewPartial(h, batch.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		if _, err := p.Invoke(t.Context(), kafkaeventtest.MSK(kafkaeventtest.Tombstone("orders", "k"))); err != nil {
			return err
		}
		return fmt.Errorf("%s", log.String())
	}
	decode := func(s string) error {
		_, err := base64.StdEncoding.DecodeString(s)
		return err
	}
	ours := func(data []byte) error {
		_, err := schema.JSON[any]().Decode(t.Context(), schema.Input{Data: data})
		return err
	}
	frame := func(f schema.Framing, data string) error {
		_, err := f.Parse(schema.Input{Data: []byte(data)})
		return err
	}
	said := map[string]error{
		"illegal base64 data at input byte 0": decode(`{"id":1}`),
		"json: cannot unmarshal number 195 into Go struct field KafkaRecord.records.headers of type int8": eventWith(`{"headers":[{"h":[195]}]}`),
		"json: cannot unmarshal string into Go struct field KafkaRecord.records.headers of type []int8":   eventWith(`{"headers":[{"h":"aGk="}]}`),
		"json: cannot unmarshal string into Go struct field KafkaRecord.records.partition of type int64":  eventWith(`{"partition":"0"}`),
		`invalid character '\x00' looking for beginning of value`:                                         json.Unmarshal(framed, new(any)),
		"invalid character 'e' looking for beginning of value":                                            json.Unmarshal([]byte("eyJpZCI6MX0="), new(any)),
		"unexpected end of JSON input": json.Unmarshal(nil, new(any)),
		"not valid JSON at byte 1 of 7; looks like Confluent framing, see WithFraming and Confluent":        ours(framed),
		"does not start with 0x00 as Confluent framing does: looks like JSON without framing":               frame(schema.Confluent(), `{"id":1}`),
		"the record has no value and the handler wants one; batch.OnTombstone says what to do with deletes": tombstone(),
		"proto: cannot parse invalid wire-format data":                                                      proto.Unmarshal([]byte("\x00\x00\x00\x00\x01\x00\x08\x05"), new(wrapperspb.Int64Value)),
	}
	document := read(t, "footguns.md")
	for text, err := range said {
		// Protobuf varies its spaces on purpose.
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), "\u00a0", " "), text) {
			t.Errorf("%v does not say %q", err, text)
		}
		if !strings.Contains(document, text) {
			t.Errorf("footguns.md does not quote %q", text)
		}
	}
}
