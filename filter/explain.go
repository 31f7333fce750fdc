package filter

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/mskit-go/mskit/kafkaevent"
)

// Explain says, pattern by pattern and field by field, what was wanted, what
// the record has, and whether that holds. It quotes the record, so it is for a
// test's or a tool's output and not for a log. It is slow.
func (f *Filter) Explain(r *kafkaevent.Record) string {
	ok, err := f.Match(r)
	var b strings.Builder
	fmt.Fprintf(&b, "%s: ", r.ID())
	switch {
	case r.Err() != nil:
		fmt.Fprintf(&b, "not matched, the record could not be decoded: %v\n", err)
		return b.String()
	case err != nil:
		fmt.Fprintf(&b, "%v\n", err)
	case len(f.patterns) == 0:
		b.WriteString("passes, the filter has no patterns\n")
		return b.String()
	case ok:
		b.WriteString("passes\n")
	default:
		b.WriteString("is filtered out, no pattern matches\n")
	}
	x := explainer{f: f, r: r, got: map[string][]string{}}
	x.collect()
	for number, alternatives := range f.patterns {
		for i, c := range alternatives {
			title := fmt.Sprintf("pattern %d", number+1)
			if len(alternatives) > 1 {
				title += fmt.Sprintf(", alternative %d", i+1)
			}
			x.explain(&b, title, c)
		}
	}
	return b.String()
}

type explainer struct {
	f    *Filter
	r    *kafkaevent.Record
	got  map[string][]string // by path
	note map[string]string   // of key and value, by name: why nothing could be laid on it
	pass map[string]bool     // the same, where the policy lets it pass
}

func (x *explainer) explain(b *strings.Builder, title string, c *conjunction) {
	whole := x.verdict(c.fields)
	fmt.Fprintf(b, "%s: %s\n", title, whole)
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	allYes := true
	for _, f := range c.fields {
		v := x.verdict([]field{f})
		allYes = allYes && v == "yes"
		if v == "yes" && x.pass[f.path[0]] && len(x.got[f.name()]) == 0 {
			v = "passes unread"
		}
		_, _ = fmt.Fprintf(w, "  %s\twanted %s\tgot %s\t%s\n", f.name(), wanted(f.tests), x.gotAt(f.path), v)
	}
	_ = w.Flush()
	if allYes && whole == "no" {
		b.WriteString("  each field holds, but not all within one element of an array\n")
	}
}

// verdict matches some of a pattern's fields alone, by the filter's own rules.
func (x *explainer) verdict(fields []field) string {
	c := newConjunction()
	for _, f := range fields {
		c.put(f)
	}
	e := newEngine([][]*conjunction{{c}})
	e.settings = x.f.settings
	m := e.get(false)
	err := e.record(m, x.r, View{})
	switch {
	case err != nil:
		return "cannot tell"
	case m.found:
		return "yes"
	}
	return "no"
}

func wanted(tests []test) string {
	sources := make([]string, len(tests))
	for i, t := range tests {
		sources[i] = t.source
	}
	return "[" + strings.Join(sources, ",") + "]"
}

const (
	maxGot     = 5  // values printed of one field
	maxGotText = 60 // characters of each
)

func (x *explainer) gotAt(path []string) string {
	got := x.got[strings.Join(path, ".")]
	if len(got) == 0 {
		if note := x.note[path[0]]; note != "" {
			return note
		}
		return "nothing"
	}
	more := ""
	if len(got) > maxGot {
		more = fmt.Sprintf(" and %d more", len(got)-maxGot)
		got = got[:maxGot]
	}
	short := make([]string, len(got))
	for i, g := range got {
		short[i] = g
		if utf8.RuneCountInString(g) > maxGotText {
			short[i] = string([]rune(g)[:maxGotText]) + "..."
		}
	}
	return strings.Join(short, ", ") + more
}

// collect finds what the record has at every path.
func (x *explainer) collect() {
	r := x.r
	x.note, x.pass = map[string]string{}, map[string]bool{}
	x.add("topic", strconv.Quote(r.Topic))
	x.add("partition", strconv.Itoa(int(r.Partition)))
	x.add("offset", strconv.FormatInt(r.Offset, 10))
	if !r.Timestamp.IsZero() {
		x.add("timestamp", strconv.FormatInt(r.Timestamp.UnixMilli(), 10))
	}
	if r.TimestampType != "" {
		x.add("timestampType", strconv.Quote(r.TimestampType))
	}
	for _, h := range r.Headers() {
		if h.Value == nil {
			x.add("headers."+h.Key, "null")
		} else {
			x.add("headers."+h.Key, strconv.Quote(string(h.Value)))
		}
	}
	x.bytes("key", r.Key)
	x.bytes("value", r.Value)
}

func (x *explainer) add(path, text string) { x.got[path] = append(x.got[path], text) }

func (x *explainer) bytes(name string, data []byte) {
	note := func(p Policy, format string, args ...any) {
		x.note[name] = fmt.Sprintf(format, args...)
		x.pass[name] = p == Pass
	}
	mismatch := x.f.settings.mismatch
	switch root, err := parseSyntax(string(data)); {
	case data == nil && name == "value":
		note(x.f.settings.tombstone, "a tombstone")
	case data == nil:
		note(Match, "no key")
	case Framed(data):
		note(mismatch, "%d bytes framed for a schema registry", len(data))
	case !utf8.Valid(data):
		note(mismatch, "%d bytes that are not UTF-8", len(data))
	case err == nil && (root.kind == syntaxObject || root.kind == syntaxArray):
		x.walk(name, string(data), root)
	case json.Valid(data) && err != nil:
		note(Match, "JSON too deep to show")
	default:
		x.add(name, strconv.Quote(string(data)))
		note(mismatch, "no JSON object or array")
	}
}

func (x *explainer) walk(path, text string, n *syntaxNode) {
	switch n.kind {
	case syntaxObject:
		for _, m := range n.members {
			x.walk(path+"."+m.name, text, m.value)
		}
	case syntaxArray:
		for _, item := range n.items {
			x.walk(path, text, item)
		}
	default:
		x.add(path, text[n.at:n.end])
	}
}
