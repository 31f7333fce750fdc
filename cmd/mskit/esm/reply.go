package esm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/mskit-go/mskit/kafkaevent"
)

// place is where a record is, as the event spells it.
type place struct {
	partition string
	offset    int64
}

// failed reads a reply as Lambda does: the places it names, or an error for a
// reply that makes Lambda take the whole batch for failed. AWS says nothing of a
// reply without a byte, which is a success here, and of a place that is named
// twice, which is not; package batchtest reads them alike.
//
// Source: https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html.
func failed(reply []byte, e *kafkaevent.Event) (map[place]bool, error) {
	if len(bytes.TrimSpace(reply)) == 0 {
		return nil, nil
	}
	var top map[string]json.RawMessage // maps, for the names have to match exactly
	if err := json.Unmarshal(reply, &top); err != nil {
		return nil, errors.New("the reply is not a JSON object")
	}
	list, ok := top["batchItemFailures"]
	if !ok {
		if len(top) > 0 {
			return nil, errors.New(`the reply has no "batchItemFailures"`)
		}
		return nil, nil
	}
	var items []map[string]json.RawMessage
	if err := json.Unmarshal(list, &items); err != nil {
		return nil, errors.New(`"batchItemFailures" is not a list of objects`)
	}
	delivered := make(map[place]bool, e.Len())
	for _, p := range e.Partitions {
		for i := range p.Records {
			delivered[place{p.Key, p.Records[i].Offset}] = true
		}
	}
	named := make(map[place]bool, len(items))
	for i, item := range items {
		at, err := readPlace(item["itemIdentifier"])
		if err != nil {
			return nil, fmt.Errorf("batchItemFailures[%d]: %w", i, err)
		}
		if !delivered[at] {
			return nil, fmt.Errorf("batchItemFailures[%d] names offset %d of %q, which was not in the event", i, at.offset, at.partition)
		}
		if named[at] {
			return nil, fmt.Errorf("batchItemFailures[%d] names offset %d of %q for the second time", i, at.offset, at.partition)
		}
		named[at] = true
	}
	return named, nil
}

func readPlace(text json.RawMessage) (place, error) {
	var id map[string]json.RawMessage
	if json.Unmarshal(text, &id) != nil || id == nil {
		return place{}, errors.New(`"itemIdentifier" is not an object with a partition and an offset`)
	}
	var at place
	if bytes.Equal(id["partition"], []byte("null")) || json.Unmarshal(id["partition"], &at.partition) != nil {
		return place{}, errors.New(`"partition" is not a string like "orders-0"`)
	}
	var err error
	if at.offset, err = strconv.ParseInt(string(id["offset"]), 10, 64); err != nil {
		return place{}, errors.New(`"offset" is not a number`)
	}
	return at, nil
}
