package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/confluent"
)

// framed is a payload behind the prefix of schema id 1.
func framed(payload string) []byte { return append([]byte{0, 0, 0, 0, 1}, payload...) }

// The registry must not be asked: schema 1 is embedded.
func registry(t *testing.T) schema.Registry {
	t.Helper()
	down := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("the registry was asked for %s", r.URL)
		http.Error(w, "down", http.StatusServiceUnavailable)
	}))
	t.Cleanup(down.Close)
	client, err := confluent.NewClient(down.URL)
	if err != nil {
		t.Fatal(err)
	}
	known, err := schema.ReadSnapshot(schemas)
	if err != nil {
		t.Fatal(err)
	}
	return schema.Cached(client, schema.WithSnapshot(known))
}

func TestAnInvalidOrderStopsItsPartition(t *testing.T) {
	var log strings.Builder
	logger := slog.New(slog.NewTextHandler(&log, nil))
	payload := kafkaeventtest.MSK(
		kafkaeventtest.Value("orders", framed(`{"id":1001,"lines":[{"sku":"AB-7","qty":3}]}`)),
		kafkaeventtest.Value("orders", framed(`{"id":1002,"lines":[{"sku":"hunter2","qty":"many"}]}`)),
		kafkaeventtest.Value("orders", framed(`{"id":1003,"lines":[{"sku":"AB-9","qty":1}]}`)),
		kafkaeventtest.Value("orders", framed(`{"id":1004,"lines":[{"sku":"AB-7","qty":1}]}`), kafkaeventtest.WithPartition(3)),
	)
	reply, err := handler(registry(t), batch.WithLogger(logger)).Invoke(t.Context(), payload)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"batchItemFailures":[` +
		`{"itemIdentifier":{"partition":"orders-0","offset":1}},{"itemIdentifier":{"partition":"orders-0","offset":2}}]}`
	if string(reply) != want {
		t.Errorf("reply %s, want %s", reply, want)
	}
	for _, told := range []string{"/lines/0/qty: type: want integer, got string", "/lines/0/sku: pattern:"} {
		if !strings.Contains(log.String(), told) {
			t.Errorf("the log does not say %q", told)
		}
	}
	if strings.Contains(log.String(), "hunter2") {
		t.Error("the log quotes the payload")
	}
}

// The event of the README's command, here as there.
func TestEventFile(t *testing.T) {
	payload, err := os.ReadFile("event.json")
	if err != nil {
		t.Fatal(err)
	}
	if findings := kafkaeventtest.Lint(payload); len(findings) > 0 {
		t.Errorf("%v", findings)
	}
	reply, err := handler(registry(t), batch.WithLogger(slog.New(slog.DiscardHandler))).Invoke(t.Context(), payload)
	if want := `{"batchItemFailures":[{"itemIdentifier":{"partition":"orders-3","offset":12}}]}`; err != nil || string(reply) != want {
		t.Errorf("reply %s, %v, want %s", reply, err, want)
	}
}
