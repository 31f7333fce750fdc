package schema_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mskit-go/mskit/schema"
)

func snapshotSchemas(t testing.TB) []*schema.Schema {
	country := &schema.Schema{ID: schema.ConfluentID(1), Format: schema.FormatAvro, Text: `{"type":"enum"}`, Subject: "country", Version: 1}
	return []*schema.Schema{
		country,
		{
			ID: schema.ConfluentID(4294967295), Format: schema.FormatAvro, Text: `{"type":"record"}`, Subject: "orders-value", Version: 3,
			References: []schema.Reference{{Name: "shop.Country", Subject: "country", Version: 1, Schema: country}},
			Rules:      &schema.RuleSet{Domain: []schema.Rule{{Name: "pii", Kind: "TRANSFORM", Type: "ENCRYPT", Mode: "WRITEREAD", Disabled: true}}},
		},
		{
			ID: schema.ConfluentGUID(uuid(t, guid)), Format: schema.FormatProtobuf, Serialized: []byte{0, 1, 255}, Subject: "p", Version: 1,
			References: []schema.Reference{{Name: "a.proto", Schema: &schema.Schema{Format: schema.FormatProtobuf, Text: "no id of its own"}}},
		},
		{ID: schema.GlueID(uuid(t, glueUUID)), Format: schema.FormatJSON, Text: `{}`, Subject: "orders", Version: 2},
	}
}

func TestSnapshotsComeBackAsTheyWere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "schemas")
	schemas := snapshotSchemas(t)
	if err := schema.WriteSnapshot(dir, schemas...); err != nil {
		t.Fatal(err)
	}
	if err := schema.WriteSnapshot(dir, schemas[0]); err != nil { // once more
		t.Fatal(err)
	}
	r, err := schema.ReadSnapshot(os.DirFS(filepath.Dir(dir)))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range schemas {
		got, err := r.Schema(t.Context(), want.ID)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
	if s, err := r.Latest(t.Context(), "orders-value"); err != nil || s.Version != 3 {
		t.Errorf("latest is %v, %v", s, err)
	}
}

func TestCacheWritesWhatItHolds(t *testing.T) {
	schemas := snapshotSchemas(t)
	c := schema.Cached(schema.Static(schemas...))
	if err := c.Preload(t.Context(), schemas[1].ID, schemas[3].ID); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := c.WriteSnapshot(dir); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range files {
		files[i] = filepath.Base(f)
	}
	if want := []string{"confluent-4294967295.json", "glue-" + glueUUID + ".json"}; !reflect.DeepEqual(files, want) {
		t.Errorf("files %v, want %v", files, want)
	}
}

func TestSnapshotsServeDuringAnOutage(t *testing.T) {
	schemas := snapshotSchemas(t)
	r := &fakeRegistry{answer: failing(schema.KindUnavailable), latest: func(context.Context, string) (*schema.Schema, error) {
		return nil, &schema.Error{Kind: schema.KindUnavailable}
	}}
	c := schema.Cached(r, schema.WithSnapshot(schema.Static(schemas...)))
	if s, err := c.Schema(t.Context(), schemas[1].ID); err != nil || s != schemas[1] {
		t.Errorf("got %v, %v", s, err)
	}
	if n := r.asked.Load(); n != 0 {
		t.Errorf("%d requests for an id in the snapshot", n)
	}
	if s, err := c.Latest(t.Context(), "orders-value"); err != nil || s != schemas[1] {
		t.Errorf("got %v, %v", s, err)
	}
	if n := r.asked.Load(); n != 1 {
		t.Errorf("%d requests for the latest version, which the registry knows best", n)
	}
	_, err := c.Schema(t.Context(), schema.ConfluentID(2))
	wantKind(t, err, schema.KindUnavailable)
}

