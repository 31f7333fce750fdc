package protobuf_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/protobuf"
	"github.com/mskit-go/mskit/schema/protobuf/protosrc"
	"github.com/mskit-go/mskit/schema/schematest"
)

// What the serializers of other languages wrote is read as they were given it,
// with the schema as text and, where there is one, in serialized form.
func TestVectors(t *testing.T) {
	n := 0
	for _, v := range schematest.Vectors() {
		if v.Schema.Format != schema.FormatProtobuf {
			continue
		}
		n++
		text, serialized := only(v.Schema, true), only(v.Schema, false)
		for form, s := range map[string]*schema.Schema{"text": text, "serialized": serialized, "as registered": v.Schema} {
			if s == nil {
				continue
			}
			t.Run(v.Name+"/"+form, func(t *testing.T) {
				opts := []protobuf.Option{}
				if form != "serialized" {
					opts = append(opts, protobuf.WithCompiler(protosrc.Compile))
				}
				d := protobuf.NewDynamic(anyID{s}, opts...)
				m, err := d.Decode(t.Context(), v.Input())
				if err != nil {
					t.Fatal(err)
				}
				if got := string(m.Descriptor().FullName()); got != v.Message {
					t.Errorf("decoded a %s, want a %s", got, v.Message)
				}
				got, err := d.AppendJSON(t.Context(), nil, v.Input())
				if err != nil || !sameJSON(t, got, v.JSON) {
					t.Errorf("got %s, %v, want %s", got, err, v.JSON)
				}
			})
		}
	}
	if n < 10 {
		t.Errorf("only %d Protobuf vectors", n)
	}
}

// only is s and its references in one form, nil where that is missing.
func only(s *schema.Schema, text bool) *schema.Schema {
	c := *s
	if text {
		c.Serialized = nil
	} else {
		c.Text = ""
	}
	if c.Text == "" && c.Serialized == nil {
		return nil
	}
	c.References = nil
	for _, r := range s.References {
		if r.Schema = only(r.Schema, text); r.Schema == nil {
			return nil
		}
		c.References = append(c.References, r)
	}
	return &c
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y any
	if err := json.Unmarshal(a, &x); err != nil {
		t.Error(err)
	}
	if err := json.Unmarshal(b, &y); err != nil {
		t.Error(err)
	}
	p, _ := json.Marshal(x)
	q, _ := json.Marshal(y)
	return bytes.Equal(p, q)
}
