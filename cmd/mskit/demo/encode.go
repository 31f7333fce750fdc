package demo

import (
	"encoding/binary"
	"encoding/json"

	"google.golang.org/protobuf/proto"

	"github.com/mskit-go/mskit/examples/mixed/handler"
	"github.com/mskit-go/mskit/examples/mixed/schemas"
	"github.com/mskit-go/mskit/schema"
)

// framed is a body behind Confluent's framing: a zero and the schema's id.
func framed(id uint32, body []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, id), body...)
}

// encode is an order as a serializer of that format writes it. Without an
// article it has no lines.
func encode(format schema.Format, id, status, sku string, qty int) []byte {
	o := handler.Order{ID: id, Status: status, Lines: []handler.Line{}}
	if sku != "" {
		o.Lines = append(o.Lines, handler.Line{SKU: sku, Qty: qty})
	}
	switch format {
	case schema.FormatAvro:
		return encodeAvro(o)
	case schema.FormatProtobuf:
		return encodeProtobuf(o)
	default:
		text, _ := json.Marshal(o) //nolint:errchkjson // texts and numbers
		return text
	}
}

// encodeAvro writes schemas.Avro by hand: a program that reads Avro links no
// encoder.
func encodeAvro(o handler.Order) []byte {
	text := func(b []byte, s string) []byte {
		return append(binary.AppendVarint(b, int64(len(s))), s...)
	}
	b := text(nil, o.ID)
	b = binary.AppendVarint(b, int64(schemas.Order_Status_value[o.Status])) // the symbols have the same order
	if len(o.Lines) > 0 {
		b = binary.AppendVarint(b, int64(len(o.Lines)))
	}
	for _, l := range o.Lines {
		b = binary.AppendVarint(text(b, l.SKU), int64(l.Qty))
	}
	return append(b, 0) // no further lines
}

// The message index goes before a Protobuf body: one zero is the first message
// of the file, [1] the second.
func encodeProtobuf(o handler.Order) []byte {
	m := &schemas.Order{Id: o.ID, Status: schemas.Order_Status(schemas.Order_Status_value[o.Status])}
	for _, l := range o.Lines {
		m.Lines = append(m.Lines, &schemas.Order_Line{Sku: l.SKU, Qty: int32(l.Qty)})
	}
	return marshal([]byte{0}, m)
}

func encodeRefund(id string) []byte { return marshal([]byte{2, 2}, &schemas.Refund{Id: id}) }

func marshal(index []byte, m proto.Message) []byte {
	b, _ := proto.MarshalOptions{}.MarshalAppend(index, m) // its texts are UTF-8
	return b
}
