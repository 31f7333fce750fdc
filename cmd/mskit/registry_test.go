package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/schematest"
)

const orderSchema = `{"type":"record","name":"Order","fields":[{"name":"id","type":"long"},{"name":"note","type":["null","string"]}]}`

// avroOrder is the order 42 with the note "hot".
var avroOrder = []byte("\x54\x02\x06hot")

var glueVersion = [16]byte{0x5b, 0x7f, 0x2f, 0x0e, 0x6a, 0x0a, 0x4c, 0x7e, 0x9c, 0x55, 0x0d, 0x3f, 0x0c, 0x8a, 0x1b, 0x22}

// What the function gets is what the registry flags say.
func TestESMAsksTheRegistry(t *testing.T) {
	registry := schematest.NewConfluentServer(t, &schema.Schema{ID: schema.ConfluentID(7), Format: schema.FormatAvro, Text: orderSchema, Subject: "orders-value", Version: 1})
	aws := schematest.NewGlueServer(t, &schema.Schema{ID: schema.GlueID(glueVersion), Format: schema.FormatAvro, Text: orderSchema, Subject: "readings", Version: 1})
	t.Setenv("AWS_ENDPOINT_URL_GLUE", aws.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "id")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
	t.Setenv(registryVariable, "ada:s3cret")
	cluster := newCluster(t, []string{"orders", "readings"})
	client := newClient(t, cluster)
	unknown := schematest.Confluent(8, avroOrder)
	produce(t, client, values("orders", string(schematest.Confluent(7, avroOrder)), string(unknown))...)
	produce(t, client, values("readings", string(schematest.Glue(glueVersion, avroOrder)))...)
	for _, row := range []struct {
		name string
		args []string
		want string // the value that the function gets
		id   string
		lost string // of the summary
	}{
		{name: "JSON", args: []string{"--topic", "orders", "--registry", registry.URL}, want: `{"id":42,"note":"hot"}`, id: "7", lost: `"dropped":1`},
		{
			name: "SOURCE", args: []string{"--topic", "orders", "--registry", registry.URL, "--record-format", "SOURCE", "--validate", "key,value"},
			want: string(avroOrder), id: "7", lost: `"dropped":1`,
		},
		{name: "Glue", args: []string{"--topic", "readings", "--registry", "glue:eu-north-1"}, want: `{"id":42,"note":"hot"}`, id: schema.GlueID(glueVersion).String(), lost: `"dropped":0`},
		{
			name: "by a template", args: []string{
				"--template", "../../examples/esm-registry/template.yaml",
				"--parameter", "RegistryArn=arn:aws:glue:eu-north-1:111122223333:registry/plant",
			},
			want: `{"id":42,"note":"hot"}`, id: schema.GlueID(glueVersion).String(), lost: `"dropped":0`,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			var out, log bytes.Buffer
			std := &streams{in: strings.NewReader(""), out: &out, err: &log}
			kept := filepath.Join(t.TempDir(), "event.json")
			args := append([]string{"esm", "--brokers", cluster.ListenAddrs()[0], "--group", row.name, "--until-end", "--json"}, row.args...)
			code := run(t.Context(), append(args, "--", fn(t), "keep", kept), std)
			if code != exitOK || !strings.Contains(out.String(), `"succeeded":1,`) || !strings.Contains(out.String(), row.lost) {
				t.Fatalf("exit code %d, summary %s\n%s", code, &out, &log)
			}
			payload, err := os.ReadFile(kept)
			if err != nil {
				t.Fatal(err)
			}
			event, err := kafkaevent.Parse(payload)
			if err != nil {
				t.Fatal(err)
			}
			for r := range event.Records() {
				if string(r.Value) != row.want || r.ValueSchema.SchemaID != row.id || r.ValueSchema.DataFormat != "AVRO" {
					t.Errorf("value %q of schema %v", r.Value, r.ValueSchema)
				}
			}
			if strings.Contains(out.String()+log.String(), "s3cret") {
				t.Error("a password was printed")
			}
		})
	}
	if user, password, ok := basicAuth(registry.Requests()[0]); !ok || user != "ada" || password != "s3cret" {
		t.Errorf("the registry was asked as %q", user)
	}
}

func basicAuth(r schematest.Request) (user, password string, ok bool) {
	return (&http.Request{Header: r.Header}).BasicAuth()
}

func TestRegistryFlagsThatCannotWork(t *testing.T) {
	t.Setenv(registryVariable, "")
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("s3cret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name  string
		flags registryFlags
		want  string
	}{
		{name: "file without a registry", flags: registryFlags{RegistryAuthFile: password}, want: "--registry too"},
		{name: "password in the URL", flags: registryFlags{Registry: "https://ada:s3cret@registry.example"}, want: registryVariable},
		{name: "no user", flags: registryFlags{Registry: "https://registry.example", RegistryAuthFile: password}, want: "USER:PASSWORD"},
		{name: "no URL", flags: registryFlags{Registry: "registry.example"}, want: "--registry"},
		{name: "no region", flags: registryFlags{Registry: "glue:no where"}, want: "--registry"},
		{name: "no certificate", flags: registryFlags{Registry: "https://registry.example", RegistryCA: password}, want: "no PEM certificate"},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := row.flags.validate()
			if err == nil {
				_, err = row.flags.open(row.flags.Registry, strings.NewReader(""))
			}
			if err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("error %v, want one that says %q", err, row.want)
			}
		})
	}
}
