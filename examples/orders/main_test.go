package main

import (
	"testing"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
	"github.com/mskit-go/mskit/schema"
)

func TestShip(t *testing.T) {
	payload := kafkaeventtest.MSK(
		kafkaeventtest.JSON("orders", order{ID: "SE-1001"}),
		kafkaeventtest.JSON("orders", order{Customer: "c-9"}), // no id
		kafkaeventtest.JSON("orders", order{ID: "SE-1003"}),
	)
	reply, err := batch.NewPartial(batch.Values(schema.JSON[order](), ship)).Invoke(t.Context(), payload)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"batchItemFailures":[` +
		`{"itemIdentifier":{"partition":"orders-0","offset":1}},{"itemIdentifier":{"partition":"orders-0","offset":2}}]}`
	if string(reply) != want {
		t.Errorf("reply %s, want %s", reply, want)
	}
}
