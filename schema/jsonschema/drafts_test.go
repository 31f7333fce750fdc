package jsonschema_test

import (
	"strings"
	"testing"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/jsonschema"
)

var draftURLs = map[string]string{
	"4": "http://json-schema.org/draft-04/schema#",
	"6": "http://json-schema.org/draft-06/schema#",
	"7": "http://json-schema.org/draft-07/schema#",
	"9": "https://json-schema.org/draft/2019-09/schema",
	"0": "https://json-schema.org/draft/2020-12/schema",
}

// Each row holds in the drafts that its first column lists by last digit.
func TestKeywordsByDraft(t *testing.T) {
	tests := []struct{ drafts, keywords, valid, invalid string }{
		{"46790", `"type":"object"`, `{}`, `[]`},
		{"46790", `"type":["string","null"]`, `null "x"`, `1 false`},
		{"4", `"type":"integer"`, `1`, `1.5`},
		{"6790", `"type":"integer"`, `1 1.0 1e2 -0`, `1.5 1e-2 "1"`},
		{"46790", `"type":"number"`, `1 1.5 -1e-2`, `"1" null`},
		{"46790", `"enum":["a",1,null,{"b":[1]}]`, `"a" 1.0 null {"b":[1.0]}`, `"b" 2 {"b":[2]} {}`},
		{"6790", `"const":{"a":1}`, `{"a":1.0}`, `{"a":2} {} 1`},
		{"46790", `"minimum":1`, `1 2 "x"`, `0.999999999999999999999`},
		{"46790", `"maximum":1`, `1 0`, `1.000000000000000000001`},
		{"4", `"minimum":1,"exclusiveMinimum":true`, `1.1`, `1`},
		{"4", `"maximum":1,"exclusiveMaximum":true`, `0.9`, `1`},
		{"6790", `"exclusiveMinimum":1`, `1.1`, `1`},
		{"6790", `"exclusiveMaximum":1`, `0.9`, `1`},
		{"46790", `"multipleOf":0.1`, `0.3 1`, `0.35`},
		{"46790", `"minLength":2`, `"ab" "\u00e9e" 1`, `"a" "\ud83d\ude00"`},
		{"46790", `"maxLength":1`, `"a" "\ud83d\ude00"`, `"ab"`},
		{"46790", `"pattern":"^a+$"`, `"aa" 1`, `"ab" ""`},
		{"46790", `"required":["a","b"]`, `{"a":1,"b":2} []`, `{"a":1}`},
		{"46790", `"properties":{"a":{"type":"string"}}`, `{"a":"x"} {"b":1}`, `{"a":1}`},
		{"46790", `"properties":{"a":{}},"additionalProperties":false`, `{"a":1}`, `{"b":1}`},
		{"46790", `"additionalProperties":{"type":"integer"}`, `{"a":1}`, `{"a":"x"}`},
		{"46790", `"patternProperties":{"^x-":{"type":"integer"}}`, `{"x-a":1,"a":""}`, `{"x-a":""}`},
		{"6790", `"propertyNames":{"maxLength":1}`, `{"a":1}`, `{"ab":1}`},
		{"46790", `"minProperties":1,"maxProperties":2`, `{"a":1}`, `{} {"a":1,"b":2,"c":3}`},
		{"467", `"dependencies":{"a":["b"]}`, `{"b":1} {"a":1,"b":2}`, `{"a":1}`},
		{"467", `"dependencies":{"a":{"required":["b"]}}`, `{"b":1} {"a":1,"b":2}`, `{"a":1}`},
		{"90", `"dependentRequired":{"a":["b"]}`, `{"b":1} {"a":1,"b":2}`, `{"a":1}`},
		{"90", `"dependentSchemas":{"a":{"required":["b"]}}`, `{"b":1} {"a":1,"b":2}`, `{"a":1}`},
		{"46790", `"items":{"type":"integer"}`, `[] [1,2] {}`, `[1,"x"]`},
		{"4679", `"items":[{"type":"integer"}],"additionalItems":false`, `[] [1]`, `["x"] [1,2]`},
		{"4679", `"items":[{}],"additionalItems":{"type":"string"}`, `[1] [1,"x"]`, `[1,2]`},
		{"0", `"prefixItems":[{"type":"integer"}],"items":false`, `[] [1]`, `["x"] [1,2]`},
		{"46790", `"minItems":1,"maxItems":2`, `[1] [1,2]`, `[] [1,2,3]`},
		{"46790", `"uniqueItems":true`, `[] [1,2] [[1],[2]] ["1",1] [{"a":1},{"a":2}] [1,true] [[1,[2]],[1,2]]`, `[1,1.0] [{"a":1,"b":2},{"b":2,"a":1e0}] ["a","\u0061"] [null,null]`},
		{"46790", `"uniqueItems":false`, `[1,1]`, ``},
		{"67", `"contains":{"type":"integer"}`, `["x",1]`, `[] ["x"]`},
		{"90", `"contains":{"type":"integer"},"minContains":2,"maxContains":3`, `[1,2] [1,"x",2,3]`, `[1] [1,2,3,4]`},
		{"46790", `"allOf":[{"minimum":1},{"maximum":2}]`, `1 2`, `0 3`},
		{"46790", `"anyOf":[{"maximum":1},{"minimum":3}]`, `1 3`, `2`},
		{"46790", `"oneOf":[{"maximum":2},{"minimum":2}]`, `1 3`, `2`},
		{"46790", `"not":{"type":"integer"}`, `"x"`, `1`},
		{"790", `"if":{"minimum":10},"then":{"multipleOf":10},"else":{"multipleOf":3}`, `20 9`, `15 8`},
		{"6790", `"properties":{"a":true,"b":false}`, `{"a":1} {}`, `{"b":1}`},
		{"467", `"definitions":{"p":{"minimum":1}},"allOf":[{"$ref":"#/definitions/p"}]`, `1`, `0`},
		{"90", `"$defs":{"p":{"minimum":1}},"$ref":"#/$defs/p","maximum":2`, `1`, `0 3`},
		{"90", `"$defs":{"p":{"$anchor":"here","minimum":1}},"$ref":"#here"`, `1`, `0`},
		{"67", `"definitions":{"p":{"$id":"#here","minimum":1}},"allOf":[{"$ref":"#here"}]`, `1`, `0`},
		{"4", `"definitions":{"p":{"id":"#here","minimum":1}},"allOf":[{"$ref":"#here"}]`, `1`, `0`},
		{"46790", `"properties":{"next":{"$ref":"#"}},"required":["v"]`, `{"v":1,"next":{"v":2}}`, `{"v":1,"next":{}}`},
		{"90", `"allOf":[{"properties":{"a":{}}}],"unevaluatedProperties":false`, `{"a":1}`, `{"b":1}`},
		{"9", `"items":[{}],"unevaluatedItems":false`, `[1]`, `[1,2]`},
		{"0", `"prefixItems":[{}],"contains":{"type":"string"},"unevaluatedItems":false`, `[1,"x"]`, `[1,"x",2]`},
		{"4679", `"$dynamicAnchor":"unknown here","$dynamicRef":"#nowhere"`, `1`, ``},
		{"9", `"$recursiveAnchor":true,"properties":{"c":{"$recursiveRef":"#"}},"required":["v"]`, `{"v":1,"c":{"v":1}}`, `{"v":1,"c":{}}`},
		{"0", `"$dynamicAnchor":"node","properties":{"c":{"$dynamicRef":"#node"}},"required":["v"]`, `{"v":1,"c":{"v":1}}`, `{"v":1,"c":{}}`},
		{"467", `"format":"date-time"`, `"2026-11-24T10:00:00Z" 1`, `"2026-11-24"`},
		{"467", `"format":"email"`, `"a@example.com"`, `"a"`},
		{"467", `"format":"ipv4"`, `"10.0.0.1"`, `"10.0.0.256"`},
		{"467", `"format":"uri"`, `"urn:x"`, `"/x"`},
		{"7", `"format":"uuid"`, `"b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63"`, `"b7b4a7f0"`},
		{"90", `"format":"date-time"`, `"2026-11-24" "x"`, ``},
		{"7", `"contentEncoding":"base64","contentMediaType":"application/json"`, `"e30="`, `"%" "ew=="`},
		{"90", `"contentEncoding":"base64","contentMediaType":"application/json"`, `"%"`, ``},
	}
	for _, tt := range tests {
		for draft := range strings.SplitSeq(tt.drafts, "") {
			t.Run(draft+" "+tt.keywords, func(t *testing.T) {
				text := `{"$schema":"` + draftURLs[draft] + `",` + tt.keywords + `}`
				d := jsonschema.NewDecoder[any](nil, jsonschema.WithSchema(text))
				if err := d.ConfigError(); err != nil {
					t.Fatal(err)
				}
				for payload := range strings.FieldsSeq(tt.valid) {
					if _, err := d.Decode(t.Context(), schema.Input{Data: []byte(payload)}); err != nil {
						t.Errorf("%s: %v", payload, err)
					}
				}
				for payload := range strings.FieldsSeq(tt.invalid) {
					if _, err := d.Decode(t.Context(), schema.Input{Data: []byte(payload)}); schema.KindOf(err) != schema.KindValidation {
						t.Errorf("%s: %v, want a validation error", payload, err)
					}
				}
			})
		}
	}
}

