package schematest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/confluent"
	"github.com/mskit-go/mskit/schema/glue"
	"github.com/mskit-go/mskit/schema/schematest"
)

func ExampleConfluent() {
	fmt.Printf("%x\n", schematest.Confluent(7, []byte("{}")))
	fmt.Printf("%x\n", schematest.Confluent(7, schematest.Index(1, 0), []byte{0x08, 0x05})) // a nested Protobuf message
	// Output:
	// 00000000077b7d
	// 00000000070402000805
}

func ExampleGlue() {
	id, _ := schema.ParseUUID("b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63")
	fmt.Printf("%x\n", schematest.Glue(id, []byte("{}")))
	fmt.Printf("%x\n", schematest.Glue(id, schematest.Rank(2), []byte{0x08, 0x05}))
	// Output:
	// 0300b7b4a7f09c964e4aa687fb5de9ef0c637b7d
	// 0300b7b4a7f09c964e4aa687fb5de9ef0c63020805
}

func ExampleNewRegistry() {
	r := schematest.NewRegistry(&schema.Schema{ID: schema.ConfluentID(7), Format: schema.FormatAvro, Text: `"string"`})
	r.Fail(schema.KindUnavailable)
	_, err := r.Schema(context.Background(), schema.ConfluentID(7))
	fmt.Println(schema.Retryable(err), r.Requests())
	// Output: true 1
}

func ExampleNewConfluentServer() {
	test := func(t testing.TB) { // a test of yours
		registry := schematest.NewConfluentServer(t, &schema.Schema{ID: schema.ConfluentID(7), Format: schema.FormatAvro, Text: `"string"`})
		registry.Inject(schematest.First(1, schematest.HTMLPage(503)))

		client, err := confluent.NewClient(registry.URL)
		if err != nil {
			t.Fatal(err)
		}
		s, err := client.Schema(t.Context(), schema.ConfluentID(7))
		fmt.Println(s.Text, err, len(registry.Requests()))
	}
	run(test)
	// Output: "string" <nil> 2
}

func ExampleNewGlueServer() {
	test := func(t testing.TB) { // a test of yours
		id, _ := schema.ParseUUID("b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63")
		registry := schematest.NewGlueServer(t, &schema.Schema{ID: schema.GlueID(id), Format: schema.FormatAvro, Text: `"string"`})
		registry.Inject(schematest.GlueError(400, "AccessDeniedException"))

		client, err := glue.NewClient(glue.WithEndpoint(registry.URL), glue.WithRegion("eu-west-1"),
			glue.WithCredentials(func(context.Context) (glue.Credentials, error) {
				return glue.Credentials{AccessKeyID: "any", SecretAccessKey: "any"}, nil
			}))
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Schema(t.Context(), schema.GlueID(id))
		fmt.Println(schema.KindOf(err))
	}
	run(test)
	// Output: unauthorized
}

// run stands in for go test.
func run(test func(testing.TB)) { test(&exampleTB{}) }

type exampleTB struct{ testing.TB }

func (*exampleTB) Context() context.Context { return context.Background() }
func (*exampleTB) Cleanup(func())           {}
func (*exampleTB) Fatal(args ...any)        { panic(fmt.Sprint(args...)) }
