package kafkaeventtest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
)

func TestLint(t *testing.T) {
	const event = `{"eventSource":"aws:kafka","eventSourceArn":"arn:aws:kafka:eu-north-1:111122223333:cluster/mill/1","bootstrapServers":"b-1:9098","records":{"t-0":[`
	const record = `"topic":"t","partition":0,"offset":1,"timestamp":1767225600000,"timestampType":"CREATE_TIME"`
	// with is an event of one record that has these members too.
	with := func(members string) string { return event + `{` + record + `,` + members + `}]}}` }

	tests := map[string]struct {
		payload string
		want    []string // parts of the findings, in order
	}{
		"a sound event":            {with(`"key":"","value":"e30=","headers":[{"a":[-128,127]},{"b":null}]`), nil},
		"no JSON":                  {`{"records":`, []string{"not valid JSON"}},
		"a null":                   {`null`, []string{"a JSON null; an event is an object"}},
		"a string":                 {`"x"`, []string{"a JSON string"}},
		"nothing in it":            {`{}`, []string{"no eventSource", "no bootstrapServers", "no records"}},
		"records in a list":        {`{"eventSource":"SelfManagedKafka","bootstrapServers":"a:1","records":[]}`, []string{"records: a JSON array"}},
		"a source of its own":      {`{"eventSource":"kafka","bootstrapServers":"a:1","records":{"t-0":7}}`, []string{`eventSource: "kafka"`, `records["t-0"]: a JSON number`, "no record"}},
		"a source that is no text": {`{"eventSource":true,"bootstrapServers":"a:1","records":{}}`, []string{"eventSource: a JSON boolean", "no record"}},
		"MSK without ARN":          {`{"eventSource":"aws:kafka","bootstrapServers":"a:1","records":{}}`, []string{"no eventSourceArn", "no record"}},
		"self-managed with ARN":    {`{"eventSource":"SelfManagedKafka","eventSourceArn":"arn:aws:kafka:r:1:c","bootstrapServers":"a:1","records":{}}`, []string{"eventSourceArn: self-managed Kafka has no ARN", "no record"}},
		"servers in a list":        {`{"eventSource":"SelfManagedKafka","bootstrapServers":["a:1"],"records":{}}`, []string{"bootstrapServers: a JSON array", "no record"}},
		"servers without port":     {`{"eventSource":"SelfManagedKafka","bootstrapServers":"a,b:x,:1,smk://c:1,d:65536,e:9092","records":{}}`, []string{`"a"`, `"b:x"`, `":1"`, `"smk://c:1"`, `"d:65536"`, "no record"}},
		"names in another case":    {`{"EventSource":"aws:kafka","bootstrapServers":"a:1","records":{}}`, []string{`"EventSource"; Lambda spells it "eventSource"`, "no eventSource", "no record"}},
		"a record of another kind": {event + `"x"]}}`, []string{`records["t-0"][0]: a JSON string`}},
		"a record of nothing":      {event + `{}]}}`, []string{"no topic", "no partition", "no timestamp;", "no timestampType", "no headers", "no offset"}},
		"a member twice":           {with(`"offset":1,"headers":[]`), []string{`"offset" occurs twice`}},
		"coordinates of wrong kinds": {
			event + `{"topic":7,"partition":0.5,"offset":"1","timestamp":1767225600000,"timestampType":"CREATE_TIME","headers":[]}]}}`,
			[]string{"topic: a JSON number", "partition: not a whole number", "offset: a JSON string"},
		},
		"coordinates out of range": {
			event + `{"topic":"a b","partition":2147483648,"offset":-1,"timestamp":1767225600000,"timestampType":"CREATE_TIME","headers":[]}]}}`,
			[]string{`topic: "a b" is no name`, "partition: 2147483648", "offset: -1"},
		},
		"times": {
			event + `{"topic":"t","partition":0,"offset":1,"timestamp":-2,"timestampType":"CREATETIME","headers":[]},{"topic":"t","partition":0,"offset":2,"timestamp":1767225600000000,"timestampType":"LOG_APPEND_TIME","headers":[]},{"topic":"t","partition":0,"offset":3,"timestamp":-1,"timestampType":"NO_TIMESTAMP_TYPE","headers":[]}]}}`,
			[]string{"timestamp: -2; only -1", `timestampType: "CREATETIME"`, "micro- or nanoseconds"},
		},
		"bytes": {
			with(`"key":7,"value":"_w==","headers":[]`),
			[]string{"key: a JSON number", "value: base64 of the URL alphabet"},
		},
		"bytes in lines":   {with(`"value":"e3\n0=","headers":[]`), []string{"value: base64 with line breaks"}},
		"bytes unpadded":   {with(`"value":"e30","headers":[]`), []string{"value: not base64, or not padded"}},
		"metadata":         {with(`"valueSchemaMetadata":{"dataFormat":"STRING","schemaId":7},"keySchemaMetadata":null,"headers":[]`), []string{"keySchemaMetadata: a JSON null", `valueSchemaMetadata.dataFormat: "STRING"`, "valueSchemaMetadata.schemaId: a JSON number"}},
		"a schema id":      {with(`"valueSchemaMetadata":{"dataFormat":"AVRO","schemaId":"3F6D2C1B-5a4e-4d7c-8b9a-0e1f2a3b4c5d"},"headers":[]`), []string{"schemaId"}},
		"headers in a map": {with(`"headers":{"a":[1]}`), []string{"headers: a JSON object"}},
		"header kinds":     {with(`"headers":["a",{},{"b":"x"},{"c":[1,"x"]},{"d":[256]},{"e":[1.5]},{"f":[-129]}]`), []string{"headers[0]: a JSON string", "headers[1]: 0 names", "headers[2].b: a JSON string", "headers[3].c: not a list of bytes", "headers[4].d", "headers[5].e", "headers[6].f"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := kafkaeventtest.Lint([]byte(tt.payload))
			for i := range max(len(got), len(tt.want)) {
				if i >= len(got) || i >= len(tt.want) || !strings.Contains(got[i].String(), tt.want[i]) {
					t.Fatalf("findings do not fit\n got %q\nwant %q", got, tt.want)
				}
			}
		})
	}
}

