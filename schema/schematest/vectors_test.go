package schematest_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/schematest"
)

func TestVectorsAreComplete(t *testing.T) {
	all := schematest.Vectors()
	if len(all) == 0 {
		t.Fatal("no vectors")
	}
	names := make(map[string]bool)
	for _, v := range all {
		t.Run(v.Name, func(t *testing.T) {
			if names[v.Name] {
				t.Error("the name is used twice")
			}
			names[v.Name] = true
			if v.Schema == nil || v.Schema.Format == schema.FormatUnknown || v.Schema.Text == "" {
				t.Fatalf("schema %+v", v.Schema)
			}
			if got, err := schematest.VectorRegistry().Schema(t.Context(), v.Schema.ID); err != nil || got != v.Schema {
				t.Errorf("the registry gives %v, %v", got, err)
			}
			for _, r := range v.Schema.References {
				if r.Schema == nil {
					t.Errorf("reference %s leads nowhere", r.Name)
				}
			}
			if !json.Valid(v.JSON) || !json.Valid(v.LogicalJSON) {
				t.Error("the value is not JSON")
			}
			if isProtobuf := v.Schema.Format == schema.FormatProtobuf; isProtobuf != (v.Message != "") {
				t.Errorf("message %q", v.Message)
			}
		})
	}
}

func TestVectorsBearTheirFraming(t *testing.T) {
	for _, v := range schematest.Vectors() {
		framing := schema.Confluent()
		if _, ok := v.Schema.ID.Glue(); ok {
			framing = schema.Glue()
		}
		f, err := framing.Parse(v.Input())
		if err != nil || f.ID != v.Schema.ID {
			t.Errorf("%s: id %v, %v", v.Name, f.ID, err)
		}
		if v.Schema.Format == schema.FormatJSON && !slices.Equal(f.Body, compact(t, v.JSON)) {
			t.Errorf("%s: body %s", v.Name, f.Body)
		}
		if v.Message == "" {
			continue
		}
		m, body, err := f.Message()
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
		path, isPath := m.Path()
		if _, isRank := m.Rank(); !isPath && !isRank {
			t.Errorf("%s: no message index", v.Name)
		}
		// A message of one level has one number, one nested below it two.
		if levels := strings.Count(strings.TrimPrefix(strings.TrimPrefix(v.Message, "shop."), "many."), ".") + 1; isPath && len(path) != levels {
			t.Errorf("%s: index %v of %s", v.Name, path, v.Message)
		}
		if string(compact(t, v.JSON)) == "{}" && len(body) != 0 {
			t.Errorf("%s: body of %d bytes", v.Name, len(body))
		}
	}
}

// compact takes the white space out and keeps the order of members.
func compact(t *testing.T, doc []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := json.Compact(&buf, doc); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}
