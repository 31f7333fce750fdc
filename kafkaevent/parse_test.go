package kafkaevent_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mskit-go/mskit/kafkaevent"
)

// event wraps the records of partition t-0.
func event(records string) []byte {
	return []byte(`{"eventSource":"aws:kafka","records":{"t-0":[` + records + `]}}`)
}

// only parses an event of one record, both ways.
func only(t *testing.T, record string) kafkaevent.Record {
	t.Helper()
	e, err := kafkaevent.Parse(event(record))
	if err != nil {
		t.Fatal(err)
	}
	if n := e.Len(); n != 1 {
		t.Fatalf("%d records", n)
	}
	return e.Partitions[0].Records[0]
}

func load(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParseKeepsWhatLambdaDelivered(t *testing.T) {
	e, err := kafkaevent.Parse(load(t, "msk-two-partitions"))
	if err != nil {
		t.Fatal(err)
	}
	if e.Source != "aws:kafka" || !strings.HasPrefix(e.SourceARN, "arn:aws:kafka:") || len(e.BootstrapServers) != 2 || e.BootstrapServers[1] != "b-2.shop.example.com:9098" {
		t.Errorf("envelope: %q %q %q", e.Source, e.SourceARN, e.BootstrapServers)
	}
	if len(e.Partitions) != 2 || e.Partitions[0].Key != "orders-0" || e.Partitions[1].Key != "orders-3" || e.Len() != 3 {
		t.Fatalf("partitions: %v", e.Partitions)
	}
	r := &e.Partitions[0].Records[1]
	if r.ID() != "orders/0/7004" || r.Key != nil || string(r.Value) != `{"orderId":"o-2","total":-3}` {
		t.Errorf("record: %s, key %v, value %s", r.ID(), r.Key, r.Value)
	}
	if want := time.Date(2026, 1, 1, 0, 0, 0, 456e6, time.UTC); r.Timestamp != want || r.TimestampType != "CREATE_TIME" {
		t.Errorf("timestamp: %v %s", r.Timestamp, r.TimestampType)
	}
	var ids []string
	for r := range e.Records() {
		ids = append(ids, r.ID())
	}
	if got := strings.Join(ids, " "); got != "orders/0/7001 orders/0/7004 orders/3/12" {
		t.Errorf("Records: %s", got)
	}
	for r := range e.Records() {
		if r.ID() == "orders/0/7004" {
			break // an early break must not panic
		}
	}
}

func TestNullAbsentAndEmptyStayApart(t *testing.T) {
	for name, c := range map[string]struct {
		record    string
		key       []byte
		value     []byte
		tombstone bool
	}{
		"absent": {`{"offset":1}`, nil, nil, true},
		"null":   {`{"offset":1,"key":null,"value":null}`, nil, nil, true},
		"empty":  {`{"offset":1,"key":"","value":""}`, []byte{}, []byte{}, false},
		"there":  {`{"offset":1,"key":"YQ==","value":"Yg=="}`, []byte("a"), []byte("b"), false},
	} {
		t.Run(name, func(t *testing.T) {
			r := only(t, c.record)
			if !bytes.Equal(r.Key, c.key) || (r.Key == nil) != (c.key == nil) {
				t.Errorf("key %#v", string(r.Key))
			}
			if !bytes.Equal(r.Value, c.value) || (r.Value == nil) != (c.value == nil) {
				t.Errorf("value %#v", string(r.Value))
			}
			if r.Tombstone() != c.tombstone {
				t.Errorf("tombstone: %t", r.Tombstone())
			}
		})
	}
}

func TestNoTimestamp(t *testing.T) {
	for _, record := range []string{`{"offset":1,"timestamp":-1}`, `{"offset":1,"timestamp":null}`, `{"offset":1}`} {
		if r := only(t, record); !r.Timestamp.IsZero() || r.Err() != nil {
			t.Errorf("%s: %v, %v", record, r.Timestamp, r.Err())
		}
	}
}

func TestBase64IsAcceptedAsByTheStandardLibrary(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"trailing bits": {`abcDEFghiJKLmnoPQRstuVWXyz1234==`, "i\xb7\x03\x11\xf8!\x89)\x8b\x9a\x8a\x3d\x11+m\xb9e\xd7\xcb\x3d\xb7\xe3"},
		"escaped":       {`Q\u0051\u003d=`, "A"},
		"line ends":     {`Q\nQ=\r=\n`, "A"},
		"long with escape": {
			strings.Repeat("QUJD", 30) + `\u0051UJD`, strings.Repeat("ABC", 31),
		},
		"long with line ends behind the padding": {
			strings.Repeat("QUJD", 30) + `QQ==` + strings.Repeat(`\n`, 40), strings.Repeat("ABC", 30) + "A",
		},
	} {
		t.Run(name, func(t *testing.T) {
			for way, parse := range ways {
				e, err := parse(event(`{"offset":1,"value":"` + c.text + `"}`))
				if err != nil {
					t.Fatal(way, err)
				}
				r := &e.Partitions[0].Records[0]
				if name != "trailing bits" && string(r.Value) != c.want || r.Err() != nil || len(r.Value) == 0 {
					t.Errorf("%s: %q, %v", way, r.Value, r.Err())
				}
			}
		})
	}
}