func TestSnapshotsServeWithoutARegistry(t *testing.T) {
	schemas := snapshotSchemas(t)
	c := schema.Cached(nil, schema.WithSnapshot(schema.Static(schemas...)))
	if err := c.ConfigError(); err != nil {
		t.Error(err)
	}
	if s, err := c.Latest(t.Context(), "orders-value"); err != nil || s != schemas[1] {
		t.Errorf("got %v, %v", s, err)
	}
	_, err := c.Schema(t.Context(), schema.ConfluentID(2))
	wantKind(t, err, schema.KindUnknownSchema)
	_, err = c.Latest(t.Context(), "none")
	wantKind(t, err, schema.KindUnknownSchema)
	if _, err := c.Framing().Parse(schema.Input{Data: []byte{0, 0, 0, 0, 1}}); err != nil {
		t.Errorf("the framing of the ids is not taken: %v", err)
	}
}

func TestReadSnapshotNamesTheFaultyFile(t *testing.T) {
	for _, tc := range []struct{ name, text, says string }{
		{"no JSON", `x`, "invalid character"},
		{"no id", `{"format":"AVRO","schema":"x"}`, "no registry and id"},
		{"unknown registry", `{"registry":"apicurio","id":"1","format":"AVRO","schema":"x"}`, "neither confluent nor glue"},
		{"odd id", `{"registry":"confluent","id":"one","format":"AVRO","schema":"x"}`, "neither a number nor a GUID"},
		{"odd Glue id", `{"registry":"glue","id":"1","format":"AVRO","schema":"x"}`, "not a schema version id"},
		{"unknown format", `{"registry":"confluent","id":"1","format":"THRIFT","schema":"x"}`, "none of AVRO, PROTOBUF and JSON"},
		{"no schema", `{"registry":"confluent","id":"1","format":"AVRO"}`, "neither schema nor serialized"},
		{"reference without schema", `{"registry":"confluent","id":"1","format":"AVRO","schema":"x","references":[{"name":"a"}]}`, `reference "a" has no schema`},
		{"broken reference", `{"registry":"confluent","id":"1","format":"AVRO","schema":"x","references":[{"name":"a","schema":{}}]}`, `reference "a"`},
		{"too large", `{"registry":"confluent","id":"1","format":"AVRO","schema":"` + strings.Repeat("x", 16<<20) + `"}`, "over 16777216 bytes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := schema.ReadSnapshot(fstest.MapFS{"a/orders.json": {Data: []byte(tc.text)}, "README.md": {Data: []byte("not one")}})
			if err == nil || !strings.Contains(err.Error(), "a/orders.json") || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("got %v, want %q", err, tc.says)
			}
		})
	}
}

func TestWriteSnapshotRefusesWhatItCannotSay(t *testing.T) {
	circle := &schema.Schema{ID: schema.ConfluentID(1), Format: schema.FormatAvro, Text: "x"}
	circle.References = []schema.Reference{{Name: "self", Schema: circle}, {Name: "again", Schema: circle}}
	for name, s := range map[string]*schema.Schema{
		"nil":                 nil,
		"no id":               {Text: "x"},
		"circle":              circle,
		"reference to naught": {ID: schema.ConfluentID(1), References: []schema.Reference{{Name: "a"}}},
	} {
		if err := schema.WriteSnapshot(t.TempDir(), s); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := schema.WriteSnapshot(file); err == nil {
		t.Error("a file was taken for a folder")
	}
}

func TestStaticKnowsTheHighestVersion(t *testing.T) {
	r := schema.Static(
		nil, &schema.Schema{Text: "no id"},
		&schema.Schema{ID: schema.ConfluentID(2), Subject: "s", Version: 2},
		&schema.Schema{ID: schema.ConfluentID(1), Subject: "s", Version: 1},
	)
	if s, err := r.Latest(t.Context(), "s"); err != nil || s.Version != 2 {
		t.Errorf("got %+v, %v", s, err)
	}
	_, err := r.Latest(t.Context(), "t")
	wantKind(t, err, schema.KindUnknownSchema)
	_, err = r.Schema(t.Context(), schema.ID{})
	wantKind(t, err, schema.KindUnknownSchema)
}

func TestStaticFramesAsItsIDsAsk(t *testing.T) {
	confluent := &schema.Schema{ID: schema.ConfluentID(1)}
	glue := &schema.Schema{ID: schema.GlueID(uuid(t, glueUUID))}
	framedConfluent, framedGlue := unhex(t, "0000000001"), unhex(t, "0300b7b4a7f09c964e4aa687fb5de9ef0c63")
	for _, tc := range []struct {
		name                   string
		registry               *schema.StaticRegistry
		readsConfluent, reads2 bool
	}{
		{"confluent", schema.Static(confluent), true, false},
		{"glue", schema.Static(glue), false, true},
		{"both", schema.Static(confluent, glue), true, true},
		{"none", schema.Static(), true, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := tc.registry.Framing().Parse(schema.Input{Data: framedConfluent})
			_, err2 := tc.registry.Framing().Parse(schema.Input{Data: framedGlue})
			if (err == nil) != tc.readsConfluent || (err2 == nil) != tc.reads2 {
				t.Errorf("confluent: %v, glue: %v", err, err2)
			}
			if _, err := tc.registry.Framing().Parse(schema.Input{Data: []byte("{}")}); schema.KindOf(err) != schema.KindFraming {
				t.Errorf("unframed: %v", err)
			}
		})
	}
}

