package kafkaeventtest

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"
)

// record checks one record and gives its offset, nil where it has none.
func (l *linter) record(path, key string, o object) *int64 {
	l.names(
		o, path, "topic", "partition", "offset", "timestamp", "timestampType",
		"key", "value", "keySchemaMetadata", "valueSchemaMetadata", "headers",
	)
	l.coordinates(path, key, o)
	l.time(path, o)
	l.bytes(path, "key", o)
	l.bytes(path, "value", o)
	l.metadata(path, "keySchemaMetadata", o)
	l.metadata(path, "valueSchemaMetadata", o)
	l.headers(path, o)

	offset, ok := l.integer(path, "offset", o, math.MaxInt64)
	if !ok {
		return nil
	}
	return &offset
}

func (l *linter) coordinates(path, key string, o object) {
	var topic string
	raw, hasTopic := o.get("topic")
	if !hasTopic {
		l.addf(path, "no topic; every record has one")
	} else if topic, hasTopic = readText(raw); !hasTopic {
		l.addf(path+".topic", "a JSON %s; Lambda sends a string", kindOf(raw))
	} else if !legalTopic(topic) {
		l.addf(path+".topic", "%q is no name Kafka allows: 1 to 249 letters, digits, '.', '_' and '-'", topic)
	}
	partition, ok := l.integer(path, "partition", o, math.MaxInt32)
	if want := topic + "-" + strconv.FormatInt(partition, 10); hasTopic && ok && key != want {
		l.addf(path, "listed under %q; Lambda lists it under %q", key, want)
	}
}

func legalTopic(s string) bool {
	if s == "" || s == "." || s == ".." || len(s) > 249 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// integer checks a number from 0 to limit.
func (l *linter) integer(path, name string, o object, limit int64) (int64, bool) {
	raw, ok := o.get(name)
	if !ok {
		l.addf(path, "no %s; every record has one", name)
		return 0, false
	}
	n, ok := readInt(raw)
	switch {
	case !ok && kindOf(raw) == "number":
		l.addf(path+"."+name, "not a whole number of 64 bits")
	case !ok:
		l.addf(path+"."+name, "a JSON %s; Lambda sends a number", kindOf(raw))
	case n < 0 || n > limit:
		l.addf(path+"."+name, "%d; Kafka has 0 to %d", n, limit)
		return n, false
	}
	return n, ok
}

// time checks the timestamp, which has a handful of wrong units, and its type.
func (l *linter) time(path string, o object) {
	const (
		earliest = 1e11 // 1973 in milliseconds, 5138 in seconds
		latest   = 1e13 // 2286 in milliseconds, 1970 in microseconds
	)
	at := path + ".timestamp"
	raw, ok := o.get("timestamp")
	n, isInt := readInt(raw)
	switch {
	case !ok:
		l.addf(path, "no timestamp; every record has one, -1 when Kafka has none")
	case !isInt:
		l.addf(at, "a JSON %s; Lambda sends whole milliseconds since 1970", kindOf(raw))
	case n == -1:
	case n < 0:
		l.addf(at, "%d; only -1, for no timestamp, is negative", n)
	case n < earliest:
		l.addf(at, "%d is before 1974; Lambda sends milliseconds, this looks like seconds", n)
	case n > latest:
		l.addf(at, "%d is after 2286; Lambda sends milliseconds, this looks like micro- or nanoseconds", n)
	}

	raw, ok = o.get("timestampType")
	s, _ := readText(raw)
	switch {
	case !ok:
		l.addf(path, "no timestampType; every record has one")
	case s != "CREATE_TIME" && s != "LOG_APPEND_TIME" && s != "NO_TIMESTAMP_TYPE":
		l.addf(path+".timestampType", "%q; Kafka has CREATE_TIME, LOG_APPEND_TIME and NO_TIMESTAMP_TYPE", s)
	}
}

// bytes checks a key or a value. Absent and null both mean null and both occur.
func (l *linter) bytes(path, name string, o object) {
	raw, ok := o.get(name)
	if !ok || kindOf(raw) == "null" {
		return
	}
	s, ok := readText(raw)
	if !ok {
		l.addf(path+"."+name, "a JSON %s; Lambda sends base64 in a string", kindOf(raw))
		return
	}
	if _, err := base64.StdEncoding.Strict().DecodeString(s); err == nil && !strings.ContainsAny(s, "\r\n") {
		return
	}
	switch _, err := base64.StdEncoding.DecodeString(s); {
	case err == nil && strings.ContainsAny(s, "\r\n"):
		l.addf(path+"."+name, "base64 with line breaks; Lambda writes none")
	case err == nil:
		l.addf(path+"."+name, "base64 that ends in stray bits; no encoder writes it, so it was made by hand")
	case strings.ContainsAny(s, "-_"):
		l.addf(path+"."+name, "base64 of the URL alphabet; Lambda sends the standard one")
	default:
		l.addf(path+"."+name, "not base64, or not padded")
	}
}

// isUUID tells a Glue schema version, isDecimal a Confluent schema id.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case (c < '0' || c > '9') && (c < 'a' || c > 'f'):
			return false
		}
	}
	return true
}

