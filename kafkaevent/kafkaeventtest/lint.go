package kafkaeventtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Finding is one thing in a fixture that Lambda would not send.
type Finding struct {
	// Path leads to it, `records["orders-0"][3].headers[0]`; empty for the
	// payload as a whole.
	Path string
	// Msg is what was seen and what Lambda sends instead.
	Msg string
}

func (f Finding) String() string {
	if f.Path == "" {
		return f.Msg
	}
	return f.Path + ": " + f.Msg
}

// Lint says what of a fixture is unrealistic, in the order of the document.
// A test that passes on such a fixture may prove nothing about Lambda: the
// usual ones have been copied from documentation and emulators, with map keys
// that name no partition, header bytes Java does not have, timestamps in
// seconds or text where a number belongs.
//
// Package kafkaevent reads most of it all the same. A payload without findings
// is what Lambda could have written, not necessarily what your event source
// mapping does write.
func Lint(payload []byte) []Finding {
	l := &linter{}
	l.event(payload)
	return l.findings
}

// Limits of the service: the payload of an invocation and the batch size of an
// event source mapping.
const (
	maxPayload = 6 << 20
	maxRecords = 10_000
)

type linter struct {
	findings []Finding
	records  int
}

func (l *linter) addf(path, format string, args ...any) {
	l.findings = append(l.findings, Finding{path, fmt.Sprintf(format, args...)})
}

func (l *linter) event(payload []byte) {
	if !json.Valid(payload) {
		l.addf("", "not valid JSON")
		return
	}
	if len(payload) > maxPayload {
		l.addf("", "%d bytes; Lambda sends at most %d", len(payload), maxPayload)
	}
	o, ok := readObject(payload)
	if !ok {
		l.addf("", "a JSON %s; an event is an object, a batch of EventBridge Pipes is an array", kindOf(payload))
		return
	}
	l.names(o, "", "eventSource", "eventSourceArn", "bootstrapServers", "records")
	l.source(o)
	l.servers(o)

	raw, ok := o.get("records")
	if !ok {
		l.addf("", "no records; every event has them")
		return
	}
	groups, ok := readObject(raw)
	if !ok {
		l.addf("records", "a JSON %s; Lambda sends an object of lists", kindOf(raw))
		return
	}
	seen := make(map[string]bool)
	for _, g := range groups {
		path := "records[" + strconv.Quote(g.name) + "]"
		if seen[g.name] {
			l.addf(path, "the key occurs twice; Lambda sends one list for each partition")
		}
		seen[g.name] = true
		l.group(path, g)
	}
	if l.records == 0 {
		l.addf("records", "no record; Lambda does not invoke a function for nothing")
	}
	if l.records > maxRecords {
		l.addf("records", "%d records; a batch has at most %d", l.records, maxRecords)
	}
}

func (l *linter) source(o object) {
	const arn = "eventSourceArn"
	raw, ok := o.get("eventSource")
	source, isText := readText(raw)
	_, hasARN := o.get(arn)
	switch {
	case !ok:
		l.addf("", `no eventSource; Lambda sends "aws:kafka" or "SelfManagedKafka"`)
	case !isText:
		l.addf("eventSource", "a JSON %s; Lambda sends a string", kindOf(raw))
	case source == "aws:kafka":
		if !hasARN {
			l.addf("", "no eventSourceArn; an event of Amazon MSK has it")
		}
	case source == "SelfManagedKafka":
		if hasARN {
			l.addf(arn, "self-managed Kafka has no ARN")
		}
	case source == "aws:SelfManagedKafka":
		l.addf("eventSource", `"aws:SelfManagedKafka" occurs in documentation of tools only; Lambda sends "SelfManagedKafka"`)
	default:
		l.addf("eventSource", `%q; Lambda sends "aws:kafka" or "SelfManagedKafka"`, source)
	}
	if raw, ok := o.get(arn); ok {
		s, _ := readText(raw)
		parts := strings.SplitN(s, ":", 6)
		if len(parts) < 6 || parts[0] != "arn" || !slices.Contains([]string{"kafka", "kafka-cluster"}, parts[2]) {
			l.addf(arn, "not the ARN of a cluster: arn:aws:kafka:<region>:<account>:cluster/<name>/<id>")
		}
	}
}

func (l *linter) servers(o object) {
	const name = "bootstrapServers"
	raw, ok := o.get(name)
	if !ok {
		l.addf("", "no bootstrapServers; every event has them")
		return
	}
	s, ok := readText(raw)
	if !ok {
		l.addf(name, "a JSON %s; Lambda sends one string, host:port separated by commas", kindOf(raw))
		return
	}
	for server := range strings.SplitSeq(s, ",") {
		host, port, ok := cutLast(server, ":")
		if _, err := strconv.ParseUint(port, 10, 16); !ok || err != nil || host == "" || strings.Contains(host, "/") {
			l.addf(name, "%q is not host:port", server)
		}
	}
}

func (l *linter) group(path string, g member) {
	items, ok := readArray(g.text)
	if !ok {
		l.addf(path, "a JSON %s; Lambda sends a list of records", kindOf(g.text))
		return
	}
	if len(items) == 0 {
		l.addf(path, "an empty list; Lambda leaves out a partition that has no records")
	}
	l.records += len(items)
	var before *int64
	for i, raw := range items {
		at := path + "[" + strconv.Itoa(i) + "]"
		o, ok := readObject(raw)
		if !ok {
			l.addf(at, "a JSON %s; a record is an object", kindOf(raw))
			continue
		}
		offset := l.record(at, g.name, o)
		if offset != nil && before != nil && *offset <= *before {
			l.addf(at+".offset", "%d follows %d; the offsets of a partition ascend", *offset, *before)
		}
		if offset != nil {
			before = offset
		}
	}
}

// names reports members that Lambda does not send and those that occur twice.
func (l *linter) names(o object, path string, known ...string) {
	seen := make(map[string]bool)
	for _, m := range o {
		if seen[m.name] {
			l.addf(path, "%q occurs twice", m.name)
		}
		seen[m.name] = true
		if slices.Contains(known, m.name) {
			continue
		}
		i := slices.IndexFunc(known, func(s string) bool { return strings.EqualFold(s, m.name) })
		if i >= 0 {
			l.addf(path, "%q; Lambda spells it %q, and names match exactly", m.name, known[i])
		} else {
			l.addf(path, "%q is no member that Lambda is known to send", m.name)
		}
	}
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
