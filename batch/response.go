package batch

import (
	"encoding/json"
	"strconv"
)

// maxReply is what Lambda takes from a synchronous invocation, in bytes:
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html.
const maxReply = 6 << 20

// Response is the partial batch reply: the records that Lambda shall deliver
// again. An empty list says that the whole batch is done.
//
// Source: https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html.
// For Kafka an item identifier is an object, unlike those of SQS and Kinesis,
// and one that was not in the event makes Lambda take the whole batch for failed.
type Response struct {
	BatchItemFailures []ItemFailure `json:"batchItemFailures"`
}

// ItemFailure names one record.
type ItemFailure struct {
	ItemIdentifier ItemIdentifier `json:"itemIdentifier"`
}

// ItemIdentifier is a record's place as the event spelled it.
type ItemIdentifier struct {
	// Partition is the key of the event's records object, "orders-0".
	Partition string `json:"partition"`
	Offset    int64  `json:"offset"`
}

// MarshalJSON writes a list even where there is none, never null.
func (r Response) MarshalJSON() ([]byte, error) { return r.appendJSON(nil), nil }

func (r Response) appendJSON(b []byte) []byte {
	b = append(b, `{"batchItemFailures":[`...)
	for i, f := range r.BatchItemFailures {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"itemIdentifier":{"partition":`...)
		b = appendString(b, f.ItemIdentifier.Partition)
		b = append(b, `,"offset":`...)
		b = strconv.AppendInt(b, f.ItemIdentifier.Offset, 10)
		b = append(b, `}}`...)
	}
	return append(b, `]}`...)
}

// appendString writes a JSON string. Kafka's topic names need no escape.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			if text, err := json.Marshal(s); err == nil { // it never fails for a string
				return append(b, text...)
			}
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
