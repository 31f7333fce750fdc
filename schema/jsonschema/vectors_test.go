package jsonschema_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/jsonschema"
	"github.com/mskit-go/mskit/schema/schematest"
)

// What other implementations wrote, in each layout a record can have.
func TestVectors(t *testing.T) {
	d := jsonschema.NewDecoder[any](schematest.VectorRegistry())
	if err := d.ConfigError(); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, v := range schematest.Vectors() {
		if v.Schema.Format != schema.FormatJSON {
			continue
		}
		n++
		t.Run(v.Name, func(t *testing.T) {
			var want any
			if err := json.Unmarshal(v.JSON, &want); err != nil {
				t.Fatal(err)
			}
			got, err := d.Decode(t.Context(), v.Input())
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %v, %v, want %v", got, err, want)
			}
			for cut := range v.Data {
				in := v.Input()
				in.Data = in.Data[:cut]
				if _, err := d.Decode(t.Context(), in); err == nil || schema.Retryable(err) {
					t.Errorf("cut to %d bytes: %v", cut, err)
				}
			}
		})
	}
	if n < 3 {
		t.Errorf("only %d vectors", n)
	}
}
