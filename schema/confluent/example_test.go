package confluent_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/confluent"
)

func ExampleNewClient() {
	// In earnest: the URL of your registry.
	registry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"schema": "\"string\"", "id": 7, "version": 3, "subject": "orders-value"}`)
	}))
	defer registry.Close()

	client, err := confluent.NewClient(registry.URL, confluent.WithBasicAuth("key", "secret"))
	if err != nil {
		fmt.Println(err)
		return
	}
	schemas := schema.Cached(client) // once, outside the handler
	s, err := schemas.Latest(context.Background(), "orders-value")
	fmt.Println(s.ID, s.Format, s.Text, err)
	// Output: 7 AVRO "string" <nil>
}
