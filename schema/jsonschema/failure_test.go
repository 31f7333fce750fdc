package jsonschema_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/jsonschema"
)

func TestFailureTexts(t *testing.T) {
	tests := []struct{ keywords, payload, want string }{
		{`"type":["integer","null"]`, `"x"`, `(root): type: want integer or null, got string`},
		{`"properties":{"lines":{"items":{"properties":{"qty":{"type":"integer"}}}}}`, `{"lines":[{},{"qty":"3"}]}`, `/lines/1/qty: type: want integer, got string`},
		{`"properties":{"a/b~c %":{"type":"integer"}}`, `{"a/b~c %":null}`, `/a~1b~0c %: type: want integer, got null`},
		{`"const":{"a":1}`, `0`, `(root): const: want {"a":1}`},
		{`"enum":["EUR","%d",1.5,null]`, `0`, `(root): enum: want one of "EUR", "%d", 1.5, null`},
		{`"format":"date"`, `"x"`, `(root): format: want date`},
		{`"pattern":"^[A-Z]$"`, `"x"`, `(root): pattern: want a match of ^[A-Z]$`},
		{`"minimum":1.5`, `1`, `(root): minimum: want at least 1.5`},
		{`"maximum":1`, `2`, `(root): maximum: want at most 1`},
		{`"exclusiveMinimum":1`, `1`, `(root): exclusiveMinimum: want more than 1`},
		{`"exclusiveMaximum":1`, `1`, `(root): exclusiveMaximum: want less than 1`},
		{`"multipleOf":0.5`, `0.7`, `(root): multipleOf: want a multiple of 0.5`},
		{`"minLength":3`, `"x"`, `(root): minLength: want at least 3 characters`},
		{`"maxLength":0`, `"x"`, `(root): maxLength: want at most 0 characters`},
		{`"minItems":2`, `[1]`, `(root): minItems: want at least 2 items, got 1`},
		{`"maxItems":0`, `[1]`, `(root): maxItems: want at most 0 items, got 1`},
		{`"minProperties":2`, `{"a":1}`, `(root): minProperties: want at least 2 properties, got 1`},
		{`"maxProperties":0`, `{"a":1}`, `(root): maxProperties: want at most 0 properties, got 1`},
		{`"required":["id","sku","qty"]`, `{"sku":1}`, `(root): required: want "id", "qty"`},
		{`"properties":{"a":{}},"additionalProperties":false`, `{"secret":1}`, `(root): additionalProperties: has properties that the schema does not name`},
		{`"additionalProperties":{"type":"integer"}`, `{"secret":"x"}`, `/*: type: want integer, got string`},
		{`"patternProperties":{"^s":{"type":"integer"}}`, `{"secret":"x"}`, `/*: type: want integer, got string`},
		{`"propertyNames":{"maxLength":3}`, `{"secret":1}`, `/*: maxLength: want at most 3 characters`},
		{`"properties":{"secret":false}`, `{"secret":1}`, `/secret: false: no value is allowed here`},
		{`"additionalProperties":{"items":{"type":"string"}}`, `{"4915112345678":[0]}`, `/*/0: type: want string, got number`},
		{`"items":[{}],"additionalItems":false`, `[1,2]`, `(root): additionalItems: has more items than the schema names, got 2`},
		{`"dependencies":{"a":["b"]}`, `{"a":1}`, `(root): dependencies: lacks a property that another one calls for`},
		{`"uniqueItems":true`, `["s","s"]`, `(root): uniqueItems: two items are equal`},
		{`"contains":{"const":1}`, `[]`, `(root): minContains: want at least 1 matching items`},
		{`"anyOf":[{"type":"null"},{"minimum":3}]`, `1`, `3 failures: (root): anyOf: none of the 2 alternatives holds; (root): minimum: want at least 3; (root): type: want null, got number`},
		{`"oneOf":[{"minimum":1},{"minimum":0}]`, `1`, `(root): oneOf: not exactly one of the 2 alternatives holds`},
		{`"not":{}`, `1`, `(root): not: what the schema excludes holds`},
		{`"allOf":[{"minimum":3},{"$ref":"#/definitions/x"}],"definitions":{"x":{"maximum":0}}`, `1`, `2 failures: (root): maximum: want at most 0; (root): minimum: want at least 3`},
		{`"if":{"minimum":0},"then":{"maximum":0}`, `1`, `(root): maximum: want at most 0`},
		{`"contentEncoding":"base64"`, `"%"`, `(root): contentEncoding: want base64`},
		{`"contentMediaType":"application/json"`, `"{"`, `(root): contentMediaType: want application/json`},
		{`"$ref":"http://json-schema.org/draft-07/schema#"`, `{"type":"secret"}`, `3 failures: /*: anyOf: does not hold; /*: enum: does not hold; /*: type: does not hold`},
		{`"properties":{"b":{"type":"null"},"a":{"type":"null"}},"required":["c"]`, `{"b":1,"a":1}`, `3 failures: (root): required: want "c"; /a: type: want null, got number; /b: type: want null, got number`},
		{`"items":{"type":"null"}`, `[0,0,0,0,0,0,0,0,0,0,0]`, `11 failures: /0: type: want null, got number; /1: type: want null, got number; /2`},
	}
	for _, tt := range tests {
		t.Run(tt.keywords, func(t *testing.T) {
			d := jsonschema.NewDecoder[any](nil, jsonschema.WithSchema(`{`+tt.keywords+`}`))
			if err := d.ConfigError(); err != nil {
				t.Fatal(err)
			}
			_, err := d.Decode(t.Context(), schema.Input{Topic: "orders", Data: []byte(tt.payload)})
			if err == nil {
				t.Fatal("valid")
			}
			got, ok := strings.CutPrefix(err.Error(), "schema: orders value: validation: ")
			if !ok || !strings.HasPrefix(got, tt.want) || len(got) > len(tt.want) && !strings.HasSuffix(tt.want, "/2") {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestFailuresAreListedUpToACap(t *testing.T) {
	d := jsonschema.NewDecoder[any](nil, jsonschema.WithSchema(`{"items":{"type":"null"}}`))
	for _, n := range []int{1, 16, 17, 5_000} {
		_, err := d.Decode(t.Context(), schema.Input{Data: []byte("[" + strings.Repeat("0,", n-1) + "0]")})
		invalid, ok := errors.AsType[*jsonschema.ValidationError](err)
		if !ok {
			t.Fatal(err)
		}
		if len(invalid.Failures) != min(n, 16) || invalid.More != n-min(n, 16) {
			t.Errorf("%d failures: %d listed and %d more", n, len(invalid.Failures), invalid.More)
		}
		for i, f := range invalid.Failures {
			if f.Pointer != fmt.Sprintf("/%d", i) || f.Keyword != "type" || f.Detail != "want null, got number" {
				t.Errorf("failure %d: %+v", i, f)
			}
		}
		if n > 16 && !strings.HasSuffix(err.Error(), fmt.Sprintf("; and %d more", n-16)) {
			t.Error(err)
		}
	}
}

// Whatever is wrong and wherever: no name, string or number of the payload may
// come through an error, formatted in any way.
func TestErrorsQuoteNothingOfThePayload(t *testing.T) {
	const secret = "hunter2"
	payloads := []string{
		`"hunter2"`, `{"hunter2":1}`, `["hunter2"]`, `{"a":"hunter2"}`, `{"a":{"hunter2":["hunter2"]}}`,
		`{"known":{"hunter2/x":{"known":["hunter2"]}}}`, `["hunter2","hunter2"]`, `{"hunter2`, `hunter2`, `{"a":1}hunter2`,
		`{"hunter2":1,"hunter2":2}`, `{"a":"\hunter2"}`, `{"a":hunter2}`, `{"time":"hunter2"}`, `{"small":"hunter2"}`,
		`{"b":{"a":"hunter2","hunter2":"hunter2"},"hunter2":{"hunter2":[]}}`,
	}
	numbers := []string{`123454321`, `{"a":123454321}`, `[123454321,123454321]`, `{"123454321":[123454321]}`, `123454321e999`, `{"small":123454321}`}
	keywords := []string{
		`"type":"null"`, `"const":0`, `"enum":["a"]`, `"format":"date"`, `"format":"regex","pattern":"^a"`, `"minLength":99`, `"maxLength":0`,
		`"minimum":999999999`, `"maximum":0`, `"exclusiveMinimum":999999999`, `"exclusiveMaximum":0`, `"multipleOf":7`,
		`"required":["known"]`, `"properties":{"a":{"type":"null"},"known":{"additionalProperties":{"additionalProperties":{"type":"null"}}}}`,
		`"additionalProperties":false`, `"additionalProperties":{"type":"null"}`, `"patternProperties":{".":{"type":"null"}}`, `"propertyNames":{"maxLength":0}`,
		`"propertyNames":false`, `"minProperties":9`, `"maxProperties":0`, `"dependencies":{"a":["known"]}`, `"items":{"type":"null"}`, `"items":false`,
		`"uniqueItems":true`, `"contains":{"type":"null"}`, `"not":{}`, `"anyOf":[{"type":"null"},{"additionalProperties":false,"items":false}]`,
		`"oneOf":[{},{}]`, `"if":{},"then":{"type":"null"}`, `"contentEncoding":"base64"`, `"contentMediaType":"application/json"`,
		`"$ref":"http://json-schema.org/draft-07/schema#"`, `"$ref":"http://json-schema.org/draft-04/schema#"`, `"minItems":9`, `"maxItems":0`,
		`"title":"takes all"`,
	}
	type target struct {
		Small int8
		Time  interface{ Impossible() }
	}
	failed := 0
	for _, k := range keywords {
		d := jsonschema.NewDecoder[target](nil, jsonschema.WithSchema(`{`+k+`}`))
		if err := d.ConfigError(); err != nil {
			t.Fatal(err)
		}
		for _, payload := range append(payloads, numbers...) {
			_, err := d.Decode(t.Context(), schema.Input{Topic: "orders", Data: []byte(payload)})
			if err == nil {
				continue
			}
			failed++
			var log strings.Builder
			slog.New(slog.NewJSONHandler(&log, nil)).Error("failed", "err", err)
			for e := err; e != nil; e = errors.Unwrap(e) {
				fmt.Fprintf(&log, "%v %+v %#v %s\n", e, e, e, e)
			}
			if s := log.String(); strings.Contains(s, secret) || strings.Contains(s, "123454321") {
				t.Errorf("{%s} on %s: %s", k, payload, s)
			}
		}
	}
	if failed < 500 {
		t.Errorf("only %d failures: the table does not try much", failed)
	}
}
