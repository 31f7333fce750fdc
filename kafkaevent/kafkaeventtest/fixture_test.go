package kafkaeventtest_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
)

var update = flag.Bool("update", false, "write the golden files")

// TestWhatFixturesHold pins what package kafkaevent reads from every fixture
// and what the linter says of it.
func TestWhatFixturesHold(t *testing.T) {
	var events, findings strings.Builder
	for name, payload := range kafkaeventtest.Fixtures() {
		fmt.Fprintf(&events, "# %s\n%s\n", name, describe(payload))
		fmt.Fprintf(&findings, "# %s\n", name)
		for _, f := range kafkaeventtest.Lint(payload) {
			fmt.Fprintln(&findings, f)
		}
		fmt.Fprintln(&findings)
	}
	golden(t, "events.golden", events.String())
	golden(t, "findings.golden", findings.String())
}

// TestFixturesAreAsTheirListSays holds the lists in Fixture's comment to what
// the linter says: no finding in what AWS sends, some in what it does not.
func TestFixturesAreAsTheirListSays(t *testing.T) {
	lists := documented(t)
	for _, name := range lists[0] {
		if f := kafkaeventtest.Lint(kafkaeventtest.Fixture(name)); len(f) > 0 {
			t.Errorf("%s is said to be as AWS sends it: %v", name, f)
		}
	}
	for _, name := range lists[1] {
		if f := kafkaeventtest.Lint(kafkaeventtest.Fixture(name)); len(f) == 0 {
			t.Errorf("%s is said to be as AWS does not send it, yet has no finding", name)
		}
	}
	files := map[string]bool{}
	for name := range kafkaeventtest.Fixtures() {
		files[name] = true
	}
	for _, name := range append(lists[0], lists[1]...) {
		if !files[name] {
			t.Errorf("%s is listed, but there is no such fixture, or it is listed twice", name)
		}
		delete(files, name)
	}
	for name := range files {
		t.Errorf("%s is not listed in the comment of Fixture", name)
	}
}

// documented reads the names out of Fixture's doc comment.
func documented(t *testing.T) (lists [2][]string) {
	t.Helper()
	source, err := os.ReadFile("fixture.go")
	if err != nil {
		t.Fatal(err)
	}
	sent, odd, ok := strings.Cut(string(source), "// As emulators")
	if !ok {
		t.Fatal("fixture.go has no list of what emulators send")
	}
	line := regexp.MustCompile(`(?m)^//\t(\S+) `)
	for i, text := range []string{sent, odd} {
		for _, m := range line.FindAllStringSubmatch(text, -1) {
			lists[i] = append(lists[i], m[1])
		}
	}
	return lists
}

func TestFixtureIsACopy(t *testing.T) {
	clear(kafkaeventtest.Fixture("msk"))
	if _, err := kafkaevent.Parse(kafkaeventtest.Fixture("msk")); err != nil {
		t.Errorf("writing to a fixture destroyed it: %v", err)
	}
}

func TestUnknownFixturePanics(t *testing.T) {
	defer func() {
		if got := fmt.Sprint(recover()); !strings.Contains(got, "no-such") {
			t.Errorf("panic is %q", got)
		}
	}()
	kafkaeventtest.Fixture("no-such")
}

func TestFixturesCanBeLeftEarly(t *testing.T) {
	n := 0
	for range kafkaeventtest.Fixtures() {
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Errorf("saw %d fixtures", n)
	}
}

// describe spells out what is read from a payload.
func describe(payload []byte) string {
	e, err := kafkaevent.Parse(payload)
	if err != nil {
		return "no event\n"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s\n", e.Source, e.SourceARN, e.BootstrapServers)
	for name, text := range e.Extra() {
		fmt.Fprintf(&b, "%s: %s\n", name, text)
	}
	for _, p := range e.Partitions {
		fmt.Fprintf(&b, "%s\n", p.Key)
		for i := range p.Records {
			r := &p.Records[i]
			fmt.Fprintf(&b, "  %s %d %q key=%s value=%s", r.ID(), r.Timestamp.UnixMilli(), r.TimestampType, quote(r.Key), quote(r.Value))
			if r.KeySchema != (kafkaevent.SchemaMetadata{}) {
				fmt.Fprintf(&b, " keySchema=%q", r.KeySchema)
			}
			if r.ValueSchema != (kafkaevent.SchemaMetadata{}) {
				fmt.Fprintf(&b, " valueSchema=%q", r.ValueSchema)
			}
			for _, h := range r.Headers() {
				fmt.Fprintf(&b, " %s:%s", h.Key, quote(h.Value))
			}
			for name, text := range r.Extra() {
				fmt.Fprintf(&b, " %s=%s", name, text)
			}
			if r.Tombstone() {
				b.WriteString(" tombstone")
			}
			if r.Err() != nil {
				b.WriteString(" broken")
				if e, ok := errors.AsType[*kafkaevent.Error](r.Err()); ok {
					b.WriteString(" at " + e.Path)
				}
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func quote(b []byte) string {
	if b == nil {
		return "null"
	}
	return fmt.Sprintf("%q", b)
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Fatalf("%s:%d: run with -update after checking\n got %s\nwant %s", name, i+1, g[i], w[i])
		}
	}
	t.Fatalf("%s has %d lines, want %d", name, len(g), len(w))
}
