package schematest_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"unsafe"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/confluent"
	"github.com/mskit-go/mskit/schema/glue"
	"github.com/mskit-go/mskit/schema/schematest"
)

func TestOwnDecodersConform(t *testing.T) {
	in := func(data string) schema.Input { return schema.Input{Topic: "orders", Data: []byte(data)} }
	type order struct {
		ID  int64
		SKU string
	}
	for name, check := range map[string]func(t *testing.T){
		"JSON": func(t *testing.T) {
			schematest.TestDecoder(t, schema.JSON[order](), in(`{"id":1,"sku":"SECRET-PAYLOAD"}`))
		},
		"JSON into any": func(t *testing.T) {
			schematest.TestDecoder(t, schema.JSON[any](), in(`{"id":1,"sku":"SECRET-PAYLOAD"}`), in(`[1]`))
		},
		"framed JSON": func(t *testing.T) {
			d := schema.JSON[order](schema.WithFraming(schema.ESM(schema.Detect())))
			doc := []byte(`{"id":1,"sku":"SECRET-PAYLOAD"}`)
			schematest.TestDecoder(t, d,
				schema.Input{Topic: "orders", Data: schematest.Confluent(7, doc)},
				schema.Input{Topic: "orders", Data: schematest.Glue([16]byte{1}, doc)},
				schema.Input{Topic: "orders", Field: schema.Key, Data: schematest.GlueZlib([16]byte{1}, doc)},
				schema.Input{Topic: "orders", Data: doc, Meta: schema.Metadata{DataFormat: "JSON", SchemaID: "7"}})
		},
		"String":  func(t *testing.T) { schematest.TestDecoder(t, schema.String(), in("SECRET-PAYLOAD"), in("")) },
		"Bytes":   func(t *testing.T) { schematest.TestDecoder(t, schema.Bytes(), in("SECRET-PAYLOAD")) },
		"Int64":   func(t *testing.T) { schematest.TestDecoder(t, schema.Int64(), in("12345678")) },
		"Float32": func(t *testing.T) { schematest.TestDecoder(t, schema.Float32(), in("1234")) },
		"UUID": func(t *testing.T) {
			schematest.TestDecoder(t, schema.UUID(), in("b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63"))
		},
	} {
		t.Run(name, check)
	}
}

func TestOwnRegistriesConform(t *testing.T) {
	vectors := schematest.Vectors()
	var confluentSchemas, glueSchemas []*schema.Schema
	for _, v := range vectors {
		if _, ok := v.Schema.ID.Glue(); ok {
			glueSchemas = append(glueSchemas, v.Schema)
		} else {
			confluentSchemas = append(confluentSchemas, v.Schema)
		}
	}
	confluentClient, err := confluent.NewClient(schematest.NewConfluentServer(t, confluentSchemas...).URL)
	if err != nil {
		t.Fatal(err)
	}
	glueClient, err := glue.NewClient(glue.WithEndpoint(schematest.NewGlueServer(t, glueSchemas...).URL), glue.WithRegion("eu-west-1"),
		glue.WithCredentials(func(context.Context) (glue.Credentials, error) {
			return glue.Credentials{AccessKeyID: "a", SecretAccessKey: "s"}, nil
		}))
	if err != nil {
		t.Fatal(err)
	}
	numeric, missing := schema.ConfluentID(8), schema.ConfluentID(4294967295)
	guid := confluentSchemas[1].ID
	if _, ok := guid.GUID(); !ok {
		t.Fatalf("%v is not a GUID", guid)
	}
	for _, tc := range []struct {
		name           string
		registry       schema.Registry
		known, unknown schema.ID
	}{
		{"static", schematest.VectorRegistry(), numeric, missing},
		{"in memory", schematest.NewRegistry(confluentSchemas...), guid, schema.ConfluentGUID([16]byte{9})},
		{"confluent, numeric", confluentClient, numeric, missing},
		{"confluent, GUID", confluentClient, guid, schema.ConfluentGUID([16]byte{9})},
		{"glue", glueClient, glueSchemas[0].ID, schema.GlueID([16]byte{9})},
		{"cached", schema.Cached(confluentClient), numeric, missing},
	} {
		t.Run(tc.name, func(t *testing.T) { schematest.TestRegistry(t, tc.registry, tc.known, tc.unknown) })
	}
}

