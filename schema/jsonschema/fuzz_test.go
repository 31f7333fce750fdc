package jsonschema_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/jsonschema"
)

// FuzzPayload holds the parser against encoding/json: it takes nothing that
// encoding/json refuses, refuses nothing but what is documented, and never
// panics, whatever the schema does with the value.
func FuzzPayload(f *testing.F) {
	for _, seed := range []string{
		`{"id":1001,"sku":"AB-7"}`, `[1,-0,0.5,1e3,1E-2,-1.5e+10]`, `"\u00e9\ud83d\ude00\n\/"`, "\"\xff\"", ` [ true , false , null ] `,
		`{"a":{"a":{"a":[[]]}}}`, `01`, `1.`, `.5`, `-`, `1e`, `tru`, `nulL`, `{"a":1,}`, `[1,]`, `{"a" 1}`, `{1:1}`, `"`, `"\`, `"\u12`, ``, ` `,
		"\x00", `{}{}`, `1e9999999999`, `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `["2026-11-24T10:00:00Z","P3D","a@b.example","::1"]`,
	} {
		f.Add([]byte(seed))
	}
	open := jsonschema.NewDecoder[any](nil, jsonschema.WithSchema(`true`))
	strict := jsonschema.NewDecoder[any](nil, jsonschema.WithSchema(`{
		"type": ["object", "array", "string", "number", "boolean", "null"],
		"properties": {"a": {"$ref": "#"}},
		"patternProperties": {"^b": {"$ref": "#"}},
		"additionalProperties": {"oneOf": [{"type": "integer"}, {"$ref": "#"}]},
		"propertyNames": {"maxLength": 3},
		"items": {"anyOf": [
			{"format": "date-time"}, {"format": "duration"}, {"format": "email"}, {"format": "ipv6"},
			{"format": "uri-template"}, {"format": "regex"}, {"format": "hostname"}, {"format": "json-pointer"}, {"$ref": "#"}
		]},
		"uniqueItems": true, "maximum": 100, "multipleOf": 0.5, "maxLength": 5, "pattern": "^a*$"
	}`))
	if err := strict.ConfigError(); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		in := schema.Input{Data: append([]byte{0, 0, 0, 0, 1}, payload...)}
		got, err := open.Decode(t.Context(), in)
		var want any
		std := json.Unmarshal(payload, &want)
		if err == nil && (std != nil || !reflect.DeepEqual(got, want)) {
			t.Errorf("%q: got %v; encoding/json says %v, %v", payload, got, want, std)
		}
		if err != nil && std == nil {
			switch text := err.Error(); {
			case schema.KindOf(err) == schema.KindTooLarge:
			case schema.KindOf(err) == schema.KindDecode && strings.Contains(text, "same name"):
			default:
				t.Errorf("%q: %v, and encoding/json takes it", payload, err)
			}
		}
		if _, strictErr := strict.Decode(t.Context(), in); strictErr == nil && err != nil {
			t.Errorf("%q: %v, but the strict decoder takes it", payload, err)
		}
	})
}

// FuzzSchema compiles anything and validates with it.
func FuzzSchema(f *testing.F) {
	for _, keywords := range []string{
		`"type":"object"`, `"$ref":"#"`, `"$ref":"#/x"`, `"$ref":"ref.json"`, `"$ref":"file:///x"`, `"$id":"a/b"`, `"id":"a"`, `"$anchor":"a"`,
		`"$dynamicAnchor":"a","$dynamicRef":"#a"`, `"$recursiveAnchor":true,"$recursiveRef":"#"`, `"pattern":"(?=a)"`, `"patternProperties":{"a":true}`,
		`"items":[true,false]`, `"prefixItems":[{}]`, `"not":{"not":{}}`, `"enum":[1,"a",null]`, `"const":{}`, `"uniqueItems":true`, `"minimum":1e400`,
		`"$vocabulary":{}`, `"dependencies":{"a":["b"],"c":{}}`, `"if":true,"then":false`, `"contains":{},"minContains":0`, `"format":"regex"`,
		`"unevaluatedProperties":false,"unevaluatedItems":false`, `"allOf":[{"$ref":"#/definitions/a"}],"definitions":{"a":{}}`,
	} {
		for _, draft := range draftURLs {
			f.Add([]byte(`{"$schema":"`+draft+`",`+keywords+`}`), []byte(`{"a":[1,"b"]}`))
		}
	}
	f.Add([]byte(`true`), []byte(`1`))
	f.Fuzz(func(t *testing.T, text, payload []byte) {
		if len(text) > 4<<10 || bytes.Count(text, []byte("{")) > 200 {
			return // the engine is slow; size has its own tests
		}
		reference := &schema.Schema{Text: `{"$ref":"#/definitions/a","definitions":{"a":true}}`}
		s := &schema.Schema{ID: schema.ConfluentID(1), Text: string(text), References: []schema.Reference{{Name: "ref.json", Schema: reference}}}
		_, err := jsonschema.NewDecoder[any](schema.Static(s)).Decode(t.Context(), schema.Input{Data: append([]byte{0, 0, 0, 0, 1}, payload...)})
		if err != nil && schema.Retryable(err) {
			t.Errorf("%v is retryable", err)
		}
	})
}
