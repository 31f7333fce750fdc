package main

import (
	"context"
	_ "embed"
	"encoding/hex"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/confluent"
	"github.com/mskit-go/mskit/schema/schematest"
)

//go:embed event.json
var event []byte

// The writer's schema has a field more than Order, and its types differ.
const written = `{"type":"record","name":"Order","namespace":"shop","fields":[
	{"name":"id","type":"int"},
	{"name":"status","type":{"type":"enum","name":"Status","symbols":["NEW","PAID"]}},
	{"name":"customer","type":"string"},
	{"name":"total","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
	{"name":"coupon","type":["null","string"],"default":null},
	{"name":"paidAt","type":["null",{"type":"long","logicalType":"timestamp-millis"}]},
	{"name":"items","type":{"type":"array","items":{"type":"record","name":"Item","fields":[
		{"name":"sku","type":"string"},{"name":"qty","type":"int"}]}}}]}`

func registry(t *testing.T) schema.Registry {
	server := schematest.NewConfluentServer(t, &schema.Schema{
		ID: schema.ConfluentID(7), Format: schema.FormatAvro, Text: written, Subject: "orders-value", Version: 1,
	})
	client, err := confluent.NewClient(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return schema.Cached(client)
}

// body is an order as the serializer writes it.
func body(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const (
	paid   = "d20f02066336370409a502085350524902d0a0daedee66020841422d370600"
	unpaid = "d40f00066336370409a5000000"
)

func TestShipsWhatIsPaid(t *testing.T) {
	payload := kafkaeventtest.SelfManaged(
		kafkaeventtest.Value("orders", schematest.Confluent(7, body(t, paid))),
		kafkaeventtest.Value("orders", schematest.Confluent(7, body(t, unpaid))),
	)
	var got []Order
	reply, err := newProcessor(registry(t), func(_ context.Context, m batch.Message[Order]) error {
		got = append(got, m.Value)
		return nil
	}).Invoke(t.Context(), payload)
	if err != nil || string(reply) != `{"batchItemFailures":[]}` {
		t.Fatalf("%s, %v", reply, err)
	}
	want := []Order{{
		ID: 1001, Status: "PAID", Total: "24.69", Coupon: new("SPRI"),
		PaidAt: time.UnixMilli(1767225641000).UTC(), Items: []Item{{SKU: "AB-7", Qty: 3}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A broken record is its own failure, and so is what comes after it in its
// partition.
func TestReportsABrokenRecord(t *testing.T) {
	whole := body(t, paid)
	payload := kafkaeventtest.SelfManaged(
		kafkaeventtest.Value("orders", schematest.Confluent(7, whole)),
		kafkaeventtest.Value("orders", schematest.Confluent(7, whole[:20])),
	)
	reply, err := newProcessor(registry(t), ship).Invoke(t.Context(), payload)
	if want := `{"batchItemFailures":[{"itemIdentifier":{"partition":"orders-0","offset":1}}]}`; err != nil || string(reply) != want {
		t.Errorf("%s, %v, want %s", reply, err, want)
	}
}

func TestEventFile(t *testing.T) {
	for _, f := range kafkaeventtest.Lint(event) {
		t.Error(f)
	}
	shipped := 0
	reply, err := newProcessor(registry(t), func(context.Context, batch.Message[Order]) error {
		shipped++
		return nil
	}).Invoke(t.Context(), event)
	if err != nil || string(reply) != `{"batchItemFailures":[]}` || shipped != 1 {
		t.Errorf("%s, %v, %d shipped", reply, err, shipped)
	}
}