func isDecimal(s string) bool {
	_, err := strconv.ParseUint(s, 10, 32)
	return err == nil
}

func (l *linter) metadata(path, name string, o object) {
	raw, ok := o.get(name)
	if !ok {
		return
	}
	at := path + "." + name
	m, ok := readObject(raw)
	if !ok {
		l.addf(at, "a JSON %s; Lambda sends an object, or nothing", kindOf(raw))
		return
	}
	l.names(m, at, "dataFormat", "schemaId")
	raw, _ = m.get("dataFormat")
	if s, _ := readText(raw); s != "AVRO" && s != "PROTOBUF" && s != "JSON" {
		l.addf(at+".dataFormat", "%q; Lambda sends AVRO, PROTOBUF or JSON", s)
	}
	raw, ok = m.get("schemaId")
	s, isText := readText(raw)
	switch {
	case !ok:
		l.addf(at, "no schemaId; Lambda sends it with dataFormat")
	case !isText:
		l.addf(at+".schemaId", "a JSON %s; Lambda sends a string, also for a numeric id", kindOf(raw))
	case !isUUID(s) && !isDecimal(s):
		l.addf(at+".schemaId", "%q is neither the UUID of a Glue schema version nor a decimal Confluent id", s)
	}
}

func (l *linter) headers(path string, o object) {
	raw, ok := o.get("headers")
	if !ok {
		l.addf(path, "no headers; Lambda sends an empty list")
		return
	}
	path += ".headers"
	items, ok := readArray(raw)
	if !ok {
		l.addf(path, "a JSON %s; Lambda sends a list of objects", kindOf(raw))
		return
	}
	for i, raw := range items {
		at := path + "[" + strconv.Itoa(i) + "]"
		h, ok := readObject(raw)
		if !ok {
			l.addf(at, "a JSON %s; Lambda sends an object of one name", kindOf(raw))
			continue
		}
		if len(h) != 1 {
			l.addf(at, "%d names; Lambda sends one object for each header", len(h))
		}
		for _, m := range h {
			l.header(at+"."+m.name, m.text)
		}
	}
}

// header checks a header's value. null is what Kafka has for one without value.
func (l *linter) header(at string, raw []byte) {
	if kindOf(raw) == "null" {
		return
	}
	items, ok := readArray(raw)
	if !ok {
		l.addf(at, "a JSON %s; Lambda sends the bytes as a list of numbers", kindOf(raw))
		return
	}
	for _, item := range items {
		n, ok := readInt(item)
		if ok && n >= math.MinInt8 && n <= math.MaxInt8 {
			continue
		}
		if ok && n <= math.MaxUint8 && n > 0 {
			l.addf(at, "unsigned bytes, as emulators send; Lambda sends those of Java, -128 to 127")
		} else {
			l.addf(at, "not a list of bytes; Lambda sends numbers from -128 to 127")
		}
		return
	}
}
