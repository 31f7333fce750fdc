package kafkaevent

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

var mutations = flag.Int("mutations", 30_000, "how many mutated events to hold against encoding/json")

// check holds both ways of parsing against the oracle.
func check(t *testing.T, payload []byte) {
	t.Helper()
	want, wantErr := oracleParse(payload)
	before := bytes.Clone(payload)
	got, err := Parse(payload)
	if !bytes.Equal(payload, before) {
		t.Fatalf("Parse changed its input %q", before)
	}
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("Parse: %v, encoding/json: %v\n%q", err, wantErr, payload)
	}
	inPlace, errInPlace := ParseInPlace(bytes.Clone(payload))
	if (err == nil) != (errInPlace == nil) || err != nil && err.Error() != errInPlace.Error() {
		t.Fatalf("Parse: %v, ParseInPlace: %v\n%q", err, errInPlace, payload)
	}
	if err != nil {
		return
	}
	if d := difference(got, want); d != "" {
		t.Fatalf("Parse differs from encoding/json in %s\n%q", d, payload)
	}
	if d := difference(inPlace, want); d != "" {
		t.Fatalf("ParseInPlace differs from encoding/json in %s\n%q", d, payload)
	}
}

func seeds(t testing.TB) [][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no seeds: %v", err)
	}
	var list [][]byte
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, bytes.TrimSpace(b))
	}
	return list
}

func FuzzParse(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, payload []byte) { check(t, payload) })
}

// TestMutatedEvents is a fuzz test that always runs and is the same each time.
func TestMutatedEvents(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 11))
	list := seeds(t)
	for range *mutations {
		payload := bytes.Clone(list[rng.IntN(len(list))])
		for range 1 + rng.IntN(3) { // one to three changes
			payload = mutate(rng, payload, list)
		}
		check(t, payload)
	}
}

// tokens are what a mutation puts into an event.
var tokens = []string{
	`"`, `\`, `\"`, `\u0041`, `\u00e9`, `\ud834\udd1e`, `\ud834`, `\n`, `\/`, "\n", " ", "\t", "\x00", "\x1f", "\xff", "é", "\xe2\x82",
	`{`, `}`, `[`, `]`, `,`, `:`, `null`, `true`, `false`, `0`, `-0`, `00`, `-1`, `1.0`, `1e3`, `1E+400`, `-`, `.5`, `255`, `256`, `-128`, `-129`, `199`, `200`,
	`9223372036854775807`, `9223372036854775808`, `2147483648`, `""`, `"="`, `"QQ=="`, `"QR=="`, `"QUI="`, `"QQ=\n="`, `"Q\nQ=="`, `"QQ==QQ=="`, `"Q Q="`, `"QUJD"`,
	`{}`, `[]`, `[{}]`, `[null]`, `{"k":[1,2]}`, `{"k":null}`, `{"k":[],"l":[-1]}`, `{"k":[ 1 , 2 ]}`, `{"k":"QQ=="}`,
	`"key":null,`, `"value":5,`, `"offset":7,`, `"headers":null,`, `"headers":[{"a":[1]},{"a":[300]}],`, `"x":{"y":[1,{"z":null}]},`, `"records":{},`,
	`"valueSchemaMetadata":{"dataFormat":"AVRO","schemaId":"1"},`, `"valueSchemaMetadata":{"schemaId":1},`, `"topic":"t",`, `"partition":"0",`,
}

func mutate(rng *rand.Rand, b []byte, list [][]byte) []byte {
	if len(b) == 0 {
		return b
	}
	i := rng.IntN(len(b))
	j := min(len(b), i+1+rng.IntN(12))
	switch rng.IntN(7) {
	case 0: // another byte
		b[i] = byte(rng.Uint32())
	case 1: // something less
		b = append(b[:i], b[j:]...)
	case 2, 3: // something more
		b = bytes.Join([][]byte{b[:i], []byte(tokens[rng.IntN(len(tokens))]), b[i:]}, nil)
	case 4: // something else
		b = bytes.Join([][]byte{b[:i], []byte(tokens[rng.IntN(len(tokens))]), b[j:]}, nil)
	case 5: // a token where one begins
		starts := bytes.IndexAny(b[i:], `,[{:`)
		if starts < 0 {
			return b
		}
		at := i + starts + 1
		b = bytes.Join([][]byte{b[:at], []byte(tokens[rng.IntN(len(tokens))]), b[at:]}, nil)
	case 6: // the end of another event
		other := list[rng.IntN(len(list))]
		b = append(b[:i:i], other[rng.IntN(len(other)):]...)
	}
	return b
}