// Confluent's and Glue's serializers take a schema without $schema for draft 7.
func TestWithoutSchemaKeywordItIsDraft7(t *testing.T) {
	d := jsonschema.NewDecoder[any](nil, jsonschema.WithSchema(`{"items":[{"type":"integer"}],"format":"date"}`))
	if err := d.ConfigError(); err != nil {
		t.Fatal(err)
	}
	for _, payload := range []string{`["x"]`, `"x"`} {
		if _, err := d.Decode(t.Context(), schema.Input{Data: []byte(payload)}); schema.KindOf(err) != schema.KindValidation {
			t.Errorf("%s: %v", payload, err)
		}
	}
}

// A $dynamicRef may lead to subschemas that nothing else refers to.
func TestUniqueItemsBehindADynamicAnchor(t *testing.T) {
	d := jsonschema.NewDecoder[any](nil, jsonschema.WithSchema(`{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"$id": "http://shop.example/strict",
		"$ref": "list",
		"$defs": {
			"item": {"$dynamicAnchor": "item", "uniqueItems": true},
			"list": {
				"$id": "list",
				"items": {"$dynamicRef": "#item"},
				"$defs": {"default": {"$dynamicAnchor": "item"}}
			}
		}
	}`))
	if err := d.ConfigError(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Decode(t.Context(), schema.Input{Data: []byte(`[[1,2]]`)}); err != nil {
		t.Error(err)
	}
	_, err := d.Decode(t.Context(), schema.Input{Data: []byte(`[[1,1]]`)})
	if want := "/0: uniqueItems: two items are equal"; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
}
