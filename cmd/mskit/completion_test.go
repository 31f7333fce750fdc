package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// script writes what "mskit completion" prints for a shell that is installed.
func script(t *testing.T, shell string) (program, file string) {
	t.Helper()
	program, err := exec.LookPath(shell)
	if err != nil {
		t.Skip(err)
	}
	var out, log bytes.Buffer
	if code := run(t.Context(), []string{"completion", shell}, &streams{in: strings.NewReader(""), out: &out, err: &log}); code != exitOK || log.Len() > 0 {
		t.Fatalf("exit code %d, said %s", code, &log)
	}
	file = filepath.Join(t.TempDir(), "completion")
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return program, file
}

// ask runs a shell without the user's configuration.
func ask(t *testing.T, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = []string{"HOME=" + cmd.Dir, "PATH=" + os.Getenv("PATH"), "TERM=dumb"}
	if err := os.WriteFile(filepath.Join(cmd.Dir, "event.json"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// What follows a line; the last word is what is being typed.
var completionRows = []struct {
	name  string
	words []string
	want  []string // all of it
	has   string   // or one of it
	lacks string
}{
	{name: "commands", words: []string{"re"}, want: []string{"replay"}},
	{name: "flags of the command", words: []string{"esm", "--sa"}, want: []string{"--sasl"}},
	{name: "both forms of a flag", words: []string{"esm", "--no-b"}, want: []string{"--no-bisect"}},
	{name: "no flags of other commands", words: []string{"invoke", "--"}, has: "--repeat", lacks: "--sasl"},
	{name: "values of a flag", words: []string{"esm", "--sasl", "scram"}, want: []string{"scram-sha-256", "scram-sha-512"}},
	{name: "values of an argument", words: []string{"completion", "z"}, want: []string{"zsh"}},
	{name: "files", words: []string{"decode", "ev"}, want: []string{"event.json"}},
	{name: "the function's command", words: []string{"invoke", "--event", "event.json", "--", "bas"}, has: "bash"},
}

func TestBashCompletes(t *testing.T) {
	bash, file := script(t, "bash")
	for _, row := range completionRows {
		t.Run(row.name, func(t *testing.T) {
			words := append([]string{"mskit"}, row.words...)
			line := `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mskit; printf '%s\n' "${COMPREPLY[@]}"`
			check(t, ask(t, bash, append([]string{"--noprofile", "--norc", "-c", line, file}, words...)...), row.want, row.has, row.lacks)
		})
	}
}

func TestFishCompletes(t *testing.T) {
	fish, file := script(t, "fish")
	for _, row := range completionRows {
		if row.name == "the function's command" {
			continue // it has no idea of it, and offers files
		}
		t.Run(row.name, func(t *testing.T) {
			line := "source " + quoted(file) + "; complete -C " + quoted("mskit "+strings.Join(row.words, " "))
			out := ask(t, fish, "--no-config", "-c", line)
			var words strings.Builder
			for l := range strings.Lines(out) {
				word, _, _ := strings.Cut(strings.TrimSuffix(l, "\n"), "\t")
				words.WriteString(word + "\n")
			}
			check(t, words.String(), row.want, row.has, row.lacks)
		})
	}
}

func check(t *testing.T, out string, want []string, has, lacks string) {
	t.Helper()
	got := strings.Fields(out)
	slices.Sort(got)
	got = slices.Compact(got)
	if want != nil && !slices.Equal(got, want) || has != "" && !slices.Contains(got, has) || lacks != "" && slices.Contains(got, lacks) {
		t.Errorf("got %q, want %q, %q, not %q", got, want, has, lacks)
	}
}

func TestZshLoadsItsCompletion(t *testing.T) {
	zsh, file := script(t, "zsh")
	line := `autoload -U compinit; compinit -u -D; source ` + quoted(file) + `; print -r -- $_comps[mskit]; whence -w _mskit`
	if out := ask(t, zsh, "-f", "-c", line); out != "_mskit\n_mskit: function\n" {
		t.Errorf("got %q", out)
	}
}
