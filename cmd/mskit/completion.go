package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is shown by "mskit completion --help".
func (c *completionCommand) Help() string {
	return `Prints a script that completes commands, flags and their values in your shell; file names everywhere else.

Examples:

  source <(mskit completion bash)

  mskit completion zsh > "${fpath[1]}/_mskit"

  mskit completion fish > ~/.config/fish/completions/mskit.fish`
}

func (c *completionCommand) Run(k *kong.Context, std *streams) error { //nolint:unparam // kong wants it
	commands := completions(k.Model.Node)
	switch c.Shell {
	case "zsh":
		zshCompletion(std.out, commands)
	case "fish":
		fishCompletion(std.out, commands)
	default:
		bashCompletion(std.out, commands)
	}
	return nil
}

// completed is a command with what may follow it.
type completed struct {
	name, help string
	words      []string // for its first argument; nil: files
	flags      []completedFlag
}

type completedFlag struct {
	name, help string
	value      bool     // takes one
	words      []string // of the value; nil: files
}

func completions(root *kong.Node) []completed {
	commands := make([]completed, 0, len(root.Children))
	for _, node := range root.Children {
		c := completed{name: node.Name, help: sentence(node.Help)}
		if len(node.Positional) > 0 {
			c.words = words(node.Positional[0])
		}
		for _, group := range node.AllFlags(true) {
			for _, flag := range group {
				f := completedFlag{name: flag.Name, help: sentence(flag.Help), value: !flag.IsBool(), words: words(flag.Value)}
				c.flags = append(c.flags, f)
				if flag.Tag.Negatable != "" {
					f.name = "no-" + f.name
					c.flags = append(c.flags, f)
				}
			}
		}
		slices.SortFunc(c.flags, func(a, b completedFlag) int { return cmp.Compare(a.name, b.name) })
		commands = append(commands, c)
	}
	slices.SortFunc(commands, func(a, b completed) int { return cmp.Compare(a.name, b.name) })
	return commands
}

// words are the values that an enum allows.
func words(v *kong.Value) []string {
	if v.Enum == "" {
		return nil
	}
	return slices.DeleteFunc(v.EnumSlice(), func(w string) bool { return w == "" })
}

// sentence is the first clause of a help text.
func sentence(help string) string {
	for _, end := range []string{". ", "; ", ": "} {
		help, _, _ = strings.Cut(help, end)
	}
	return strings.TrimSuffix(help, ".")
}

func bashCompletion(w io.Writer, commands []completed) {
	names := make([]string, 0, len(commands))
	for _, c := range commands {
		names = append(names, c.name)
	}
	fmt.Fprintf(w, `# Completion of mskit for bash.
_mskit() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} flags= words= i
	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		COMPREPLY=($(compgen -W '%s --help --version' -- "$cur"))
		return
	fi
	for ((i = 2; i < COMP_CWORD; i++)); do
		if [[ ${COMP_WORDS[i]} == -- ]]; then # what follows is the function's command
			COMPREPLY=($(compgen -c -f -- "$cur"))
			return
		fi
	done
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	fi
	case "${COMP_WORDS[1]} $prev" in
`, strings.Join(names, " "))
	for _, c := range commands {
		for _, f := range c.flags {
			if f.value && f.words != nil {
				fmt.Fprintf(w, "\t'%s --%s')\n\t\tCOMPREPLY=($(compgen -W '%s' -- \"$cur\"))\n\t\treturn\n\t\t;;\n", c.name, f.name, strings.Join(f.words, " "))
			}
		}
	}
	fmt.Fprint(w, "\tesac\n\tcase ${COMP_WORDS[1]} in\n")
	for _, c := range commands {
		flags := make([]string, 0, len(c.flags))
		for _, f := range c.flags {
			flags = append(flags, "--"+f.name)
		}
		fmt.Fprintf(w, "\t%s)\n\t\tflags='%s'\n\t\twords='%s'\n\t\t;;\n", c.name, strings.Join(flags, " "), strings.Join(c.words, " "))
	}
	fmt.Fprint(w, `	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W "$flags" -- "$cur"))
	elif [[ -n $words ]]; then
		COMPREPLY=($(compgen -W "$words" -- "$cur"))
	else
		COMPREPLY=($(compgen -f -- "$cur"))
	fi
}
complete -o filenames -F _mskit mskit
`)
}

func zshCompletion(w io.Writer, commands []completed) {
	fmt.Fprint(w, "#compdef mskit\n# Completion of mskit for zsh.\n_mskit() {\n\tlocal -a names=(\n")
	for _, c := range commands {
		fmt.Fprintf(w, "\t\t%s\n", quoted(c.name+":"+c.help))
	}
	fmt.Fprint(w, `	)
	if ((CURRENT == 2)); then
		_describe command names
		return
	fi
	local command=$words[2]
	if ((${words[(i)--]} < CURRENT)); then # what follows is the function's command
		shift "${words[(i)--]}" words
		((CURRENT = $#words))
		_normal
		return
	fi
	shift words
	((CURRENT--))
	case $command in
`)
	plain := strings.NewReplacer("[", `\[`, "]", `\]`, ":", `\:`)
	for _, c := range commands {
		fmt.Fprintf(w, "\t%s)\n\t\t_arguments", c.name)
		for _, f := range c.flags {
			spec := "--" + f.name
			if f.value {
				spec += "="
			}
			spec += "[" + plain.Replace(f.help) + "]"
			switch {
			case f.words != nil:
				spec += ":" + f.name + ":(" + strings.Join(f.words, " ") + ")"
			case f.value:
				spec += ":" + f.name + ":_files"
			}
			fmt.Fprintf(w, " \\\n\t\t\t%s", quoted(spec))
		}
		if c.words != nil {
			fmt.Fprintf(w, " \\\n\t\t\t'1:argument:(%s)'\n\t\t;;\n", strings.Join(c.words, " "))
		} else {
			fmt.Fprint(w, " \\\n\t\t\t'*:file:_files'\n\t\t;;\n")
		}
	}
	fmt.Fprint(w, "\tesac\n}\n[[ $funcstack[1] == _mskit ]] && _mskit \"$@\" || compdef _mskit mskit\n")
}

func fishCompletion(w io.Writer, commands []completed) {
	fmt.Fprint(w, "# Completion of mskit for fish.\n")
	for _, c := range commands {
		fmt.Fprintf(w, "complete -c mskit -n __fish_use_subcommand -f -a %s -d %s\n", c.name, quoted(c.help))
		if c.words != nil {
			fmt.Fprintf(w, "complete -c mskit -n '__fish_seen_subcommand_from %s' -f -a %s\n", c.name, quoted(strings.Join(c.words, " ")))
		}
		for _, f := range c.flags {
			value := ""
			if f.words != nil {
				value = " -x -a " + quoted(strings.Join(f.words, " "))
			} else if f.value {
				value = " -r"
			}
			fmt.Fprintf(w, "complete -c mskit -n '__fish_seen_subcommand_from %s' -l %s%s -d %s\n", c.name, f.name, value, quoted(f.help))
		}
	}
}

// quoted is a text in the single quotes of all three shells.
func quoted(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