var ways = map[string]func([]byte) (*kafkaevent.Event, error){
	"Parse": kafkaevent.Parse, "ParseInPlace": kafkaevent.ParseInPlace,
	"UnmarshalJSON": func(b []byte) (*kafkaevent.Event, error) {
		var e kafkaevent.Event
		return &e, json.Unmarshal(b, &e)
	},
}

func TestOneBrokenFieldIsThatRecordsError(t *testing.T) {
	for name, c := range map[string]struct{ member, want string }{
		"value not base64":       {`"value":"a*cd"`, `records["t-0"][1].value: not standard base64 at byte `},
		"value without padding":  {`"value":"YWI"`, `.value: not standard base64`},
		"padding in the middle":  {`"value":"YQ==YQ=="`, `.value: not standard base64`},
		"long value, bad at end": {`"value":"` + strings.Repeat("QUJD", 40) + `QUJ!"`, `.value: not standard base64`},
		"value an object":        {`"value":{"a":1}`, `.value: not a base64 string but an object`},
		"key a number":           {`"key":7`, `.key: not a base64 string but a number`},
		"header of 256":          {`"headers":[{"a":[1,256]}]`, `.headers: a number that is not a byte, -128 to 255`},
		"header of -129":         {`"headers":[{"a":[-129]}]`, `.headers: a number that is not a byte`},
		"header with a fraction": {`"headers":[{"a":[1.5]}]`, `.headers: a number that is not a byte`},
		"header in base64":       {`"headers":[{"a":"YQ=="}]`, `.headers: a value that is not an array of bytes but a string`},
		"header not an object":   {`"headers":[5]`, `.headers: an element that is not an object but a number`},
		"headers an object":      {`"headers":{"a":[1]}`, `.headers: not an array but an object`},
		"partition a string":     {`"partition":"0"`, `.partition: not an integer but a string`},
		"partition too large":    {`"partition":2147483648`, `.partition: an integer out of range`},
		"timestamp a string":     {`"timestamp":"2026-01-01"`, `.timestamp: not an integer but a string`},
		"timestamp a fraction":   {`"timestamp":1.5`, `.timestamp: not an integer`},
		"topic a number":         {`"topic":5`, `.topic: not a string but a number`},
		"schema id a number":     {`"valueSchemaMetadata":{"schemaId":5}`, `.valueSchemaMetadata: a member that is not a string but a number`},
	} {
		t.Run(name, func(t *testing.T) {
			for way, parse := range ways {
				e, err := parse(event(`{"offset":1,"value":"YQ=="},{"offset":2,` + c.member + `},{"offset":3,"value":"Yg=="}`))
				if err != nil {
					t.Fatal(way, err)
				}
				records := e.Partitions[0].Records
				bad := &records[1]
				if bad.Offset != 2 || bad.Err() == nil || !strings.Contains(bad.Err().Error(), c.want) || bad.Tombstone() {
					t.Errorf("%s: %s: %v", way, bad.ID(), bad.Err())
				}
				if e, ok := errors.AsType[*kafkaevent.Error](bad.Err()); !ok || e.Offset <= 0 {
					t.Errorf("%s: %#v", way, bad.Err())
				}
				if len(records) != 3 || records[0].Err() != nil || records[2].Err() != nil || string(records[2].Value) != "b" {
					t.Errorf("%s: neighbours: %v", way, records)
				}
			}
		})
	}
}

func TestSeveralBrokenFieldsAreAllTold(t *testing.T) {
	r := only(t, `{"offset":2,"key":7,"value":"*"}`)
	if s := r.Err().Error(); !strings.Contains(s, ".key:") || !strings.Contains(s, ".value:") {
		t.Error(s)
	}
	if r.Key == nil || r.Value == nil {
		t.Error("a broken field looks like an absent one")
	}
}

func TestWhatIsNoEventIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ payload, want string }{
		"nothing":                {``, "the payload is empty at byte 0"},
		"white space":            {" \n", "the payload is empty"},
		"text":                   {`hello`, "the payload is not a JSON object at byte 0"},
		"an EventBridge pipe":    {`[{"eventSource":"aws:kafka","topic":"t"}]`, "EventBridge Pipes"},
		"an SQS event":           {`{"Records":[{"eventSource":"aws:sqs","body":"x"}]}`, "SQS"},
		"a Kinesis event":        {`{"Records":[{"kinesis":{"data":"eA=="}}]}`, "Kinesis"},
		"an API Gateway request": {`{"httpMethod":"GET","path":"/","requestContext":{}}`, "HTTP request"},
		"an EventBridge event":   {`{"source":"aws.s3","detail-type":"x","detail":{}}`, "EventBridge event"},
		"a failure record":       {`{"requestContext":{},"KafkaBatchInfo":{}}`, "ParseFailure"},
		"an empty object":        {`{}`, `no "records" object`},
		"records an array":       {`{"records":[]}`, "records: not an object of partitions but an array at byte 11"},
		"a partition an object":  {`{"records":{"t-0":{}}}`, `records["t-0"]: not an array of records but an object at byte 18`},
		"a record a number":      {`{"records":{"t-0":[{"offset":1},5]}}`, `records["t-0"][1]: not a record but a number at byte 32`},
		"no offset":              {`{"records":{"t-0":[{"topic":"t"}]}}`, `records["t-0"][0]: a record without "offset" at byte 19; without it`},
		"a null offset":          {`{"records":{"t-0":[{"offset":null}]}}`, `records["t-0"][0].offset: null at byte 29`},
		"an offset as a string":  {`{"records":{"t-0":[{"offset":"1"}]}}`, `[0].offset: not an integer but a string`},
		"an offset too large":    {`{"records":{"t-0":[{"offset":9223372036854775808}]}}`, `[0].offset: an integer out of range`},
		"a source as a number":   {`{"eventSource":5,"records":{}}`, `eventSource: not a string but a number at byte 15`},
		"truncated":              {`{"records":{"t-0":[{"offset":1,"value":"YQ=`, "the payload ends inside a string at byte 43"},
		"truncated later":        {`{"records":{"t-0":[{"offset":1`, "the payload ends where"},
		"trailing text":          {`{"records":{}} x`, "something follows the event at byte 15"},
		"a trailing comma":       {`{"records":{},}`, "not a member name at byte 14"},
		"a leading zero":         {`{"records":{"t-0":[{"offset":01}]}}`, "at byte 30"},
		"a raw line end":         {"{\"records\":{\"t-0\":[{\"offset\":1,\"value\":\"" + strings.Repeat("QUJD", 20) + "\n" + `"}]}}`, "a control character in a string at byte 120"},
		"a bad escape":           {`{"records":{"t-0":[{"offset":1,"value":"\x"}]}}`, "an unknown escape in a string at byte 40"},
		"a bad \\u escape":       {`{"records":{"t\u00g0":[]}}`, "four hexadecimal digits"},
		"another case":           {`{"Records":{"t-0":[]}}`, `no "records" object`},
	} {
		t.Run(name, func(t *testing.T) {
			for _, parse := range []func([]byte) (*kafkaevent.Event, error){kafkaevent.Parse, kafkaevent.ParseInPlace} {
				e, err := parse([]byte(c.payload))
				if e != nil || err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "kafkaevent: ") {
					t.Errorf("%v, %v", e, err)
				}
				if _, ok := errors.AsType[*kafkaevent.Error](err); !ok {
					t.Errorf("%T", err)
				}
			}
		})
	}
}

func TestEmptyRecordsAreAnEvent(t *testing.T) {
	for _, payload := range []string{`{"records":{}}`, `{"records":null}`, `{"records":{"t-0":[],"t-1":null}}`} {
		if e, err := kafkaevent.Parse([]byte(payload)); err != nil || e.Len() != 0 {
			t.Errorf("%s: %v", payload, err)
		}
	}
}

func TestAnyLayoutIsRead(t *testing.T) {
	e, err := kafkaevent.Parse(load(t, "odd-layout"))
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Partitions) != 3 || e.Partitions[0].Key != "a-b.c_d-7" || len(e.Partitions[0].Records) != 2 {
		t.Fatalf("a repeated key is one partition: %v", e.Partitions)
	}
	r := &e.Partitions[0].Records[0]
	if r.ID() != "a-b.c_d/7/41" || string(r.Key) != "AB" || string(r.Value) != "A" || r.Err() != nil {
		t.Errorf("%s: %q %q %v", r.ID(), r.Key, r.Value, r.Err())
	}
	if v, ok := r.Headers().Last("trace"); !ok || !bytes.Equal(v, []byte{1, 254, 255}) {
		t.Errorf("headers: %v", v)
	}
	var extra []string
	for name, text := range r.Extra() {
		extra = append(extra, name+"="+string(text))
	}
	for name, text := range e.Extra() {
		extra = append(extra, name+"="+string(text))
	}
	if got := strings.Join(extra, " "); got != `deliveryCount=3 extra={ "x" : [ 1.5e3 , "\ud834\udd1e" ] } pollerId="p-1"` {
		t.Errorf("extra: %s", got)
	}
}

