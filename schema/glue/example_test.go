package glue_test

import (
	"context"
	"fmt"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/glue"
)

func ExampleNewClient() {
	client, err := glue.NewClient(glue.WithRegion("eu-west-1")) // inside Lambda no option is needed
	if err != nil {
		fmt.Println(err)
		return
	}
	schemas := schema.Cached(client) // once, outside the handler
	fmt.Println(schemas.Stats().Fetches, "requests so far")
	// Output: 0 requests so far
}

// An AWS SDK client fits behind one function.
func ExampleWithAPI() {
	type sdkOutput struct{ SchemaDefinition, SchemaVersionID, SchemaArn, DataFormat string } // glue.GetSchemaVersionOutput in earnest
	sdk := func(_ context.Context, versionID string) (*sdkOutput, error) {
		return &sdkOutput{`"string"`, versionID, "arn:aws:glue:eu-west-1:123456789012:schema/shop/orders", "AVRO"}, nil
	}

	client, err := glue.NewClient(glue.WithAPI(glue.APIFunc(func(ctx context.Context, q glue.Query) (glue.Version, error) {
		out, err := sdk(ctx, q.VersionID)
		if err != nil {
			return glue.Version{}, err
		}
		return glue.Version{VersionID: out.SchemaVersionID, Definition: out.SchemaDefinition, DataFormat: out.DataFormat, SchemaARN: out.SchemaArn}, nil
	})))
	if err != nil {
		fmt.Println(err)
		return
	}
	id, _ := schema.ParseUUID("b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63")
	s, err := client.Schema(context.Background(), schema.GlueID(id))
	fmt.Println(s.Subject, s.Format, s.Text, err)
	// Output: orders AVRO "string" <nil>
}
