package examples_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// block matches a fenced code block that names the file it shows:
//
//	```go
//	// examples/orders/main.go
//	...
//	```
var block = regexp.MustCompile("(?s)```(?:go|yaml)\n(?://|#) (examples/[^\n]+)\n(.*?)```")

// TestReadmeShowsTheExamples holds that what the README shows is what is
// built and tested. A block is a whole file or a run of its lines, at any
// indentation.
func TestReadmeShowsTheExamples(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := block.FindAllStringSubmatch(string(readme), -1)
	if fenced := regexp.MustCompile("(?m)^```(go|yaml)$").FindAllString(string(readme), -1); len(blocks) == 0 || len(blocks) != len(fenced) {
		t.Fatalf("%d of %d code blocks name the file they show", len(blocks), len(fenced))
	}
	for _, b := range blocks {
		path, shown := b[1], b[2]
		file, err := os.ReadFile("../" + path)
		if err != nil {
			t.Error(err)
			continue
		}
		if !strings.Contains(unindent(string(file)), unindent(shown)) {
			t.Errorf("README.md does not show %s as it is", path)
		}
	}
}

func TestReadmeMainIsShort(t *testing.T) {
	file, err := os.ReadFile("orders/main.go")
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(file), "\n"); lines > 20 {
		t.Errorf("orders/main.go has %d lines, want at most 20", lines)
	}
}

func unindent(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimLeft(line, " \t")
	}
	return strings.Join(lines, "\n")
}