// What stands before the offset of one record must not be taken for granted in
// the next one that begins alike.
func TestMembersBeforeTheOffsetAreReadInEveryRecord(t *testing.T) {
	for _, members := range []string{
		`"topic":"t","value":"QUFB"`,
		`"value":"QUFB","topic":"t"`,
		`"topic":"t","value":"QUFB","partition":0`,
		`"partition":0,"topic":"t","value":"QUFB"`,
		`"topic":"t","partition":0,"offset":1,"value":"QUFB","topic":"t","partition":0`,
	} {
		record := `{` + members + `,"offset":1,"headers":[]}`
		payload := `{"records":{"t-0":[` + record + `,` + record + `,` + record + `]}}`
		for way, parse := range map[string]func([]byte) (*kafkaevent.Event, error){"Parse": kafkaevent.Parse, "ParseInPlace": kafkaevent.ParseInPlace} {
			e, err := parse([]byte(payload))
			if err != nil {
				t.Fatal(err)
			}
			for r := range e.Records() {
				if r.Topic != "t" || string(r.Value) != "AAA" {
					t.Errorf("%s of %s: %v with value %q", way, members, r, r.Value)
				}
			}
		}
	}
}

func TestMapKeyThatIsNotTheRecords(t *testing.T) {
	e, err := kafkaevent.Parse([]byte(`{"records":{"mytopic-01":[{"topic":"mytopic","partition":0,"offset":15}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	if p := e.Partitions[0]; p.Key != "mytopic-01" || p.Records[0].TopicPartition.String() != "mytopic-0" {
		t.Errorf("%s: %v", p.Key, p.Records[0])
	}
}

func TestParseSharesNoMemoryWithItsInput(t *testing.T) {
	for _, name := range []string{"msk-two-partitions", "headers", "odd-layout", "registry-source", "trailing-bits"} {
		payload := load(t, name)
		e, err := kafkaevent.Parse(payload)
		if err != nil {
			t.Fatal(err)
		}
		want, err := e.Clone().MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		e, _ = kafkaevent.Parse(payload)
		for i := range payload {
			payload[i] = 'x'
		}
		if got, err := e.MarshalJSON(); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v\n%s\n%s", name, err, got, want)
		}
	}
}

func TestCloneOutlivesThePayload(t *testing.T) {
	for _, name := range []string{"msk-two-partitions", "headers", "odd-layout", "registry-source"} {
		payload := load(t, name)
		want, err := kafkaevent.Parse(bytes.Clone(payload))
		if err != nil {
			t.Fatal(err)
		}
		text, _ := want.MarshalJSON()
		e, err := kafkaevent.ParseInPlace(payload)
		if err != nil {
			t.Fatal(err)
		}
		c := e.Clone()
		for i := range payload {
			payload[i] = 'x'
		}
		if got, err := c.MarshalJSON(); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s: %v\n%s\n%s", name, err, got, text)
		}
	}
}

func TestValuesDoNotGrowIntoTheirNeighbours(t *testing.T) {
	for way, parse := range ways {
		e, err := parse(event(`{"offset":1,"key":"YWFh","value":"YmJi","headers":[{"h":[1]},{"i":[2]}]},{"offset":2,"key":"Y2Nj","value":"ZGRk"}`))
		if err != nil {
			t.Fatal(err)
		}
		r := e.Partitions[0].Records
		h := r[0].Headers()
		_ = append(r[0].Key, "xxxxxxxx"...)
		_ = append(r[0].Value, "xxxxxxxx"...)
		_ = append(h[0].Value, 9, 9)
		_ = append(h, kafkaevent.Header{Key: "z"})
		if string(r[0].Value) != "bbb" || string(r[1].Key) != "ccc" || string(r[1].Value) != "ddd" || h[1].Value[0] != 2 {
			t.Errorf("%s: %q %q %q %v", way, r[0].Value, r[1].Key, r[1].Value, h)
		}
		list := e.Partitions[0].Records[:1:1]
		_ = append(list, kafkaevent.Record{Offset: 99})
		if r[1].Offset != 2 {
			t.Errorf("%s: records overwritten", way)
		}
	}
}
