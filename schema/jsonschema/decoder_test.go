package jsonschema_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/jsonschema"
)

const orderSchema = `{
	"$schema": "http://json-schema.org/draft-07/schema#",
	"title": "Order",
	"type": "object",
	"required": ["id", "sku"],
	"additionalProperties": false,
	"properties": {"id": {"type": "integer"}, "sku": {"type": "string"}}
}`

type Order struct {
	ID  int64  `json:"id"`
	SKU string `json:"sku"`
}

// glueUUID is the version id of the golden Glue vectors.
var glueUUID = [16]byte{0xb7, 0xb4, 0xa7, 0xf0, 0x9c, 0x96, 0x4e, 0x4a, 0xa6, 0x87, 0xfb, 0x5d, 0xe9, 0xef, 0x0c, 0x63}

func orderRegistry() *schema.StaticRegistry {
	return schema.Static(
		&schema.Schema{ID: schema.ConfluentID(1), Format: schema.FormatJSON, Text: orderSchema},
		&schema.Schema{ID: schema.GlueID(glueUUID), Format: schema.FormatJSON, Text: orderSchema},
	)
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// confluent frames a payload as Confluent's JSON Schema serializer does.
func confluent(id byte, payload string) []byte {
	return append([]byte{0, 0, 0, 0, id}, payload...)
}

func TestDecodeReadsEveryLayoutOfARecord(t *testing.T) {
	const text = `{"id":1001,"sku":"AB-7"}`
	// The two framed vectors are what the registries' own serializers write.
	confluentHex := "00000000017b226964223a313030312c22736b75223a2241422d37227d"
	glueHex := "0300b7b4a7f09c964e4aa687fb5de9ef0c637b226964223a313030312c22736b75223a2241422d37227d"
	guid := schema.ConfluentGUID([16]byte{1: 7})
	header := func(name string) ([]byte, bool) {
		return append([]byte{1}, make([]byte, 16)...), name == "__value_schema_id"
	}
	tests := map[string]struct {
		reg  schema.Registry
		opts []jsonschema.Option
		in   schema.Input
	}{
		"Confluent prefix":              {reg: orderRegistry(), in: schema.Input{Data: unhex(t, confluentHex)}},
		"Glue header":                   {reg: orderRegistry(), in: schema.Input{Data: unhex(t, glueHex)}},
		"Confluent prefix, framing set": {reg: orderRegistry(), opts: []jsonschema.Option{jsonschema.WithFraming(schema.Confluent())}, in: schema.Input{Data: unhex(t, confluentHex)}},
		"stripped by a mapping with a Confluent registry": {
			reg: orderRegistry(),
			in:  schema.Input{Data: []byte(text), Meta: schema.Metadata{DataFormat: "JSON", SchemaID: "1"}},
		},
		"stripped by a mapping with a Glue registry": {
			reg: orderRegistry(),
			in:  schema.Input{Data: []byte(text), Meta: schema.Metadata{DataFormat: "JSON", SchemaID: "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63"}},
		},
		"GUID in a header": {
			reg: schema.Static(&schema.Schema{ID: schema.ConfluentGUID([16]byte{}), Format: schema.FormatJSON, Text: orderSchema}, &schema.Schema{ID: guid, Text: orderSchema}),
			in:  schema.Input{Data: []byte(text), Header: header},
		},
		"bare, schema given":                          {opts: given(orderSchema), in: schema.Input{Data: []byte(text)}},
		"Confluent prefix, schema given":              {opts: given(orderSchema), in: schema.Input{Data: unhex(t, confluentHex)}},
		"Glue header, schema given":                   {opts: given(orderSchema), in: schema.Input{Data: unhex(t, glueHex)}},
		"stripped without an id, schema given":        {opts: given(orderSchema), in: schema.Input{Data: []byte(text), Meta: schema.Metadata{DataFormat: "JSON"}}},
		"a registry that does not say how it frames":  {reg: silent{orderRegistry()}, in: schema.Input{Data: unhex(t, glueHex)}},
		"a schema of a format the registry left open": {reg: schema.Static(&schema.Schema{ID: schema.ConfluentID(1), Text: orderSchema}), in: schema.Input{Data: unhex(t, confluentHex)}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := jsonschema.NewDecoder[Order](tt.reg, tt.opts...)
			if err := d.ConfigError(); err != nil {
				t.Fatal(err)
			}
			tt.in.Topic = "orders"
			before := string(tt.in.Data)
			got, err := d.Decode(t.Context(), tt.in)
			if want := (Order{1001, "AB-7"}); err != nil || got != want {
				t.Errorf("Decode = %+v, %v, want %+v", got, err, want)
			}
			view, err := d.AppendJSON(t.Context(), []byte("x"), tt.in)
			if string(view) != "x"+text || err != nil {
				t.Errorf("AppendJSON = %q, %v", view, err)
			}
			if string(tt.in.Data) != before {
				t.Error("the input was changed")
			}
		})
	}
}