// The decoders and registries below break the contract. A test of each runs in
// a process of its own and has to fail.
var offenders = map[string]struct {
	says string
	run  func(t *testing.T)
}{
	"decoder fails":  {"a good input fails", offend(func(schema.Input) (string, error) { return "", &schema.Error{Kind: schema.KindDecode} })},
	"decoder panics": {"Decode panics", offend(func(in schema.Input) (string, error) { return string(in.Data[3:7]), nil })},
	"decoder aliases": {"it aliases them", offend(func(in schema.Input) (string, error) {
		return unsafe.String(unsafe.SliceData(in.Data), len(in.Data)), nil
	})},
	"decoder changes input": {"bytes were changed", offend(func(in schema.Input) (string, error) { in.Data[0]++; return "", nil })},
	"decoder wants headers": {"Decode panics", offend(func(in schema.Input) (string, error) { in.Header("x"); return "", nil })},
	"decoder quotes payload": {"quotes the payload", offend(func(in schema.Input) (string, error) {
		if len(in.Data)%2 == 1 {
			return "", &schema.Error{Kind: schema.KindDecode, Topic: in.Topic, Msg: string(in.Data)}
		}
		return "", nil
	})},
	"decoder forgets the place": {"does not say where", offend(func(in schema.Input) (string, error) {
		if len(in.Data)%2 == 1 {
			return "", &schema.Error{Kind: schema.KindDecode}
		}
		return "", nil
	})},
	"decoder without inputs": {"no inputs", func(t *testing.T) { schematest.TestDecoder(t, schema.String()) }},
	"view replaces": {"does not append", func(t *testing.T) {
		schematest.TestDecoder(t, replacingView{schema.String()}, schema.Input{Data: []byte("x")})
	}},
	"registry gives nothing": {"neither a schema nor an error", offendRegistry(func(schema.ID) (*schema.Schema, error) { return nil, nil })},
	"registry gives a bare schema": {"has no format", offendRegistry(func(schema.ID) (*schema.Schema, error) {
		return new(schema.Schema), nil
	})},
	"registry leaves references open": {"is not resolved", offendRegistry(func(id schema.ID) (*schema.Schema, error) {
		return &schema.Schema{ID: id, Format: schema.FormatAvro, Text: "x", References: []schema.Reference{{Name: "a"}}}, nil
	})},
	"registry knows everything": {"want an *schema.Error of KindUnknownSchema", offendRegistry(func(id schema.ID) (*schema.Schema, error) {
		return &schema.Schema{ID: id, Format: schema.FormatAvro, Text: "x"}, nil
	})},
	"registry shares its error": {"the same error", offendRegistry(func() func(id schema.ID) (*schema.Schema, error) {
		shared := &schema.Error{Kind: schema.KindUnknownSchema}
		return func(id schema.ID) (*schema.Schema, error) {
			if id == schema.ConfluentID(1) {
				return &schema.Schema{ID: id, Format: schema.FormatAvro, Text: "x"}, nil
			}
			return nil, shared
		}
	}())},
}

func offend(f func(schema.Input) (string, error)) func(t *testing.T) {
	return func(t *testing.T) {
		in := schema.Input{Topic: "t", Data: []byte("SECRET-PAYLOAD"), Header: func(string) ([]byte, bool) { return nil, false }}
		schematest.TestDecoder(t, schema.DecoderFunc[string](func(_ context.Context, in schema.Input) (string, error) { return f(in) }), in)
	}
}

type replacingView struct{ schema.Decoder[string] }

func (replacingView) AppendJSON(context.Context, []byte, schema.Input) ([]byte, error) {
	return []byte("{}"), nil
}

type registryFunc func(id schema.ID) (*schema.Schema, error)

func (f registryFunc) Schema(_ context.Context, id schema.ID) (*schema.Schema, error) { return f(id) }

func offendRegistry(f registryFunc) func(t *testing.T) {
	return func(t *testing.T) { schematest.TestRegistry(t, f, schema.ConfluentID(1), schema.ConfluentID(2)) }
}

const offenderVariable = "SCHEMATEST_OFFENDER"

