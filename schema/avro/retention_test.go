package avro_test

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"testing"
	"weak"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/avro"
)

// Who keeps a record's ID keeps no long text of the record or of its neighbours
// in memory.
func TestAPointedStringKeepsNoLongOneInMemory(t *testing.T) {
	type document struct{ ID, Text *string }
	d := avro.NewDecoder[document](nil, avro.WithWriterSchema(`{"type":"record","name":"Document","fields":[
		{"name":"id","type":["null","string"]},{"name":"text","type":["null","string"]}]}`))
	text := bytes.Repeat([]byte("x"), 2<<10)
	data := append([]byte{2, 4, 'I', 'D', 2}, binary.AppendVarint(nil, int64(len(text)))...)
	data = append(data, text...)
	var ids []*string
	var texts []weak.Pointer[string]
	for range 16 {
		v, err := d.Decode(t.Context(), schema.Input{Data: data})
		if err != nil {
			t.Fatal(err)
		}
		ids, texts = append(ids, v.ID), append(texts, weak.Make(v.Text))
	}
	runtime.GC()
	for i, p := range texts {
		if p.Value() != nil {
			t.Errorf("text %d is still there", i)
		}
	}
	runtime.KeepAlive(ids)
}
