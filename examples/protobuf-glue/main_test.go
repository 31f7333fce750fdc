package main

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/examples/protobuf-glue/orderspb"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/glue"
	"github.com/mskit-go/mskit/schema/schematest"
)

var (
	version1 = [16]byte{0xb7, 0xb4, 0xa7, 0xf0, 0x9c, 0x96, 0x4e, 0x4a, 0xa6, 0x87, 0xfb, 0x5d, 0xe9, 0xef, 0x0c, 0x63}
	version2 = [16]byte{0x0d, 0x1e, 0x5c, 0x41, 0x8a, 0x02, 0x47, 0x39, 0x9f, 0x6b, 0x21, 0xc8, 0x77, 0x3a, 0xe0, 0x54}
)

// registry is an AWS Glue with two versions of the schema. In the second one
// there is a message more, which comes first by name.
func registry(t *testing.T) (schema.Registry, *schematest.GlueServer) {
	t.Helper()
	text, err := os.ReadFile("orderspb/orders.proto")
	if err != nil {
		t.Fatal(err)
	}
	server := schematest.NewGlueServer(t,
		&schema.Schema{ID: schema.GlueID(version1), Format: schema.FormatProtobuf, Text: string(text)},
		&schema.Schema{ID: schema.GlueID(version2), Format: schema.FormatProtobuf, Text: string(text) + "message Discount { int32 percent = 1; }"},
	)
	client, err := glue.NewClient(
		glue.WithEndpoint(server.URL),
		glue.WithRegion("eu-north-1"),
		glue.WithCredentials(func(context.Context) (glue.Credentials, error) {
			return glue.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	)
	if err != nil {
		t.Fatal(err)
	}
	return schema.Cached(client), server
}

func marshal(t *testing.T, m proto.Message) []byte {
	t.Helper()
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOrdersOfBothVersionsAreShipped(t *testing.T) {
	order := marshal(t, &orderspb.OrderPlaced{Id: "SE-1001", Lines: []*orderspb.OrderPlaced_Line{{Sku: "AB-7", Quantity: 3}}})
	reg, server := registry(t)
	payload := kafkaeventtest.MSK(
		kafkaeventtest.Value("orders", schematest.Glue(version1, schematest.Rank(1), order)),
		kafkaeventtest.Value("orders", schematest.GlueZlib(version1, schematest.Rank(1), order)),
		kafkaeventtest.Value("orders", schematest.Glue(version2, schematest.Rank(2), order)),
		kafkaeventtest.Value("orders", schematest.Glue(version2, schematest.Rank(2), order)),
	)
	reply, err := handler(reg).Invoke(t.Context(), payload)
	if want := `{"batchItemFailures":[]}`; err != nil || string(reply) != want {
		t.Errorf("reply %s, %v, want %s", reply, err, want)
	}
	if n := len(server.Requests()); n != 2 {
		t.Errorf("AWS Glue was asked %d times, want once a version", n)
	}
}

// Its bytes would decode as an order, with the id alone.
func TestACancellationIsNotShipped(t *testing.T) {
	var log strings.Builder
	reg, _ := registry(t)
	payload := kafkaeventtest.MSK(
		kafkaeventtest.Value("orders", schematest.Glue(version1, schematest.Rank(0), marshal(t, &orderspb.OrderCancelled{Id: "SE-1001"}))),
	)
	reply, err := handler(reg, batch.WithLogger(slog.New(slog.NewTextHandler(&log, nil)))).Invoke(t.Context(), payload)
	if want := `{"batchItemFailures":[{"itemIdentifier":{"partition":"orders-0","offset":0}}]}`; err != nil || string(reply) != want {
		t.Errorf("reply %s, %v, want %s", reply, err, want)
	}
	if want := "the record holds a shop.orders.OrderCancelled, the decoder is for shop.orders.OrderPlaced"; !strings.Contains(log.String(), want) {
		t.Errorf("the log does not say %q:\n%s", want, log.String())
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
	reg, _ := registry(t)
	reply, err := handler(reg, batch.WithLogger(slog.New(slog.DiscardHandler))).Invoke(t.Context(), payload)
	if want := `{"batchItemFailures":[{"itemIdentifier":{"partition":"orders-3","offset":12}}]}`; err != nil || string(reply) != want {
		t.Errorf("reply %s, %v, want %s", reply, err, want)
	}
}
