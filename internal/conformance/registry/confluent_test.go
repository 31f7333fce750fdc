package registry_test

import (
	"net/http"
	"testing"

	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/confluent"
	"github.com/mskit-go/mskit/schema/schematest"
)

// The client reads what franz-go's own fake registry serves, which was written
// after Confluent's without a look at ours.
func TestClientReadsFranzGosRegistry(t *testing.T) {
	fake := srfake.New(srfake.WithAuth("Basic a2V5OnNlY3JldA=="))
	defer fake.Close()
	register := func(subject, text string, typ sr.SchemaType, refs ...sr.SchemaReference) int {
		t.Helper()
		client, err := sr.NewClient(sr.URLs(fake.URL()), sr.BasicAuth("key", "secret"))
		if err != nil {
			t.Fatal(err)
		}
		s, err := client.CreateSchema(t.Context(), subject, sr.Schema{Schema: text, Type: typ, References: refs})
		if err != nil {
			t.Fatal(err)
		}
		return s.ID
	}
	register("country", `{"type":"enum","name":"Country","symbols":["AT"]}`, sr.TypeAvro)
	customer := register("customers-value", `{"type":"record","name":"Customer","fields":[{"name":"c","type":"Country"}]}`, sr.TypeAvro,
		sr.SchemaReference{Name: "Country", Subject: "country", Version: 1})
	proto := register("orders-value", "syntax = \"proto3\";\nmessage Order { int64 id = 1; }\n", sr.TypeProtobuf)
	jsonID := register("carts-value", `{"type":"object"}`, sr.TypeJSON)

	client, err := confluent.NewClient(fake.URL(), confluent.WithBasicAuth("key", "secret"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		id     int
		format schema.Format
		refs   int
	}{{customer, schema.FormatAvro, 1}, {proto, schema.FormatProtobuf, 0}, {jsonID, schema.FormatJSON, 0}} {
		s, err := client.Schema(t.Context(), schema.ConfluentID(uint32(tc.id)))
		if err != nil || s.Format != tc.format || s.Text == "" || len(s.References) != tc.refs {
			t.Errorf("id %d: got %+v, %v", tc.id, s, err)
		}
	}
	if s, err := client.Latest(t.Context(), "customers-value"); err != nil || s.ID != schema.ConfluentID(uint32(customer)) || s.Version != 1 {
		t.Errorf("latest: got %+v, %v", s, err)
	}
	schematest.TestRegistry(t, client, schema.ConfluentID(uint32(customer)), schema.ConfluentID(999))
	schematest.TestRegistry(t, schema.Cached(client), schema.ConfluentID(uint32(proto)), schema.ConfluentID(999))

	stranger, err := confluent.NewClient(fake.URL())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.Schema(t.Context(), schema.ConfluentID(1)); schema.KindOf(err) != schema.KindUnauthorized {
		t.Errorf("got %v, want unauthorized", err)
	}
	fake.Intercept(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	if _, err := client.Schema(t.Context(), schema.ConfluentID(1)); schema.KindOf(err) != schema.KindUnavailable {
		t.Errorf("got %v, want unavailable", err)
	}
}
