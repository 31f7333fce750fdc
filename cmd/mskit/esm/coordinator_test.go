package esm_test

import (
	"context"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/mskit-go/mskit/cmd/mskit/esm"
)

// The first group of a new cluster makes its brokers create the topic of
// offsets, and until that is there they have no coordinator.
func TestANewClusterHasNoCoordinatorYet(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: "orders"}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	refusals := 3
	cluster.ControlKey(kmsg.FindCoordinator.Int16(), func(request kmsg.Request) (kmsg.Response, error, bool) {
		if refusals == 0 {
			return nil, nil, false
		}
		refusals--
		cluster.KeepControl()
		response := request.ResponseKind().(*kmsg.FindCoordinatorResponse)
		for _, key := range request.(*kmsg.FindCoordinatorRequest).CoordinatorKeys {
			c := kmsg.NewFindCoordinatorResponseCoordinator()
			c.Key, c.ErrorCode = key, kerr.CoordinatorNotAvailable.Code
			response.Coordinators = append(response.Coordinators, c)
		}
		response.ErrorCode = kerr.CoordinatorNotAvailable.Code
		return response, nil, true
	})
	ok := invoker(func(context.Context, []byte) ([]byte, error) { return []byte(`{}`), nil })
	got, err := esm.Run(t.Context(), ok, esm.Config{Brokers: cluster.ListenAddrs(), Topic: "orders", UntilEnd: true})
	if err != nil || got.Succeeded != 1 {
		t.Errorf("%+v, %v, want the record taken", got, err)
	}
}
