package kafkaeventtest

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// object is a JSON object in document order, repeated names included, which a
// map would hide from the linter.
type object []member

type member struct {
	name string
	text json.RawMessage
}

func (o object) get(name string) (json.RawMessage, bool) {
	for _, m := range o {
		if m.name == name {
			return m.text, true
		}
	}
	return nil, false
}

// readObject reads the members of an object in text that is valid JSON.
func readObject(text []byte) (object, bool) {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	var o object
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, false
		}
		m := member{name: name.(string)} // an object's names are strings
		if err := d.Decode(&m.text); err != nil {
			return nil, false
		}
		o = append(o, m)
	}
	return o, true
}

func readArray(text []byte) ([]json.RawMessage, bool) {
	var items []json.RawMessage
	err := json.Unmarshal(text, &items)
	return items, err == nil && items != nil
}

func readText(text []byte) (string, bool) {
	var s *string
	if err := json.Unmarshal(text, &s); err != nil || s == nil {
		return "", false
	}
	return *s, true
}

// readInt reads an integer as Lambda writes it: no sign of a fraction.
func readInt(text []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64)
	return n, err == nil
}

// kindOf names the kind of a JSON text for a message.
func kindOf(text []byte) string {
	switch text = bytes.TrimSpace(text); {
	case len(text) == 0:
		return "nothing"
	case text[0] == '{':
		return "object"
	case text[0] == '[':
		return "array"
	case text[0] == '"':
		return "string"
	case text[0] == 't', text[0] == 'f':
		return "boolean"
	case text[0] == 'n':
		return "null"
	}
	return "number"
}
