package batch_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/schema"
)

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// An operator searches docs/semantics.md for the text of a log line or an
// errorType.
func TestSemanticsSaysWhatIsLogged(t *testing.T) {
	doc := read(t, "../docs/semantics.md")
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	for _, f := range files {
		if !strings.HasSuffix(f, "_test.go") {
			source.WriteString(read(t, f))
		}
	}
	quoted := regexp.MustCompile("`batch: ([^`]+)`").FindAllStringSubmatch(doc, -1)
	if len(quoted) < 8 {
		t.Fatalf("only %d log lines in the document", len(quoted))
	}
	for _, q := range quoted {
		text := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(q[1], "..."), " "), ":")
		if !strings.Contains(source.String(), `"batch: `+text) {
			t.Errorf("the document says %q, which is logged nowhere", text)
		}
	}
	for _, m := range regexp.MustCompile(`"batch: ([^"]+)"`).FindAllStringSubmatch(read(t, "log.go"), -1) {
		text, _, _ := strings.Cut(m[1], ": ")
		if len(text) > 10 && !strings.Contains(doc, "`batch: "+text[:10]) {
			t.Errorf("%q is logged, and the document does not say so", text)
		}
	}
	for _, name := range regexp.MustCompile("`([A-Z][A-Za-z]+Error)`").FindAllStringSubmatch(doc, -1) {
		if !strings.Contains(source.String(), "type "+name[1]+" struct") {
			t.Errorf("the document speaks of %s, which does not exist", name[1])
		}
	}
}

// The document's table of kinds is the contract of schema.Kind.
func TestSemanticsSaysTheClassOfEveryKind(t *testing.T) {
	doc := read(t, "../docs/semantics.md")
	_, table, ok := strings.Cut(doc, "| Kind | Class |")
	if !ok {
		t.Fatal("no table of kinds")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	for k := schema.KindFraming; k <= schema.KindConfig; k++ {
		want := "permanent"
		switch {
		case k.Config():
			want = "config"
		case k.Retryable():
			want = "transient"
		}
		found := false
		for line := range strings.Lines(table) {
			if cells := strings.Split(line, "|"); len(cells) > 2 && strings.Contains(cells[1], k.String()) {
				found = found || strings.Contains(cells[2], want)
			}
		}
		if !found {
			t.Errorf("%q is not in the table as %s", k, want)
		}
	}
}
