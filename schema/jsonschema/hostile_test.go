package jsonschema_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/jsonschema"
)

const treeSchema = `{
	"$ref": "#/definitions/node",
	"definitions": {"node": {
		"type": ["array", "integer"],
		"items": {"$ref": "#/definitions/node"}
	}}
}`

// expressionSchema makes the validator try each alternative on the whole rest
// of the value at each level.
var expressionSchema = func() string {
	var kinds []string
	for i := range 6 {
		kinds = append(kinds, fmt.Sprintf(`{"type":"object","properties":{"op":{"const":%d},"args":{"items":{"$ref":"#/definitions/e"}}}}`, i))
	}
	return `{"$ref":"#/definitions/e","definitions":{"e":{"oneOf":[` + strings.Join(kinds, ",") + `]}}}`
}()

func nest(left string, n int, middle, right string) string {
	return strings.Repeat(left, n) + middle + strings.Repeat(right, n)
}

func list(n int, item func(i int) string) string {
	items := make([]string, n)
	for i := range items {
		items[i] = item(i)
	}
	return strings.Join(items, ",")
}

func same(s string) func(int) string { return func(int) string { return s } }

// allocated is what f allocates in bytes, the least of three runs.
func allocated(f func()) uint64 {
	least := ^uint64(0)
	for range 3 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}

