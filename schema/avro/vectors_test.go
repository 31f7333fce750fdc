package avro_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/avro"
	"github.com/mskit-go/mskit/schema/schematest"
)

// Everything that other languages' serializers wrote reads as what they were
// given, and no part of it reads as anything.
func TestOtherSerializers(t *testing.T) {
	d := avro.NewDecoder[any](schematest.VectorRegistry())
	n := 0
	for _, v := range schematest.Vectors() {
		if v.Schema.Format != schema.FormatAvro {
			continue
		}
		n++
		t.Run(v.Name, func(t *testing.T) {
			in := v.Input()
			view, err := d.AppendJSON(t.Context(), nil, in)
			if err != nil {
				t.Fatal(err)
			}
			var got, want any
			if err := json.Unmarshal(view, &got); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(v.LogicalJSON, &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmpDiff(want, got); diff != "" {
				t.Error(diff)
			}
			if _, err := d.Decode(t.Context(), in); err != nil {
				t.Error(err)
			}
			if v.Schema.Text == `"bytes"` {
				return // Confluent's have no length, so a part of one is one
			}
			whole := bytes.Clone(in.Data)
			for cut := range len(whole) {
				in.Data = whole[:cut]
				_, err := d.Decode(t.Context(), in)
				_, errView := d.AppendJSON(t.Context(), nil, in)
				if err == nil || errView == nil {
					t.Fatalf("cut after %d of %d bytes: %v, %v", cut, len(whole), err, errView)
				}
			}
		})
	}
	if n < 10 {
		t.Errorf("%d vectors", n)
	}
}