func TestLintKnowsTheLimits(t *testing.T) {
	records := make([]kafkaevent.Record, 10_001)
	for i := range records {
		records[i] = kafkaeventtest.Text("t", "x")
	}
	got := fmt.Sprint(kafkaeventtest.Lint(kafkaeventtest.MSK(records...)))
	if want := "[records: 10001 records; a batch has at most 10000]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	got = fmt.Sprint(kafkaeventtest.Lint(kafkaeventtest.MSK(kafkaeventtest.Value("t", make([]byte, 5<<20)))))
	if !strings.Contains(got, "bytes; Lambda sends at most 6291456") {
		t.Errorf("got %s", got)
	}
}

// What the builder makes must be what Lambda could send.
func TestLintFindsNothingInWhatIsBuilt(t *testing.T) {
	records := []kafkaevent.Record{
		kafkaeventtest.Text("a.b-c", "x", kafkaeventtest.WithKey(""), kafkaeventtest.WithPartition(4)),
		kafkaeventtest.Tombstone("t", "k", kafkaeventtest.WithHeaderBytes("h", nil), kafkaeventtest.WithHeader("h", "\xff")),
		kafkaeventtest.JSON("t", 1, kafkaeventtest.WithValueSchema("AVRO", "7"), kafkaeventtest.WithKeySchema("JSON", "3f6d2c1b-5a4e-4d7c-8b9a-0e1f2a3b4c5d")),
	}
	for _, payload := range [][]byte{kafkaeventtest.MSK(records...), kafkaeventtest.SelfManaged(records...)} {
		if f := kafkaeventtest.Lint(payload); len(f) > 0 {
			t.Errorf("%s: %v", payload, f)
		}
	}
}

// FuzzLint checks that no input breaks the linter, and that an event whose
// records cannot be read is never found to be sound.
func FuzzLint(f *testing.F) {
	for _, payload := range kafkaeventtest.Fixtures() {
		f.Add(payload)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		before := slices.Clone(payload)
		findings := kafkaeventtest.Lint(payload)
		if !slices.Equal(before, payload) {
			t.Fatal("the input was changed")
		}
		if len(findings) > 0 {
			return
		}
		event, err := kafkaevent.Parse(payload)
		if err != nil {
			t.Fatalf("no finding, but %v", err)
		}
		for r := range event.Records() {
			if r.Err() != nil {
				t.Fatalf("no finding, but %v", r.Err())
			}
		}
	})
}