func given(text string) []jsonschema.Option {
	return []jsonschema.Option{jsonschema.WithSchema(text)}
}

// silent hides all methods of a registry but Schema.
type silent struct{ r schema.Registry }

func (s silent) Schema(ctx context.Context, id schema.ID) (*schema.Schema, error) {
	return s.r.Schema(ctx, id)
}

func TestDecodeIntoOtherTypes(t *testing.T) {
	in := schema.Input{Data: []byte(`{"id":9007199254740993,"sku":"A"}`)}
	anyValue, err := jsonschema.NewDecoder[any](nil, given(orderSchema)...).Decode(t.Context(), in)
	if want := (map[string]any{"id": 9007199254740992.0, "sku": "A"}); err != nil || !reflect.DeepEqual(anyValue, want) {
		t.Errorf("any: %v, %v", anyValue, err)
	}
	raw, err := jsonschema.NewDecoder[json.RawMessage](nil, given(orderSchema)...).Decode(t.Context(), in)
	if err != nil || string(raw) != string(in.Data) {
		t.Errorf("json.RawMessage: %s, %v", raw, err)
	}
	if &raw[0] == &in.Data[0] {
		t.Error("json.RawMessage shares memory with the input")
	}
	pointer, err := jsonschema.NewDecoder[*Order](nil, given(orderSchema)...).Decode(t.Context(), in)
	if err != nil || *pointer != (Order{9007199254740993, "A"}) {
		t.Errorf("*Order: %+v, %v", pointer, err)
	}
}

// unusable knows that it cannot work.
type unusable struct{ silent }

func (unusable) ConfigError() error { return errors.New("no address") }

func TestNumbersAreExact(t *testing.T) {
	d := jsonschema.NewDecoder[any](nil, given(`{"maximum":9007199254740992,"multipleOf":0.01}`)...)
	for payload, valid := range map[string]bool{
		"9007199254740992":                     true,
		"9007199254740993":                     false, // the same float64
		"0.07":                                 true,
		"0.075":                                false,
		"1e2":                                  true,
		"0.1000000000000000000000000000000001": false,
	} {
		if _, err := d.Decode(t.Context(), schema.Input{Data: []byte(payload)}); (err == nil) != valid {
			t.Errorf("%s: %v, want valid = %t", payload, err, valid)
		}
	}
}

func TestErrorsHaveAKind(t *testing.T) {
	down := errors.New("connection refused")
	reg := registryFunc(func(_ context.Context, id schema.ID) (*schema.Schema, error) {
		switch n, _ := id.Confluent(); n {
		case 1:
			return &schema.Schema{ID: id, Format: schema.FormatJSON, Text: orderSchema}, nil
		case 2:
			return &schema.Schema{ID: id, Format: schema.FormatAvro, Text: `"string"`}, nil
		case 3:
			return &schema.Schema{ID: id, Format: schema.FormatJSON, Text: `{"type":"strin"}`}, nil
		case 4:
			return nil, &schema.Error{Kind: schema.KindUnavailable, ID: id, Err: down}
		case 5:
			return nil, down
		case 6:
			return nil, nil
		default:
			return nil, &schema.Error{Kind: schema.KindUnknownSchema, ID: id}
		}
	})
	tests := map[string]struct {
		data []byte
		kind schema.Kind
		id   string
		text string
	}{
		"nil":                       {nil, schema.KindTombstone, "", "no value"},
		"empty":                     {[]byte{}, schema.KindFraming, "", "no schema id"},
		"unframed":                  {[]byte(`{"id":1}`), schema.KindFraming, "", "WithSchema"},
		"framing cut":               {[]byte{0, 0, 0}, schema.KindTruncated, "", "5"},
		"no body":                   {confluent(1, ""), schema.KindTruncated, "1", "byte 0 of 0"},
		"body cut":                  {confluent(1, `{"id":1,"sku":"AB`), schema.KindTruncated, "1", "byte 17 of 17"},
		"broken body":               {confluent(1, `{"id":1,,}`), schema.KindDecode, "1", "byte 8 of 10"},
		"text after the value":      {confluent(1, `{"id":1,"sku":""}{}`), schema.KindTrailing, "1", "byte 17 of 19"},
		"a property twice":          {confluent(1, `{"id":1,"sku":"","id":"2"}`), schema.KindDecode, "1", "same name"},
		"against the schema":        {confluent(1, `{"id":"1","sku":""}`), schema.KindValidation, "1", "/id: type: want integer, got string"},
		"valid, not for the struct": {confluent(1, `{"id":99999999999999999999,"sku":""}`), schema.KindDecode, "1", "int64"},
		"an Avro schema":            {confluent(2, `"x"`), schema.KindTypeMismatch, "2", "AVRO"},
		"an invalid schema":         {confluent(3, `"x"`), schema.KindInvalidSchema, "3", "#/type"},
		"registry down":             {confluent(4, `"x"`), schema.KindUnavailable, "4", "refused"},
		"a registry's plain error":  {confluent(5, `"x"`), schema.KindUnknown, "5", "refused"},
		"neither schema nor error":  {confluent(6, `"x"`), schema.KindUnavailable, "6", "neither"},
		"unknown id":                {confluent(7, `"x"`), schema.KindUnknownSchema, "7", ""},
	}
	d := jsonschema.NewDecoder[Order](reg)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for range 2 { // the second time from the cache
				_, err := d.Decode(t.Context(), schema.Input{Topic: "orders", Field: schema.Key, Data: tt.data})
				e, ok := errors.AsType[*schema.Error](err)
				if !ok {
					t.Fatalf("%T %v", err, err)
				}
				if e.Kind != tt.kind || e.ID.String() != tt.id || e.Topic != "orders" || e.Field != schema.Key {
					t.Errorf("kind %q id %q topic %q field %s: %v", e.Kind, e.ID, e.Topic, e.Field, err)
				}
				if !strings.Contains(err.Error(), tt.text) {
					t.Errorf("%q lacks %q", err, tt.text)
				}
			}
		})
	}
	if _, err := d.Decode(t.Context(), schema.Input{Data: confluent(4, "1")}); !errors.Is(err, down) {
		t.Error("the registry's cause is lost")
	}
}

