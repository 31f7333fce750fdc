package kafkaevent_test

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/kafkaevent"
)

// big is an event as Lambda writes it, of n records in 16 partitions.
func big(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"eventSource":"aws:kafka","eventSourceArn":"arn:aws:kafka:eu-west-1:123456789012:cluster/shop/1","bootstrapServers":"b-1:9098,b-2:9098","records":{`)
	for p := range 16 {
		if p > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"orders-%d":[`, p)
		for i := range n / 16 {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"topic":"orders","partition":%d,"offset":%d,"timestamp":1767225600000,"timestampType":"CREATE_TIME","key":"YWJjZGVmZ2hpamtsbW5vcA==","value":"%s","headers":[{"trace-id":[49,50,51,102]},{"source":[99,104,101]}]}`, p, i, strings.Repeat("QUJD", 60))
		}
		b.WriteByte(']')
	}
	b.WriteString(`}}`)
	return b.Bytes()
}

func TestAllocationsAreOfTheEventNotOfItsRecords(t *testing.T) {
	payload := big(4096)
	scratch := bytes.Clone(payload)
	for name, parse := range map[string]func(){
		"Parse": func() { _, _ = kafkaevent.Parse(payload) },
		"ParseInPlace": func() {
			copy(scratch, payload)
			_, _ = kafkaevent.ParseInPlace(scratch)
		},
	} {
		if n := testing.AllocsPerRun(5, parse); n > 16 {
			t.Errorf("%s: %.0f allocations for 4096 records", name, n)
		}
	}
	reading := func() {
		e, _ := kafkaevent.Parse(payload)
		for r := range e.Records() {
			if len(r.Headers()) != 2 {
				t.Fatal("headers")
			}
		}
	}
	if n := testing.AllocsPerRun(5, reading); n > 4096/8 {
		t.Errorf("reading headers: %.0f allocations for 4096 records", n)
	}
}

// Hostile events of Lambda's largest size. Anything worse than linear time
// would not end within the test's time.
func TestHostileEventsAreReadInLinearTime(t *testing.T) {
	const size = 6 << 20
	fill := func(open, item, end string) []byte {
		n := (size - len(open) - len(end)) / len(item)
		return []byte(open + strings.Repeat(item, n) + end)
	}
	const record = `{"records":{"t-0":[{"offset":1,`
	for name, c := range map[string]struct {
		payload []byte
		want    string // of the error; empty: an event
	}{
		"nesting, unclosed":         {fill(record+`"x":`, `[`, ``), "nest deeper than 10000"},
		"nesting, closed":           {[]byte(record + `"x":` + strings.Repeat(`[`, 100_000) + strings.Repeat(`]`, 100_000) + `}]}}`), "nest deeper than 10000"},
		"objects, nested":           {fill(record+`"x":`, `{"a":`, ``), "nest deeper than 10000"},
		"nesting in the event":      {fill(`{"x":`, `[`, ``), "nest deeper than 10000"},
		"one string":                {fill(record+`"x":"`, `a`, `"}]}}`), ""},
		"one value":                 {fill(record+`"value":"`, `QUJD`, `"}]}}`), ""},
		"one value, bad at the end": {fill(record+`"value":"`, `QUJD`, `!"}]}}`), ""},
		"one value of escapes":      {fill(record+`"value":"`, `\u0051`, `"}]}}`), ""},
		"one value of quotes":       {fill(record+`"value":"`, `\"`, `"}]}}`), ""},
		"one name of escapes":       {fill(record+`"`, `\u0051`, `":1}]}}`), ""},
		"one number":                {fill(record+`"x":1`, `0`, `}]}}`), ""},
		"one offset":                {fill(`{"records":{"t-0":[{"offset":1`, `0`, `}]}}`), "out of range"},
		"one unclosed string":       {fill(record+`"value":"`, `Q`, ``), "ends inside a string"},
		"empty records":             {fill(`{"records":{"t-0":[{"offset":1}`, `,{"offset":1}`, `]}}`), ""},
		"empty partitions":          {fill(`{"records":{"a":[]`, `,"a":[]`, `}}`), ""},
		"one partition again":       {fill(`{"records":{"a":[]`, `,"a":[{"offset":1}]`, `}}`), ""},
		"header arrays":             {fill(record+`"headers":[{"a":[]}`, `,{"a":[1]}`, `]}]}}`), ""},
		"one header":                {fill(record+`"headers":[{"a":[1`, `,1`, `]}]}]}}`), ""},
		"one header of spaces":      {fill(record+`"headers":[{"a":[1`, ` ,1`, `]}]}]}}`), ""},
		"a header, bad at the end":  {fill(record+`"headers":[{"a":[1`, `,1`, `,256]}]}]}}`), ""},
		"headers again":             {fill(record+`"headers":[]`, `,"headers":[{"a":[1]}]`, `}]}}`), ""},
		"broken values":             {fill(`{"records":{"t-0":[{"offset":1}`, `,{"offset":1,"value":"*"}`, `]}}`), ""},
		"broken again and again":    {fill(record+`"value":"*"`, `,"value":"*"`, `}]}}`), ""},
		"broken under a long key":   {fill(`{"records":{"`+strings.Repeat("k", 1<<20)+`":[{"offset":1}`, `,{"offset":1,"value":"*"}`, `]}}`), ""},
		"white space":               {fill(`{"records":{"t-0":[`, ` `, `{"offset":1}]}}`), ""},
		"unknown members":           {fill(record+`"a":0`, `,"a":[{}]`, `}]}}`), ""},
	} {
		t.Run(name, func(t *testing.T) {
			for way, parse := range map[string]func([]byte) (*kafkaevent.Event, error){"Parse": kafkaevent.Parse, "ParseInPlace": kafkaevent.ParseInPlace} {
				e, err := parse(bytes.Clone(c.payload))
				switch {
				case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
					t.Errorf("%s: %v", way, err)
				case c.want == "" && err != nil:
					t.Errorf("%s: %v", way, err)
				}
				if err != nil {
					continue
				}
				for r := range e.Records() {
					_ = r.Headers().Keys()
					if err := r.Err(); err != nil {
						_ = err.Error()
					}
				}
			}
		})
	}
}

func TestManyDistinctHeaderNames(t *testing.T) {
	const n = 500_000
	h := make(kafkaevent.Headers, n)
	for i := range h {
		h[i].Key = strconv.Itoa(i / 2)
	}
	if keys := h.Keys(); len(keys) != n/2 || keys[n/2-1] != strconv.Itoa(n/2-1) {
		t.Errorf("%d names", len(keys))
	}
}

func TestManyDistinctPartitionsAndTopics(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(`{"records":{`)
	const n = 50_000
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"topic-%d-0":[{"topic":"topic-%d","partition":0,"offset":%d,"headers":[{"h-%d":[]}]}]`, i, i, i, i)
	}
	b.WriteString(`,"topic-7-0":[{"topic":"topic-7","offset":9}]}}`)
	e, err := kafkaevent.Parse(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Partitions) != n || len(e.Partitions[7].Records) != 2 || e.Partitions[n-1].Records[0].Topic != "topic-49999" {
		t.Errorf("%d partitions", len(e.Partitions))
	}
	for i := range e.Partitions {
		if h := e.Partitions[i].Records[0].Headers(); h[0].Key != fmt.Sprintf("h-%d", i) {
			t.Fatalf("partition %d: header %q", i, h[0].Key)
		}
	}
}
