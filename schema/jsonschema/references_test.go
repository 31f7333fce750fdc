package jsonschema_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	engine "github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/jsonschema"
)

// doc is a JSON Schema with references, name and schema in turn.
func doc(text string, references ...any) *schema.Schema {
	s := &schema.Schema{ID: schema.ConfluentID(1), Format: schema.FormatJSON, Text: text}
	for i := 0; i < len(references); i += 2 {
		s.References = append(s.References, schema.Reference{
			Name: references[i].(string), Schema: references[i+1].(*schema.Schema),
		})
	}
	return s
}

func TestReferencesOfTheRegistry(t *testing.T) {
	integer, text := doc(`{"type":"integer"}`), doc(`{"type":"string"}`)
	withIDs := doc(`{"$id":"http://shop.example/customer","definitions":{"n":{"type":"integer"}}}`)
	tests := map[string]*schema.Schema{
		"bare name":               doc(`{"$ref":"customer.json"}`, "customer.json", integer),
		"a name with a space":     doc(`{"$ref":"my customer.json"}`, "my customer.json", integer),
		"a Java class name":       doc(`{"$ref":"com.acme.Customer"}`, "com.acme.Customer", integer),
		"in a folder":             doc(`{"$ref":"common/customer.json"}`, "common/customer.json", integer),
		"from the root":           doc(`{"$ref":"/customer.json"}`, "/customer.json", integer),
		"absolute name":           doc(`{"$ref":"https://shop.example/customer.json"}`, "https://shop.example/customer.json", integer),
		"a file URL for a name":   doc(`{"$ref":"file:///customer.json"}`, "file:///customer.json", integer),
		"urn":                     doc(`{"$ref":"urn:acme:customer"}`, "urn:acme:customer", integer),
		"resolved against $id":    doc(`{"$id":"http://shop.example/v1/order.json","$ref":"#/definitions/c","definitions":{"c":{"$ref":"customer.json"}}}`, "customer.json", integer),
		"absolute name, bare ref": doc(`{"$id":"http://shop.example/v1/order.json","allOf":[{"$ref":"customer.json"}]}`, "http://shop.example/v1/customer.json", integer),
		"draft 4 id":              doc(`{"$schema":"http://json-schema.org/draft-04/schema#","id":"http://shop.example/v1/order.json","allOf":[{"$ref":"customer.json"}]}`, "customer.json", integer),
		"a relative $id":          doc(`{"$id":"order.json","allOf":[{"$ref":"customer.json"}]}`, "customer.json", integer),
		"by the reference's $id":  doc(`{"$ref":"http://shop.example/customer#/definitions/n"}`, "customer.json", withIDs),
		"with a fragment":         doc(`{"$ref":"customer.json#/definitions/n"}`, "customer.json", withIDs),
		"fragment in the name":    doc(`{"$ref":"customer.json#/definitions/n"}`, "customer.json#/definitions/n", withIDs),
		"through another":         doc(`{"$ref":"a.json"}`, "a.json", doc(`{"$ref":"b.json"}`, "b.json", integer)),
		"another's folder":        doc(`{"$ref":"x/a.json"}`, "x/a.json", doc(`{"$ref":"b.json"}`, "b.json", integer)),
		"another's $id": doc(`{"$ref":"a.json"}`, "a.json",
			doc(`{"$id":"http://shop.example/a.json","allOf":[{"$ref":"b.json"}]}`, "b.json", integer)),
		"two ways to one": doc(`{"allOf":[{"$ref":"a.json"},{"$ref":"b.json"}]}`,
			"a.json", doc(`{"$ref":"n.json"}`, "n.json", integer), "b.json", doc(`{"$ref":"n.json"}`, "n.json", integer)),
		"one name, two $id, two schemas": doc(`{"anyOf":[{"$ref":"a.json"},{"allOf":[{"$ref":"b.json"},false]}]}`,
			"a.json", doc(`{"$id":"http://a.example/a","allOf":[{"$ref":"n.json"}]}`, "n.json", integer),
			"b.json", doc(`{"$id":"http://b.example/b","allOf":[{"$ref":"n.json"}]}`, "n.json", text)),
		"below a $id within":   doc(`{"definitions":{"c":{"$id":"http://shop.example/c","type":"integer"}},"$ref":"http://shop.example/c"}`),
		"a meta-schema":        doc(`{"anyOf":[{"$ref":"http://json-schema.org/draft-07/schema#"},{"type":"integer"}]}`),
		"itself, below a name": doc(`{"type":["integer","object"],"additionalProperties":{"$ref":"#"}}`),
	}
	for name, s := range tests {
		t.Run(name, func(t *testing.T) {
			d := jsonschema.NewDecoder[any](schema.Static(s))
			if _, err := d.Decode(t.Context(), schema.Input{Data: confluent(1, `1`)}); err != nil {
				t.Errorf("an integer: %v", err)
			}
			if _, err := d.Decode(t.Context(), schema.Input{Data: confluent(1, `"x"`)}); schema.KindOf(err) != schema.KindValidation {
				t.Errorf("a string: %v", err)
			}
		})
	}
}