func TestHostilePayloads(t *testing.T) {
	const numbers = `{"items":{"type":"integer","minimum":0,"multipleOf":3,"enum":[3]}}`
	const names = `{"additionalProperties":{"additionalProperties":{"type":"integer"}}}`
	tests := map[string]struct {
		schema, payload string
		kind            schema.Kind
		most            uint64 // bytes allocated for each byte of payload, beyond 1 MB
	}{
		"a number beyond memory":        {numbers, `[1e9999999999]`, schema.KindTooLarge, 0},
		"a number too small for memory": {numbers, `[1e-9999999999]`, schema.KindTooLarge, 0},
		"an exponent beyond int":        {numbers, `[1e` + strings.Repeat("9", 60) + `]`, schema.KindTooLarge, 0},
		"large numbers in 100 bytes":    {numbers, `[` + list(15, same("9e400")) + `]`, schema.KindValidation, 0},
		"a number of 1 MB":              {numbers, `[` + strings.Repeat("9", 1<<20) + `]`, schema.KindTooLarge, 4},
		"a fraction of 1 MB":            {numbers, `[0.` + strings.Repeat("9", 1<<20) + `]`, schema.KindTooLarge, 4},
		"many values":                   {`{}`, `[` + list(1_000_000, same("0")) + `]`, schema.KindTooLarge, 16},
		"wrong throughout":              {numbers, `[` + list(20_000, same(`""`)) + `]`, schema.KindValidation, 1_000},
		"100 bytes deep":                {treeSchema, nest("[", 50, "", "]"), 0, 0},
		"100 bytes deep and wrong":      {treeSchema, nest("[", 49, `""`, "]"), schema.KindValidation, 0},
		"deep":                          {treeSchema, nest("[", 1_000_000, "", "]"), schema.KindTooLarge, 4},
		"deep and never closed":         {treeSchema, strings.Repeat("[", 1_000_000), schema.KindTooLarge, 4},
		"objects, deep":                 {`{"additionalProperties":{"$ref":"#"}}`, nest(`{"a":`, 100_000, "1", "}"), schema.KindTooLarge, 4},
		"wide and deep":                 {treeSchema, nest("[", 60, list(90_000, same(`""`)), "]"), schema.KindTooLarge, 16},
		"exponential in depth":          {expressionSchema, nest(`{"op":1,"args":[`, 30, "", "]}"), schema.KindTooLarge, 60_000},
		"a name of 1 MB":                {names, `{"` + strings.Repeat("n", 1<<20) + `":{` + list(5_000, func(i int) string { return fmt.Sprintf(`"%d":""`, i) }) + `}}`, schema.KindTooLarge, 16},
		"long names":                    {names, `{"` + strings.Repeat("n", 4_000) + `":{` + list(50_000, func(i int) string { return fmt.Sprintf(`"%d":""`, i) }) + `}}`, schema.KindTooLarge, 64},
		"items of one hash": {
			`{"uniqueItems":true}`,
			// All differ, and differ in nothing but where arrays end.
			`[` + list(6_000, func(i int) string {
				s := `"a"`
				for bit := range 13 {
					s = []string{`[` + s + `],"a"`, `[` + s + `,"a"]`}[i>>bit&1]
				}
				return `[` + s + `]`
			}) + `]`, schema.KindTooLarge, 64,
		},
		"a regular expression of 100 bytes": {`{"items":{"format":"regex"}}`, `["` + strings.Repeat("a{1000}", 13) + `"]`, 0, 0},
		"a duration of 1 MB":                {`{"format":"duration"}`, `"P` + strings.Repeat("1D", 500_000) + `"`, schema.KindValidation, 8},
		"a period of 1 MB":                  {`{"format":"period"}`, `"P` + strings.Repeat("1D", 500_000) + `/"`, schema.KindValidation, 8},
		"numbers in embedded JSON":          {`{"contentMediaType":"application/json","contentSchema":{"minimum":1}}`, `"1e9999999"`, schema.KindValidation, 0},
		"invalid UTF-8":                     {`{"type":"integer"}`, "\"\xff\xfe\"", schema.KindValidation, 0},
		"half a surrogate pair":             {`{"minLength":2}`, `"\ud83d"`, schema.KindValidation, 0},
		"an escape cut":                     {`{}`, `"\`, schema.KindTruncated, 0},
		"a NUL":                             {`{}`, "\"\x00\"", schema.KindDecode, 0},
		"a byte order mark":                 {`{}`, "\ufeff{}", schema.KindDecode, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := jsonschema.NewDecoder[any](nil, jsonschema.WithSchema(tt.schema))
			if err := d.ConfigError(); err != nil {
				t.Fatal(err)
			}
			in := schema.Input{Data: []byte(tt.payload)}
			var err error
			used := allocated(func() { _, err = d.Decode(t.Context(), in) })
			if schema.KindOf(err) != tt.kind || (err == nil) != (tt.kind == 0) {
				t.Errorf("%v, want kind %q", err, tt.kind)
			}
			if most := 1<<20 + tt.most*uint64(len(tt.payload)); used > most {
				t.Errorf("%d bytes allocated for a payload of %d, at most %d wanted", used, len(tt.payload), most)
			}
		})
	}
}

func TestHostileSchemas(t *testing.T) {
	tests := map[string]struct {
		text string
		want string // "" for a schema that is taken
	}{
		"10 MB":                    {`{"title":"` + strings.Repeat("x", 10<<20) + `"}`, "bytes"},
		"5,000 nested not":         {nest(`{"not":`, 5_000, "{}", "}"), "nested deeper"},
		"nested as deep as may be": {nest(`{"not":`, 99, "{}", "}"), ""},
		"50,000 properties":        {`{"properties":{` + list(50_000, func(i int) string { return fmt.Sprintf(`"%d":{}`, i) }) + `}}`, "more than 10000 subschemas"},
		"100,000 bool schemas":     {`{"allOf":[` + list(100_000, same("true")) + `]}`, "more than 10000 subschemas"},
		"a bound beyond memory":    {`{"minimum":1e9999999999}`, "exponent"},
		"a bound of 1 MB":          {`{"minimum":` + strings.Repeat("9", 1<<19) + `}`, "a number of 524288 bytes"},
		"a length beyond int":      {`{"minLength":1e300}`, ""},
		"multiples of nothing":     {`{"multipleOf":0}`, "#/multipleOf"},
		"look-behind":              {`{"pattern":"(?<=a)b"}`, "RE2"},
		"a back-reference":         {`{"pattern":"(a)\\1"}`, "RE2"},
		"a pattern property":       {`{"patternProperties":{"(?!x)":{}}}`, "RE2"},
		"one in draft 4":           {`{"$schema":"http://json-schema.org/draft-04/schema#","patternProperties":{"(?!x)":{}}}`, "RE2"},
		"one in 2020-12":           {`{"$schema":"https://json-schema.org/draft/2020-12/schema","properties":{"a":{"pattern":"(?!x)"}}}`, "RE2"},
		"null":                     {`null`, "#"},
		"a list":                   {`[]`, "#"},
		"a bool in draft 4":        {`{"$schema":"http://json-schema.org/draft-04/schema#","not":true}`, "#/not"},
		"two documents":            {`{} {}`, "more than one JSON value"},
		"a property twice":         {`{"type":"object","type":"array"}`, "same name"},
		"HTML":                     {`<html><body>502 Bad Gateway</body></html>`, "not valid JSON"},
		"a $schema of no draft":    {`{"$schema":"draft-07"}`, "$schema must be uri"},
		"a $schema of no text":     {`{"$schema":7}`, "invalid $schema"},
		"two of one $id":           {`{"definitions":{"a":{"$id":"http://a.example/a"},"b":{"$id":"http://a.example/a"}}}`, "same canonical-uri"},
		"an unknown vocabulary":    {`{"$schema":"https://json-schema.org/draft/2020-12/schema","$vocabulary":{"http://a.example/":true}}`, "unsupported vocab"},
		"a $ref of a number":       {`{"$ref":1}`, "#/$ref"},
		"a $ref that is no URI":    {`{"$ref":"%zz"}`, "#/$ref"},
		"a $ref into a string":     {`{"title":"x","allOf":[{"$ref":"#/title/x"}]}`, "#/title/x not found"},
		"a $ref to a list":         {`{"x":[1],"allOf":[{"$ref":"#/x"}]}`, "#/x"},
		"a $ref of a bad index":    {`{"allOf":[{"$ref":"#/allOf/7"}]}`, "#/allOf/7 not found"},
		"a $dynamicRef to nothing": {`{"$schema":"https://json-schema.org/draft/2020-12/schema","$dynamicRef":"#x"}`, "#x not found"},
		"an odd $dynamicAnchor":    {`{"$schema":"https://json-schema.org/draft/2020-12/schema","$dynamicAnchor":"%"}`, "#/$dynamicAnchor"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			reg := schema.Static(&schema.Schema{ID: schema.ConfluentID(1), Format: schema.FormatJSON, Text: tt.text})
			d := jsonschema.NewDecoder[any](reg)
			_, err := d.Decode(t.Context(), schema.Input{Data: confluent(1, `"x"`)})
			if tt.want == "" {
				if k := schema.KindOf(err); err != nil && k != schema.KindValidation {
					t.Error(err)
				}
				return
			}
			if schema.KindOf(err) != schema.KindInvalidSchema || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want an invalid schema and %q", err, tt.want)
			}
			if len(err.Error()) > 500 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
		})
	}
}

func TestChainsOfReferencesAreBounded(t *testing.T) {
	chain := func(n int) string {
		return `{"$ref":"#/definitions/d0","definitions":{` +
			list(n, func(i int) string { return fmt.Sprintf(`"d%d":{"allOf":[{"$ref":"#/definitions/d%d"}]}`, i, i+1) }) +
			fmt.Sprintf(`,"d%d":{"properties":{"a":{"$ref":"#/definitions/d0"}}}}}`, n)
	}
	decode := func(n, depth int) error {
		reg := schema.Static(&schema.Schema{ID: schema.ConfluentID(1), Format: schema.FormatJSON, Text: chain(n)})
		_, err := jsonschema.NewDecoder[any](reg).Decode(t.Context(), schema.Input{Data: confluent(1, nest(`{"a":`, depth, "1", "}"))})
		return err
	}
	if err := decode(40, 5); err != nil {
		t.Error(err)
	}
	if err := decode(1_500, 60); schema.KindOf(err) != schema.KindInvalidSchema { // else it kills the process
		t.Errorf("got %v", err)
	}
}

func TestLimits(t *testing.T) {
	big := `{"title":"` + strings.Repeat("x", 2<<20) + `"}`
	if err := jsonschema.NewDecoder[any](nil, jsonschema.WithSchema(big)).ConfigError(); err == nil {
		t.Error("a schema over the default size was taken")
	}
	more := jsonschema.WithLimits(jsonschema.Limits{Depth: 200, Values: 3, SchemaBytes: 4 << 20})
	d := jsonschema.NewDecoder[any](nil, jsonschema.WithSchema(big), more)
	if err := d.ConfigError(); err != nil {
		t.Error(err)
	}
	for payload, valid := range map[string]bool{`[1,2]`: true, `[1,2,3]`: false} {
		if _, err := d.Decode(t.Context(), schema.Input{Data: []byte(payload)}); (err == nil) != valid {
			t.Errorf("%s: %v", payload, err)
		}
	}
	d = jsonschema.NewDecoder[any](nil, jsonschema.WithSchema(`{}`), jsonschema.WithLimits(jsonschema.Limits{Depth: 3}))
	for payload, valid := range map[string]bool{`[[{}]]`: true, `[[[[]]]]`: false} {
		if _, err := d.Decode(t.Context(), schema.Input{Data: []byte(payload)}); (err == nil) != valid {
			t.Errorf("%s: %v", payload, err)
		}
	}
}

// Broken framing is the framing's error, whatever would have come behind it.
func TestHostileFrames(t *testing.T) {
	d := jsonschema.NewDecoder[any](orderRegistry())
	for _, frame := range []string{
		"", "00", "0000", "00000001", "0000000001", "01", "0100000000000000000000000000000000", "03", "0300", "0305",
		"0300000000000000000000000000000000", "0307b7b4a7f09c964e4aa687fb5de9ef0c637b7d", "0305b7b4a7f09c964e4aa687fb5de9ef0c63",
		"0305b7b4a7f09c964e4aa687fb5de9ef0c63789c", "0000000001feffffffffffffffff01", "02", "ff", "00ffffffff7b7d",
	} {
		in := schema.Input{Data: unhex(t, frame)}
		_, err := d.Decode(t.Context(), in)
		if err == nil || schema.Retryable(err) && schema.KindOf(err) != schema.KindUnknownSchema {
			t.Errorf("%s: %v", frame, err)
		}
		if _, err := d.AppendJSON(t.Context(), nil, in); err != nil && schema.Retryable(err) {
			t.Errorf("%s: %v", frame, err)
		}
	}
}
