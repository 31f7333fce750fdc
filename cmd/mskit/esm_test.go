package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// The bootstrap of the example runs behind a topic, unmodified.
func TestESMRunsTheExample(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "orders"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for range 300 {
		client.Produce(t.Context(), &kgo.Record{Topic: "orders", Value: []byte(`{"id":"SE-1001"}`)}, nil)
	}
	if err := client.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	var out, log bytes.Buffer
	std := &streams{in: strings.NewReader(""), out: &out, err: &log}
	code := run(t.Context(), []string{
		"esm", "--brokers", cluster.ListenAddrs()[0], "--topic", "orders", "--report-item-failures",
		"--until-end", "--json", "--", buildOrders(t),
	}, std)
	if code != exitOK || !strings.HasPrefix(out.String(), `{"records":300,"filtered":0,"succeeded":300,`) {
		t.Errorf("exit code %d, summary %s\n%s", code, out.String(), log.String())
	}
}