func TestOffender(t *testing.T) {
	if o, ok := offenders[os.Getenv(offenderVariable)]; ok {
		o.run(t)
	}
}

func TestChecksFindOffenders(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range offenders {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), exe, "-test.run=^TestOffender$")
			cmd.Env = append(os.Environ(), offenderVariable+"="+name)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), o.says) {
				t.Errorf("got %v, want a failure that says %q:\n%s", err, o.says, out)
			}
		})
	}
}

func TestFramersAgreeWithTheVectors(t *testing.T) {
	for _, v := range schematest.Vectors() {
		framing := schema.FirstOf(schema.Glue(), schema.Confluent())
		f, err := framing.Parse(v.Input())
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		body := [][]byte{f.Body}
		if v.Message != "" {
			m, rest, err := f.Message()
			if err != nil {
				t.Errorf("%s: %v", v.Name, err)
				continue
			}
			if path, ok := m.Path(); ok {
				body = [][]byte{schematest.Index(path...), rest}
			} else if rank, ok := m.Rank(); ok {
				body = [][]byte{schematest.Rank(uint32(rank)), rest}
			}
		}
		switch id := v.Schema.ID; {
		case f.Origin == schema.OriginHeader:
			guid, _ := id.GUID()
			header := schematest.ConfluentGUID(guid, body[:len(body)-1]...)
			if want := v.Headers[schematest.ConfluentHeader(schema.Value)]; string(header) != string(want) {
				t.Errorf("%s: header %x, want %x", v.Name, header, want)
			}
		case strings.HasSuffix(v.Name, "zlib"):
			// The compressor is another one; what counts is what comes out.
			u, _ := id.Glue()
			again, err := framing.Parse(schema.Input{Data: schematest.GlueZlib(u, body...)})
			if err != nil || again.ID != id || string(again.Body) != string(f.Body) {
				t.Errorf("%s: got %x, %v", v.Name, again.Body, err)
			}
		default:
			var got []byte
			if u, ok := id.Glue(); ok {
				got = schematest.Glue(u, body...)
			} else {
				n, _ := id.Confluent()
				got = schematest.Confluent(n, body...)
			}
			if string(got) != string(v.Data) {
				t.Errorf("%s: got %x, want %x", v.Name, got, v.Data)
			}
		}
	}
}

func TestDeprecatedIndexes(t *testing.T) {
	framing := schema.Confluent(schema.WithDeprecatedIndexes())
	for _, path := range [][]int32{nil, {0}, {1}, {1, 0}, {200, 1}} {
		f, err := framing.Parse(schema.Input{Data: schematest.Confluent(1, schematest.DeprecatedIndex(path...))})
		if err != nil {
			t.Fatal(err)
		}
		m, rest, err := f.Message()
		got, _ := m.Path()
		if path == nil {
			path = []int32{0}
		}
		if gotJSON, _ := json.Marshal(got); err != nil || len(rest) != 0 || string(gotJSON) != jsonOf(t, path) {
			t.Errorf("%v: got %s, %v", path, gotJSON, err)
		}
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestRegistryCountsAndFails(t *testing.T) {
	s := &schema.Schema{ID: schema.ConfluentID(7), Format: schema.FormatAvro, Text: "x", Subject: "orders"}
	r := schematest.NewRegistry(s)
	if got, err := r.Schema(t.Context(), s.ID); err != nil || got != s {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := r.Latest(t.Context(), "orders"); err != nil || got != s {
		t.Errorf("got %v, %v", got, err)
	}
	r.Fail(schema.KindThrottled)
	for _, ask := range []func() (*schema.Schema, error){
		func() (*schema.Schema, error) { return r.Schema(t.Context(), s.ID) },
		func() (*schema.Schema, error) { return r.Latest(t.Context(), "orders") },
	} {
		if _, err := ask(); schema.KindOf(err) != schema.KindThrottled {
			t.Errorf("got %v", err)
		}
	}
	r.Inject(nil)
	if _, err := r.Schema(t.Context(), s.ID); err != nil {
		t.Error(err)
	}
	if r.Asked(s.ID) != 3 || r.Requests() != 5 {
		t.Errorf("asked %d times for the id, %d in all", r.Asked(s.ID), r.Requests())
	}
}
