package avro_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/avro"
)

// A schema that cannot be used is an error of every record that names it.
func TestInvalidSchemas(t *testing.T) {
	deep := strings.Repeat(`{"type":"array","items":`, 5000) + `"int"` + strings.Repeat("}", 5000)
	rows := []struct{ name, text, part string }{
		{"empty", ``, "not JSON"},
		{"an HTML page", `<html><body>502 Bad Gateway</body></html>`, "not JSON"},
		{"half a schema", orderSchema[:100], "not JSON"},
		{"two schemas", `"int" "int"`, "after the schema"},
		{"unknown name", `"Order"`, "neither defined"},
		{"unknown bare name", `ordinal`, "neither defined"},
		{"a number", `5`, "a type is"},
		{"no type", `{"name":"x"}`, "no type"},
		{"record without name", `{"type":"record","fields":[]}`, "without a name"},
		{"record without fields", `{"type":"record","name":"R"}`, "no list of fields"},
		{"field without name", recordOf(`{"type":"int"}`), "no name of its own"},
		{"field twice", recordOf(`{"name":"a","type":"int"},{"name":"a","type":"int"}`), "no name of its own"},
		{"type twice", `[{"type":"fixed","name":"F","size":1},{"type":"fixed","name":"F","size":2}]`, "defined twice"},
		{"type named as a primitive", `{"type":"fixed","name":"int","size":1}`, "defined twice"},
		{"enum without symbols", `{"type":"enum","name":"E","symbols":[]}`, "no symbols"},
		{"enum symbol twice", `{"type":"enum","name":"E","symbols":["A","A"]}`, "repeated"},
		{"enum default unknown", `{"type":"enum","name":"E","symbols":["A"],"default":"B"}`, "not one of its symbols"},
		{"fixed without size", `{"type":"fixed","name":"F"}`, "no size"},
		{"fixed of negative size", `{"type":"fixed","name":"F","size":-1}`, "no size"},
		{"array without items", `{"type":"array"}`, "no items"},
		{"union in a union", `[["int"],"string"]`, "directly in a union"},
		{"branch twice", `["int","int"]`, "twice"},
		{"default of another type", recordOf(`{"name":"a","type":"int","default":"x"}`), "default of shop.R.a"},
		{"default that lacks a field", recordOf(`{"name":"a","type":{"type":"record","name":"I","fields":[{"name":"x","type":"int"}]},"default":{}}`), "lacks x"},
		{"nested 5,000 deep", deep, "deeper"},
		{"10 MB", `"` + strings.Repeat("x", 10<<20) + `"`, "larger"},
		{"10 MB of lists", strings.Repeat("[", 10<<20), "larger"},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			reg := schema.Static(avroSchema(schema.ConfluentID(1), tt.text))
			d := avro.NewDecoder[any](reg)
			_, err := d.Decode(t.Context(), value([]byte{0, 0, 0, 0, 1, 0}))
			if schema.KindOf(err) != schema.KindInvalidSchema || !strings.Contains(err.Error(), tt.part) {
				t.Errorf("%v, want an invalid schema with %q", err, tt.part)
			}
			if len(err.Error()) > 400 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
			if err := avro.NewDecoder[any](nil, avro.WithWriterSchema(tt.text)).ConfigError(); schema.KindOf(err) != schema.KindConfig {
				t.Errorf("as an option: %v", err)
			}
		})
	}
}