func FuzzReadSnapshot(f *testing.F) {
	f.Add([]byte(`{"registry":"confluent","id":"1","format":"AVRO","schema":"x","references":[{"name":"a","schema":{"format":"JSON","serialized":"AAE="}}],"ruleSet":{"domainRules":[{"name":"r"}]}}`))
	f.Add([]byte(`{"registry":"glue","id":"` + glueUUID + `","format":"PROTOBUF","serialized":"AAE="}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := schema.ReadSnapshot(fstest.MapFS{"s.json": {Data: text}})
		if err != nil {
			return
		}
		c := schema.Cached(nil, schema.WithSnapshot(r))
		if _, err := c.Schema(t.Context(), schema.ConfluentID(1)); err != nil && !errors.As(err, new(*schema.Error)) {
			t.Fatal(err)
		}
	})
}

func ExampleReadSnapshot() {
	// In earnest: //go:embed schemas, and an embed.FS.
	files := fstest.MapFS{"schemas/confluent-7.json": {Data: []byte(`{"registry": "confluent", "id": "7", "format": "AVRO", "schema": "\"string\""}`)}}

	snapshot, err := schema.ReadSnapshot(files)
	if err != nil {
		fmt.Println(err)
		return
	}
	c := schema.Cached(nil, schema.WithSnapshot(snapshot)) // nil: no registry at all
	s, err := c.Schema(context.Background(), schema.ConfluentID(7))
	fmt.Println(s.Format, s.Text, err)
	// Output: AVRO "string" <nil>
}

// A program of its own, run before the build, makes the folder to embed.
func ExampleCache_WriteSnapshot() {
	dir, err := os.MkdirTemp("", "schemas")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	registry := schema.Static(&schema.Schema{ID: schema.ConfluentID(7), Format: schema.FormatAvro, Text: `"string"`})
	c := schema.Cached(registry) // in earnest: a client
	if err := c.Preload(context.Background(), schema.ConfluentID(7)); err != nil {
		fmt.Println(err)
		return
	}
	err = c.WriteSnapshot(dir)
	files, _ := os.ReadDir(dir)
	fmt.Println(len(files), files[0].Name(), err)
	// Output: 1 confluent-7.json <nil>
}

func ExampleStatic() {
	r := schema.Static(&schema.Schema{ID: schema.ConfluentID(7), Format: schema.FormatAvro, Text: `"string"`})
	s, err := r.Schema(context.Background(), schema.ConfluentID(7))
	fmt.Println(s.Text, err)
	_, err = r.Schema(context.Background(), schema.ConfluentID(8))
	fmt.Println(err)
	// Output:
	// "string" <nil>
	// schema: value: unknown schema (schema id 8): not among the schemas given beforehand
}