type registryFunc func(ctx context.Context, id schema.ID) (*schema.Schema, error)

func (f registryFunc) Schema(ctx context.Context, id schema.ID) (*schema.Schema, error) {
	return f(ctx, id)
}

func TestConfigErrors(t *testing.T) {
	tests := map[string]struct {
		d    *jsonschema.Decoder[Order]
		text string
	}{
		"no registry and no schema": {jsonschema.NewDecoder[Order](nil), "neither a registry nor WithSchema"},
		"a nil pointer for a registry": {
			jsonschema.NewDecoder[Order]((*schema.StaticRegistry)(nil)), "neither a registry nor WithSchema",
		},
		"a registry that cannot work": {
			jsonschema.NewDecoder[Order](unusable{silent{orderRegistry()}}), "no address",
		},
		"nil framing":              {jsonschema.NewDecoder[Order](orderRegistry(), jsonschema.WithFraming(nil)), "WithFraming(nil)"},
		"empty schema":             {jsonschema.NewDecoder[Order](nil, jsonschema.WithSchema("")), "ends early"},
		"a schema that is no JSON": {jsonschema.NewDecoder[Order](nil, jsonschema.WithSchema("{type: object}")), "not valid JSON"},
		"a schema against its draft": {
			jsonschema.NewDecoder[Order](nil, jsonschema.WithSchema(`{"required":"id"}`)), "#/required",
		},
		"a pattern beyond RE2": {
			jsonschema.NewDecoder[Order](nil, jsonschema.WithSchema(`{"properties":{"a":{"pattern":"^(?!x)"}}}`)), "look-around",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := tt.d.ConfigError()
			if schema.KindOf(err) != schema.KindConfig || !strings.Contains(err.Error(), tt.text) {
				t.Fatalf("ConfigError = %v, want %q", err, tt.text)
			}
			in := schema.Input{Topic: "orders", Data: []byte(`{}`)}
			if _, err := tt.d.Decode(t.Context(), in); schema.KindOf(err) != schema.KindConfig {
				t.Errorf("Decode: %v", err)
			}
			if _, err := tt.d.AppendJSON(t.Context(), nil, in); schema.KindOf(err) != schema.KindConfig {
				t.Errorf("AppendJSON: %v", err)
			}
			if strings.Contains(tt.d.ConfigError().Error(), "orders") {
				t.Error("an input's topic got into the shared error")
			}
		})
	}
	if err := jsonschema.NewDecoder[Order](orderRegistry(), nil).ConfigError(); err != nil {
		t.Errorf("a nil option: %v", err)
	}
}