func TestUnusableReferences(t *testing.T) {
	cyclic := doc(`{"$ref":"a.json"}`)
	a := doc(`{"$ref":"b.json"}`, "b.json", cyclic)
	cyclic.References = []schema.Reference{{Name: "a.json", Schema: a}}
	a.References[0].Name = "./"
	a.Text = `{"$ref":"./"}`
	deeper := doc(`{"type":"integer"}`)
	deeper.References = []schema.Reference{{Name: "x/a.json", Schema: deeper}}

	tests := map[string]struct {
		s    *schema.Schema
		text string
	}{
		"not registered":     {doc(`{"$ref":"customer.json"}`), `"customer.json"`},
		"another registered": {doc(`{"$ref":"customer.json"}`, "order.json", doc(`true`)), `"customer.json"`},
		"file":               {doc(`{"$ref":"file:///proc/self/environ"}`), `"file:///proc/self/environ"`},
		"http":               {doc(`{"$ref":"http://127.0.0.1:1/x.json"}`), `"http://127.0.0.1:1/x.json"`},
		"https with secrets": {doc(`{"$ref":"https://user:hunter2@h.example/x?token=hunter2#/a"}`), `"https://h.example/x"`},
		"a meta-schema of ?": {doc(`{"$schema":"http://json-schema.org/draft-03/schema#"}`), "draft 4, 6, 7, 2019-09 or 2020-12"},
		"a meta-schema file": {doc(`{"$schema":"file:///etc/passwd"}`), "draft 4, 6, 7, 2019-09 or 2020-12"},
		"within a reference": {doc(`{"$ref":"a.json"}`, "a.json", doc(`{"$ref":"file:///etc/passwd"}`)), `"file:///etc/passwd"`},
		"by $id into a file": {doc(`{"$id":"file:///etc/","allOf":[{"$ref":"passwd"}]}`), `"file:///etc/passwd"`},
		"a pointer to nothing": {
			doc(`{"$ref":"#/definitions/none"}`), "#/definitions/none not found",
		},
		"not resolved by the registry": {
			&schema.Schema{ID: schema.ConfluentID(1), Text: `true`, References: []schema.Reference{{Name: "a.json"}}}, "not resolved",
		},
		"an Avro schema":         {doc(`{"$ref":"a"}`, "a", &schema.Schema{Format: schema.FormatAvro, Text: `"int"`}), "not a JSON Schema"},
		"broken text":            {doc(`{"$ref":"a"}`, "a", doc(`{"type":`)), `"a"`},
		"a name that is no URI":  {doc(`true`, "%zz", doc(`true`)), "no URI"},
		"an $id that is no URI":  {doc(`{"$id":"%zz"}`), "no URI"},
		"two under one name":     {doc(`true`, "a", doc(`true`), "a", doc(`false`)), "two different"},
		"a loop of documents":    {cyclic, "leads back to itself"},
		"ever deeper by itself":  {deeper, "more than 250 documents"},
		"a loop in one document": {doc(`{"$ref":"#/definitions/a","definitions":{"a":{"$ref":"#/definitions/b"},"b":{"$ref":"#/definitions/a"}}}`), "leads back to itself"},
		"a loop in place":        {doc(`{"allOf":[{"anyOf":[{"$ref":"#"}]}]}`), "leads back to itself"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := jsonschema.NewDecoder[any](schema.Static(tt.s))
			_, err := d.Decode(t.Context(), schema.Input{Data: confluent(1, `1`)})
			if schema.KindOf(err) != schema.KindInvalidSchema || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("%v, want %q", err, tt.text)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("a credential in %q", err)
			}
		})
	}
}

// The engine reads file URLs by a loader of its own, and programs may add
// loaders for the whole process, as its package httploader does.
func TestNoLoaderOfTheProcessIsUsed(t *testing.T) {
	used := 0
	load := func(string) (io.ReadCloser, error) {
		used++
		return nil, errors.New("used")
	}
	loadURL, loaders := engine.LoadURL, engine.Loaders
	t.Cleanup(func() { engine.LoadURL, engine.Loaders = loadURL, loaders })
	engine.LoadURL = load
	engine.Loaders = map[string]func(string) (io.ReadCloser, error){"file": load, "http": load, "https": load, "registry": load}

	there := filepath.Join(t.TempDir(), "there.json")
	if err := os.WriteFile(there, []byte(`true`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{"file://" + there, there, "http://127.0.0.1:1/", "https://127.0.0.1:1/", "registry:///x", "x.json", "../x.json"} {
		for _, keyword := range []string{"$ref", "$schema"} {
			d := jsonschema.NewDecoder[any](nil, jsonschema.WithSchema(`{"`+keyword+`":"`+ref+`"}`))
			if d.ConfigError() == nil {
				t.Errorf("%s %s was resolved", keyword, ref)
			}
		}
	}
	if used > 0 {
		t.Errorf("loaders of the process were called %d times", used)
	}
}
