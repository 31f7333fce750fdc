package batchtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// place is where a record is, as the event spells it.
type place struct {
	key    string
	offset int64
}

// readReply reads a reply as Lambda does under ReportBatchItemFailures: the
// places it names, none for success, or an error for a reply that makes Lambda
// take the whole batch for failed. A place named twice, of which AWS says
// nothing, is an error as well.
//
// Source: https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html.
func readReply(reply []byte, delivered func(place) bool) (map[place]bool, error) {
	if len(reply) > maximumPayload {
		return nil, fmt.Errorf("the reply has %d bytes; Lambda takes at most %d", len(reply), maximumPayload)
	}
	if len(bytes.TrimSpace(reply)) == 0 {
		return nil, nil
	}
	if !json.Valid(reply) {
		return nil, errors.New("the reply is not JSON")
	}
	var top map[string]json.RawMessage // a map, for names have to match exactly
	if err := json.Unmarshal(reply, &top); err != nil {
		return nil, errors.New("the reply is not an object")
	}
	list, ok := top["batchItemFailures"]
	if !ok && len(top) > 0 {
		return nil, errors.New(`the reply has no "batchItemFailures" although it is not empty`)
	}
	var items []map[string]json.RawMessage
	if ok {
		if err := json.Unmarshal(list, &items); err != nil {
			return nil, errors.New(`"batchItemFailures" is not a list of objects`)
		}
	}
	named := make(map[place]bool, len(items))
	for i, item := range items {
		p, err := readPlace(item["itemIdentifier"])
		if err != nil {
			return nil, fmt.Errorf("batchItemFailures[%d]: %w", i, err)
		}
		if !delivered(p) {
			return nil, fmt.Errorf("batchItemFailures[%d] names offset %d of %q, which was not in the event", i, p.offset, p.key)
		}
		if named[p] {
			return nil, fmt.Errorf("batchItemFailures[%d] names offset %d of %q for the second time", i, p.offset, p.key)
		}
		named[p] = true
	}
	return named, nil
}

func readPlace(text json.RawMessage) (place, error) {
	var id map[string]json.RawMessage
	if err := json.Unmarshal(text, &id); err != nil || id == nil {
		return place{}, errors.New(`"itemIdentifier" is not an object; for Kafka it has a partition and an offset`)
	}
	var p place
	var key *string
	if err := json.Unmarshal(id["partition"], &key); err != nil || key == nil {
		return place{}, errors.New(`"partition" is not a string like "orders-0"`)
	}
	offset, err := strconv.ParseInt(string(id["offset"]), 10, 64)
	if err != nil {
		return place{}, errors.New(`"offset" is not a number`)
	}
	p.key, p.offset = *key, offset
	return p, nil
}
