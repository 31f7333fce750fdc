// Command esm-registry reads sensor readings behind an event source mapping
// that has a schema registry of its own: Lambda validates every value, takes the
// registry's framing off and attaches the schema id as metadata.
//
// In the record format JSON it also converts: each value is JSON text, whatever
// the producer wrote, and nobody needs to be asked. In the format SOURCE a value
// is the bare Avro of its producer, and its schema is read by the id in the
// metadata. Nothing in the event says which of the two it is, so the template
// tells the function what it tells the mapping.
package main

import (
	"context"
	"log"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/avro"
	"github.com/mskit-go/mskit/schema/glue"
)

type reading struct {
	Sensor string  `json:"sensor" avro:"sensor"`
	Temp   float64 `json:"temp" avro:"temp"`
}

func store(ctx context.Context, m batch.Message[reading]) error {
	slog.InfoContext(ctx, "stored", "record", m.ID(), "schema", m.ValueSchema.SchemaID, "sensor", m.Value.Sensor)
	return nil
}

func decoder(format string, registry schema.Registry) schema.Decoder[reading] {
	if format == "JSON" {
		return schema.JSON[reading]()
	}
	return avro.NewDecoder[reading](registry) // its framing is ESM of the registry's
}

func main() {
	client, err := glue.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	d := decoder(os.Getenv("EVENT_RECORD_FORMAT"), schema.Cached(client))
	lambda.Start(batch.NewPartial(batch.Values(d, store)))
}
