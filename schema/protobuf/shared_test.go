package protobuf_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/mskit-go/mskit/schema"
)

// static is a registry of Confluent ids.
type static map[uint32]*schema.Schema

func (s static) Schema(_ context.Context, id schema.ID) (*schema.Schema, error) {
	if n, ok := id.Confluent(); ok && s[n] != nil {
		return s[n], nil
	}
	return nil, &schema.Error{Kind: schema.KindUnknownSchema, ID: id}
}

func value(data []byte) schema.Input {
	return schema.Input{Topic: "orders", Data: data}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func marshal(t testing.TB, m proto.Message) []byte {
	t.Helper()
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// serializedOrders is orders.proto as a registry serves it.
func serializedOrders(t testing.TB) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(ordersSerialized)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
