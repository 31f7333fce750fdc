package protobuf_test

import (
	"context"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/protobuf"
	"github.com/mskit-go/mskit/schema/protobuf/internal/shoppb"
	"github.com/mskit-go/mskit/schema/schematest"
)

// The decoders keep to the contract of schema.Decoder.
func TestContract(t *testing.T) {
	body := marshal(t, &shoppb.Order{Id: 1001, Sku: "SECRET-PAYLOAD"})
	confluentOrder, glueOrder := value(confluent(1, []int64{1}, body)), value(glueFramed(t, 0, body))
	t.Run("generated", func(t *testing.T) {
		schematest.TestDecoder(t, protobuf.NewDecoder[*shoppb.Order](), confluentOrder, glueOrder, value(body))
	})
	t.Run("any of", func(t *testing.T) {
		d := protobuf.NewAnyOf([]proto.Message{(*shoppb.Order)(nil), (*shoppb.Zed)(nil)})
		schematest.TestDecoder(t, d, confluentOrder, glueOrder)
	})
	t.Run("dynamic", func(t *testing.T) {
		d := protobuf.NewDynamic(anyID{&schema.Schema{Serialized: serializedOrders(t)}})
		// Dynamic messages hold functions, which are never equal; their bytes are.
		bytes := schema.DecoderFunc[[]byte](func(ctx context.Context, in schema.Input) ([]byte, error) {
			m, err := d.Decode(ctx, in)
			if err != nil {
				return nil, err
			}
			return proto.MarshalOptions{Deterministic: true}.Marshal(m)
		})
		schematest.TestDecoder(t, bytes, confluentOrder, glueOrder)
	})
	t.Run("JSON", func(t *testing.T) {
		d := protobuf.NewJSONDecoder[*shoppb.Order]()
		schematest.TestDecoder(t, d, value([]byte(`{"id":"1001","sku":"SECRET-PAYLOAD"}`)))
	})
}
