// Package docs_test compiles and runs what the documents beside it show.
package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var goBlock = regexp.MustCompile("(?s)```go\n(.*?)```")

// TestGoBlocksAreCompiled holds that each Go block of these documents is a run
// of lines of a test beside them or of an example, at any indentation.
func TestGoBlocksAreCompiled(t *testing.T) {
	var compiled []string
	for _, root := range []string{".", "../examples"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
				return err
			}
			file, err := os.ReadFile(path)
			compiled = append(compiled, unindent(string(file)))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"migrating.md", "footguns.md"} {
		blocks := goBlock.FindAllStringSubmatch(read(t, name), -1)
		if len(blocks) == 0 {
			t.Errorf("%s has no Go block", name)
		}
	blocks:
		for _, b := range blocks {
			for _, file := range compiled {
				if strings.Contains(file, unindent(b[1])) {
					continue blocks
				}
			}
			t.Errorf("%s shows code that nothing compiles:\n%s", name, b[1])
		}
	}
}

// TestLinksLeadSomewhere follows the relative links.
func TestLinksLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	for _, name := range []string{"../README.md", "architecture.md", "footguns.md", "migrating.md", "semantics.md"} {
		prose := goBlock.ReplaceAllString(read(t, name), "")
		for _, m := range link.FindAllStringSubmatch(prose, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), m[1])); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func unindent(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimLeft(line, " \t")
	}
	return strings.Join(lines, "\n")
}
