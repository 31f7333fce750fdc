package jsonschema

import (
	"regexp/syntax"

	engine "github.com/santhosh-tekuri/jsonschema/v5"
)

// maxDuration bounds the text of a duration or period: the engine takes
// quadratic time for it, and no honest one is longer.
const maxDuration = 256

// formats are the user's formats and replacements for those of the engine that
// are not safe on hostile strings.
func formats(own map[string]func(string) bool) map[string]func(any) bool {
	f := map[string]func(any) bool{
		"duration": short(engine.Formats["duration"]),
		"period":   short(engine.Formats["period"]),
		// The engine would also compile the expression, which takes a thousand
		// times its memory: a{1000}.
		"regex": ofStrings(func(s string) bool { _, err := syntax.Parse(s, syntax.Perl); return err == nil }),
	}
	for name, valid := range own {
		f[name] = ofStrings(valid)
	}
	return f
}

// ofStrings makes a check of strings one of any value: formats accept what is no
// string.
func ofStrings(valid func(string) bool) func(any) bool {
	return func(v any) bool {
		s, ok := v.(string)
		return !ok || valid(s)
	}
}

func short(valid func(any) bool) func(any) bool {
	return func(v any) bool {
		s, ok := v.(string)
		return !ok || len(s) <= maxDuration && valid(s)
	}
}
