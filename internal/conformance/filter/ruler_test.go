//go:build eventruler

// Package filter_test compares mskit's patterns with AWS event-ruler, the
// matcher behind EventBridge and the event source mapping, on random cases:
//
//	GOWORK=off go test -tags eventruler -count=1 ./filter -cases 1000000
//
// It needs a JDK of 17 or later and Maven, which fetches event-ruler.
package filter_test

import (
	"bufio"
	"encoding/json"
	"flag"
	"io"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/filter"
)

var (
	cases = flag.Int("cases", 100_000, "events to compare")
	seed  = flag.Uint64("seed", 1, "of the random cases")
	show  = flag.Int("show", 20, "disagreements to print")
)

type ruleCase struct {
	Pattern string   `json:"p"`
	Events  []string `json:"e"`
}

func TestAgreesWithEventRuler(t *testing.T) {
	const perPattern = 20
	g := &generator{rand.New(rand.NewPCG(*seed, 2))}
	all := make([]ruleCase, *cases/perPattern)
	for i := range all {
		all[i] = g.ruleCase(perPattern)
	}
	answers := askOracle(t, all)

	count := map[string]int{}
	events, agreed, matched := 0, 0, 0
	for i, c := range all {
		f, err := filter.Compile(c.Pattern)
		for k, event := range c.Events {
			theirs := answers[i]
			if theirs != "E" {
				theirs = theirs[k : k+1]
			}
			ours := "E"
			if err == nil {
				ours = "F"
				if ok, _ := f.With(filter.OnMismatch(filter.Drop)).MatchJSON([]byte(event)); ok {
					ours = "T"
				}
			}
			if ours == "T" {
				matched++
			}
			events++
			if ours == theirs {
				agreed++
				continue
			}
			reason := divergence(c.Pattern, event, ours, theirs)
			if reason == "" {
				reason = "unexplained"
			}
			if count[reason]++; reason == "unexplained" && count[reason] <= *show {
				t.Errorf("%s on %s: ours %s, event-ruler %s (%v)", c.Pattern, event, ours, theirs, err)
			}
		}
	}
	t.Logf("%d cases, %d matching, %d agree (%.4f %%), others %v", events, matched, agreed, 100*float64(agreed)/float64(events), count)
	if agreed < events-events/1000 {
		t.Errorf("less than 99.9 %% agree")
	}
}

// askOracle returns a line for each case: a letter an event, or E.
func askOracle(t *testing.T, all []ruleCase) []string {
	t.Helper()
	lib := t.TempDir()
	mvn := exec.Command("mvn", "-q", "-B", "-f", filepath.Join("testdata", "pom.xml"),
		"dependency:copy-dependencies", "-DoutputDirectory="+lib)
	if out, err := mvn.CombinedOutput(); err != nil {
		t.Fatalf("event-ruler could not be had: %v\n%s", err, out)
	}
	java := exec.Command("java", "-cp", filepath.Join(lib, "*"), filepath.Join("testdata", "Oracle.java"))
	in, err := java.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := java.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	java.Stderr = &stderr
	if err := java.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		w := bufio.NewWriter(in)
		for _, c := range all {
			line, err := json.Marshal(c)
			if err != nil {
				break
			}
			_, _ = w.Write(append(line, '\n'))
		}
		_ = w.Flush()
		_ = in.Close()
	}()
	text, err := io.ReadAll(out)
	if err := java.Wait(); err != nil {
		t.Fatalf("the oracle failed: %v\n%s", err, stderr.String())
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != len(all) {
		t.Fatalf("%d answers to %d cases\n%s", len(lines), len(all), stderr.String())
	}
	return lines
}

// TestAlternativesDisturbEachOtherInEventRuler shows that these divergences are
// event-ruler's own: with fewer alternatives it finds the text.
func TestAlternativesDisturbEachOtherInEventRuler(t *testing.T) {
	digit, word := []string{`{"a":"3"}`}, []string{`{"a":"xabc"}`}
	all := []ruleCase{
		{`{"a":["3",{"numeric":["<",5]},"other"]}`, digit},
		{`{"a":["3",{"numeric":["<",5]}]}`, digit},
		{`{"a":["3","other"]}`, digit},
		{`{"a":[{"anything-but":{"wildcard":["*","b"]}},{"anything-but":{"equals-ignore-case":["abc","true"]}}]}`, word},
		{`{"a":[{"anything-but":{"equals-ignore-case":["abc","true"]}}]}`, word},
	}
	if got := strings.Join(askOracle(t, all), " "); got != "F T T F T" {
		t.Errorf("event-ruler says %s", got)
	}
	for _, c := range all {
		if ok, err := filter.MustCompile(c.Pattern).MatchJSON([]byte(c.Events[0])); !ok || err != nil {
			t.Errorf("%s: %t, %v", c.Pattern, ok, err)
		}
	}
}

// divergence names the difference, listed in PATTERNS.md, that may be why the
// answers are not the same; empty for none.
func divergence(pattern, event, ours, theirs string) string {
	arrays := strings.Contains(event, "[")
	switch {
	case ours == "E" || theirs == "E":
		return ""
	case strings.Contains(pattern, `"cidr"`) && theirs == "T":
		return "cidr"
	case strings.Contains(pattern, `"exists":false`) && arrays:
		return "absence in arrays"
	case strings.Contains(pattern, "$or"):
		return "alternatives that share a field"
	case arrays && repeatsName(event):
		return "arrays of a repeated or dotted name"
	case strings.Contains(pattern, "wildcard") && strings.Contains(pattern, "equals-ignore-case") && theirs == "T":
		return "wildcard beside equals-ignore-case"
	case theirs == "F" && strings.Contains(pattern, "wildcard") && strings.Contains(pattern, `"anything-but":{"equals-ignore-case"`):
		return "wildcard beside equals-ignore-case"
	case theirs == "F" && strings.Contains(pattern, `{"numeric":["<`):
		return "texts beside a range without a lower end"
	case (strings.Contains(event, "[[") || strings.Contains(event, ",[")) && theirs == "F":
		return "scalars in arrays of arrays"
	}
	return ""
}

// repeatsName reports whether an object of a JSON text has a name twice, or a
// dotted one.
func repeatsName(text string) bool {
	d := json.NewDecoder(strings.NewReader(text))
	var value func() bool
	value = func() bool {
		token, err := d.Token()
		if err != nil {
			return false
		}
		found := false
		names := map[string]bool{}
		switch token {
		case json.Delim('{'):
			for d.More() {
				name, _ := d.Token()
				found = found || names[name.(string)] || strings.Contains(name.(string), ".")
				names[name.(string)] = true
				found = value() || found
			}
			_, _ = d.Token()
		case json.Delim('['):
			for d.More() {
				found = value() || found
			}
			_, _ = d.Token()
		}
		return found
	}
	return value()
}