func TestRulesForReadersFailClosed(t *testing.T) {
	rule := func(r schema.Rule) *schema.RuleSet { return &schema.RuleSet{Domain: []schema.Rule{r}} }
	tests := map[string]struct {
		rules *schema.RuleSet
		opts  []jsonschema.Option
		fails bool
	}{
		"none":                {nil, nil, false},
		"field encryption":    {rule(schema.Rule{Name: "pii", Mode: "WRITEREAD", Type: "ENCRYPT"}), nil, true},
		"a check on read":     {rule(schema.Rule{Name: "pii", Mode: "READ", Type: "CEL"}), nil, true},
		"a check on write":    {rule(schema.Rule{Name: "pii", Mode: "WRITE", Type: "CEL"}), nil, false},
		"disabled":            {rule(schema.Rule{Name: "pii", Mode: "WRITEREAD", Type: "ENCRYPT", Disabled: true}), nil, false},
		"ignored":             {rule(schema.Rule{Name: "pii", Mode: "WRITEREAD", Type: "ENCRYPT"}), []jsonschema.Option{jsonschema.WithIgnoredRules("x"), jsonschema.WithIgnoredRules("pii")}, false},
		"another one ignored": {rule(schema.Rule{Name: "pii", Mode: "WRITEREAD", Type: "ENCRYPT"}), []jsonschema.Option{jsonschema.WithIgnoredRules("x")}, true},
		"payload encryption":  {&schema.RuleSet{Encoding: []schema.Rule{{Name: "pii", Mode: "WRITEREAD", Type: "ENCRYPT_PAYLOAD"}}}, nil, true},
		"migration, not done": {&schema.RuleSet{Migration: []schema.Rule{{Name: "pii", Mode: "UPGRADE", Type: "JSONATA"}}}, nil, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			reg := schema.Static(&schema.Schema{ID: schema.ConfluentID(1), Format: schema.FormatJSON, Text: `true`, Rules: tt.rules})
			_, err := jsonschema.NewDecoder[any](reg, tt.opts...).Decode(t.Context(), schema.Input{Data: confluent(1, `1`)})
			if !tt.fails {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if schema.KindOf(err) != schema.KindUnsupportedRule || !strings.Contains(err.Error(), `"pii"`) {
				t.Error(err)
			}
		})
	}
}

func TestFormats(t *testing.T) {
	const draft7 = `{"$schema":"http://json-schema.org/draft-07/schema#","format":"date"}`
	const draft2020 = `{"$schema":"https://json-schema.org/draft/2020-12/schema","format":"date"}`
	even := jsonschema.WithFormat("even", func(s string) bool { return len(s)%2 == 0 })
	tests := map[string]struct {
		opts    []jsonschema.Option
		payload string
		valid   bool
	}{
		"rejects in draft 7":           {given(draft7), `"x"`, false},
		"a note in 2020-12":            {given(draft2020), `"x"`, true},
		"rejects in 2020-12 if asked":  {append(given(draft2020), jsonschema.WithFormatAssertion()), `"x"`, false},
		"takes the right":              {append(given(draft2020), jsonschema.WithFormatAssertion()), `"2026-11-24"`, true},
		"takes what is no string":      {given(draft7), `1`, true},
		"unknown":                      {given(`{"format":"even"}`), `"x"`, true},
		"own rejects":                  {append(given(`{"format":"even"}`), even), `"x"`, false},
		"own takes":                    {append(given(`{"format":"even"}`), even), `"xx"`, true},
		"own takes what is no string":  {append(given(`{"format":"even"}`), even), `{}`, true},
		"own instead of the draft's":   {append(given(draft7), jsonschema.WithFormat("date", nil)), `"x"`, true},
		"regex rejects":                {given(`{"format":"regex"}`), `"(?=x)"`, false},
		"regex takes":                  {given(`{"format":"regex"}`), `"^a+$"`, true},
		"duration takes":               {given(`{"format":"duration"}`), `"P3DT4H"`, true},
		"duration rejects":             {given(`{"format":"duration"}`), `"3 days"`, false},
		"duration of absurd length":    {given(`{"format":"duration"}`), `"P` + strings.Repeat("1D", 500_000) + `"`, false},
		"content encoding in draft 7":  {given(`{"contentEncoding":"base64"}`), `"%"`, false},
		"content schema is no keyword": {given(`{"contentMediaType":"application/json","contentSchema":false}`), `"1"`, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := jsonschema.NewDecoder[any](nil, tt.opts...)
			if err := d.ConfigError(); err != nil {
				t.Fatal(err)
			}
			_, err := d.Decode(t.Context(), schema.Input{Data: []byte(tt.payload)})
			if (err == nil) != tt.valid {
				t.Error(err)
			}
		})
	}
}

// 43, most of them the engine's and encoding/json's.
func TestAllocations(t *testing.T) {
	d := jsonschema.NewDecoder[Order](orderRegistry())
	in := schema.Input{Topic: "orders", Data: unhex(t, "00000000017b226964223a313030312c22736b75223a2241422d37227d")}
	got := testing.AllocsPerRun(100, func() {
		if _, err := d.Decode(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	})
	if got > 50 {
		t.Errorf("%v allocations for a record", got)
	}
}