// Names resolve as the specification says.
func TestNames(t *testing.T) {
	for _, text := range []string{
		// A dotted name has its own namespace, which its parts take over.
		`{"type":"record","name":"a.b.R","namespace":"ignored","fields":[{"name":"f","type":{"type":"fixed","name":"F","size":1}},{"name":"g","type":"a.b.F"},{"name":"h","type":"F"}]}`,
		// An inner namespace wins, and null is none.
		`{"type":"record","name":"R","namespace":"a","fields":[{"name":"f","type":{"type":"fixed","name":"F","namespace":"b","size":1}},{"name":"g","type":"b.F"},{"name":"h","type":{"type":"b.F"}}]}`,
		`{"type":"record","name":"R","namespace":"","fields":[{"name":"f","type":{"type":"fixed","name":"F","size":1}},{"name":"g","type":"F"},{"name":"h","type":{"type":{"type":"fixed","name":"G","size":1}}}]}`,
		`{"type":"error","name":"R","fields":[{"name":"f","type":"boolean"},{"name":"g","type":{"type":"boolean"}},{"name":"h","type":"boolean"}]}`,
	} {
		d := avro.NewDecoder[map[string]any](nil, avro.WithWriterSchema(text))
		if got, err := d.Decode(t.Context(), value([]byte{1, 1, 1})); err != nil || len(got) != 3 {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
}

// Two schemas of one text, whose references have other versions, are two
// schemas.
func TestSameTextOtherReferences(t *testing.T) {
	const text = `{"type":"record","name":"Order","namespace":"shop","fields":[{"name":"f","type":"shop.Item"}]}`
	item := func(version int, fields string) schema.Reference {
		return schema.Reference{Name: "shop.Item", Subject: "item", Version: version, Schema: &schema.Schema{
			Format: schema.FormatAvro, Subject: "item", Version: version,
			Text: `{"type":"record","name":"Item","namespace":"shop","fields":[` + fields + `]}`,
		}}
	}
	reg := schema.Static(
		avroSchema(schema.ConfluentID(1), text, item(1, `{"name":"n","type":"long"}`)),
		avroSchema(schema.ConfluentID(2), text, item(2, `{"name":"s","type":"string"},{"name":"n","type":"long"}`)),
	)
	type inner struct {
		N int64 `avro:"n"`
	}
	d := avro.NewDecoder[field[inner]](reg)
	for range 3 {
		for id, data := range map[byte][]byte{1: enc(7), 2: enc("x", 7)} {
			got, err := d.Decode(t.Context(), value(append([]byte{0, 0, 0, 0, id}, data...)))
			if err != nil || got.F.N != 7 {
				t.Errorf("id %d: %v, %v", id, got, err)
			}
		}
	}
}

func TestReferences(t *testing.T) {
	ref := func(name, text string, refs ...schema.Reference) schema.Reference {
		return schema.Reference{Name: name, Schema: &schema.Schema{Text: text, References: refs}}
	}
	money := ref("shop.Money", `{"type":"record","name":"Money","namespace":"shop","fields":[{"name":"cents","type":"long"}]}`)
	item := ref("shop.Item", `{"type":"record","name":"Item","namespace":"shop","fields":[{"name":"price","type":"Money"}]}`, money)
	const text = `{"type":"record","name":"Order","namespace":"shop","fields":[{"name":"item","type":"Item"},{"name":"total","type":"shop.Money"}]}`
	view := func(s *schema.Schema) (string, error) {
		b, err := avro.NewDecoder[any](schema.Static(s)).AppendJSON(t.Context(), nil, value([]byte{0, 0, 0, 0, 1, 2, 4}))
		return string(b), err
	}
	t.Run("of references, and one twice", func(t *testing.T) {
		got, err := view(avroSchema(schema.ConfluentID(1), text, item, money))
		if want := `{"item":{"price":{"cents":1}},"total":{"cents":2}}`; err != nil || got != want {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	})
	t.Run("missing", func(t *testing.T) {
		_, err := view(avroSchema(schema.ConfluentID(1), text))
		if schema.KindOf(err) != schema.KindInvalidSchema || !strings.Contains(err.Error(), "shop.Item") {
			t.Error(err)
		}
	})
	t.Run("not resolved", func(t *testing.T) {
		_, err := view(avroSchema(schema.ConfluentID(1), text, schema.Reference{Name: "shop.Item"}))
		if schema.KindOf(err) != schema.KindInvalidSchema {
			t.Error(err)
		}
	})
	t.Run("in a cycle", func(t *testing.T) {
		s := avroSchema(schema.ConfluentID(1), text)
		s.References = []schema.Reference{{Name: "shop.Order", Schema: s}}
		_, err := view(s)
		if schema.KindOf(err) != schema.KindInvalidSchema || !strings.Contains(err.Error(), "cycle") {
			t.Error(err)
		}
	})
	t.Run("deep", func(t *testing.T) {
		chain := money
		for i := range 200 {
			chain = ref(fmt.Sprint("r", i), `"int"`, chain)
		}
		_, err := view(avroSchema(schema.ConfluentID(1), text, chain))
		if schema.KindOf(err) != schema.KindInvalidSchema || !strings.Contains(err.Error(), "deeper") {
			t.Error(err)
		}
	})
	t.Run("large", func(t *testing.T) {
		big := ref("big", `"int"`+strings.Repeat(" ", 600<<10))
		other := ref("other", `"int"`+strings.Repeat(" ", 600<<10))
		_, err := view(avroSchema(schema.ConfluentID(1), text, big, other))
		if schema.KindOf(err) != schema.KindInvalidSchema || !strings.Contains(err.Error(), "larger") {
			t.Error(err)
		}
	})
}

// Defaults made of each other's, and unions of records, grow exponentially in
// the schema's length.
func TestDefaultsAreBounded(t *testing.T) {
	doubled := `{"type":"record","name":"R0","fields":[{"name":"x","type":"string","default":"aaaaaaaa"}]}`
	for i := range 40 {
		doubled = fmt.Sprintf(`{"type":"record","name":"R%d","fields":[{"name":"a","type":%s,"default":{}},{"name":"b","type":"R%d","default":{}}]}`, i+1, doubled, i)
	}
	ambiguous := `{"type":"record","name":"T","fields":[{"name":"u","default":` + strings.Repeat(`{"f":`, 60) + "7" + strings.Repeat("}", 60) + `,"type":[
		{"type":"record","name":"A","fields":[{"name":"f","type":["null","A",{"type":"record","name":"B","fields":[{"name":"f","type":["null","A","B"]}]}]}]},"B"]}]}`
	for name, text := range map[string]string{"doubled": doubled, "ambiguous": ambiguous} {
		_, err := avro.NewDecoder[any](schema.Static(avroSchema(schema.ConfluentID(1), text))).Decode(t.Context(), value([]byte{0, 0, 0, 0, 1, 0}))
		if schema.KindOf(err) != schema.KindInvalidSchema || !strings.Contains(err.Error(), "default") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A schema may not reach types that another one defined.
func TestSchemasDoNotMeet(t *testing.T) {
	reg := schema.Static(
		avroSchema(schema.ConfluentID(1), orderSchema),
		avroSchema(schema.ConfluentID(2), `{"type":"array","items":"shop.Order"}`),
	)
	d := avro.NewDecoder[any](reg)
	if _, err := d.Decode(t.Context(), value([]byte{0, 0, 0, 0, 1, 0, 0, 0, 0})); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Decode(t.Context(), value([]byte{0, 0, 0, 0, 2, 0})); schema.KindOf(err) != schema.KindInvalidSchema {
		t.Errorf("%v, want an invalid schema", err)
	}
}
