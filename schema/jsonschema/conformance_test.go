package jsonschema_test

import (
	"encoding/json"
	"testing"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/jsonschema"
	"github.com/mskit-go/mskit/schema/schematest"
)

func TestConformance(t *testing.T) {
	framed := schema.Input{Topic: "orders", Data: confluent(1, `{"id":1001,"sku":"SECRET-PAYLOAD"}`)}
	t.Run("struct", func(t *testing.T) {
		schematest.TestDecoder(t, jsonschema.NewDecoder[Order](orderRegistry()), framed)
	})
	t.Run("any", func(t *testing.T) {
		schematest.TestDecoder(t, jsonschema.NewDecoder[any](orderRegistry()), framed)
	})
	t.Run("raw", func(t *testing.T) {
		d := jsonschema.NewDecoder[json.RawMessage](nil, jsonschema.WithSchema(orderSchema))
		schematest.TestDecoder(t, d, framed, schema.Input{Data: []byte(`{"id":1,"sku":"SECRET-PAYLOAD"}`)})
	})
}
