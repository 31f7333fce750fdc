package template

import (
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Error is why a template, or a property of it, is of no use.
type Error struct {
	// Line counts from 1; 0 where no line is to blame.
	Line int
	// Property is the name in the template, "ConsumerGroupId"; it may be empty.
	Property string
	Msg      string
}

func (e *Error) Error() string {
	text := "template: "
	if e.Line > 0 {
		text += fmt.Sprintf("line %d: ", e.Line)
	}
	if e.Property != "" {
		text += e.Property + ": "
	}
	return text + e.Msg
}

// scalar is the text of a value with its intrinsic functions resolved. The
// error has no property.
func (t *Template) scalar(n *yaml.Node) (string, error) {
	switch name, argument := intrinsic(n); name {
	case "":
		if n.Kind != yaml.ScalarNode {
			return "", &Error{Line: n.Line, Msg: "want a single value"}
		}
		return n.Value, nil
	case "Ref":
		value, err := t.parameter(argument.Value)
		return value, at(err, n)
	case "Fn::Sub":
		return t.sub(n, argument)
	default:
		return "", &Error{Line: n.Line, Msg: name + " is known to a deployment alone"}
	}
}

// parameter is what a parameter is set to.
func (t *Template) parameter(name string) (string, error) {
	if value, ok := t.parameters[name]; ok {
		return value, nil
	}
	n := child(t.root, "Parameters", name)
	if n == nil {
		return "", &Error{Msg: "the value of " + name + " is known to a deployment alone"}
	}
	value := child(n, "Default")
	if value == nil || value.Kind != yaml.ScalarNode {
		return "", &Error{Msg: "the parameter " + name + " has no default"}
	}
	return value.Value, nil
}

// reference is ${Name} and ${!Literal} in the text of Fn::Sub.
var reference = regexp.MustCompile(`\$\{[^}]*\}`)

func (t *Template) sub(n, argument *yaml.Node) (string, error) {
	text, own := argument, (*yaml.Node)(nil)
	if argument.Kind == yaml.SequenceNode && len(argument.Content) == 2 {
		text, own = target(argument.Content[0]), argument.Content[1]
	}
	if text.Kind != yaml.ScalarNode {
		return "", &Error{Line: n.Line, Msg: "Fn::Sub wants a text"}
	}
	var failed error
	value := reference.ReplaceAllStringFunc(text.Value, func(found string) string {
		name := found[2 : len(found)-1]
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			return "${" + literal + "}"
		}
		name = strings.TrimSpace(name)
		var value string
		var err error
		if v := child(own, name); v != nil && len(v.Content) == 0 {
			value, err = t.scalar(v)
		} else {
			value, err = t.parameter(name)
		}
		if err != nil && failed == nil {
			failed = at(err, n)
		}
		return value
	})
	if failed != nil {
		return "", failed
	}
	return value, nil
}

// list is the texts of a list, of one value that stands for it, or of a
// parameter of a list type.
func (t *Template) list(n *yaml.Node) ([]string, error) {
	if name, argument := intrinsic(n); name != "" || n.Kind == yaml.ScalarNode {
		text, err := t.scalar(n)
		if err != nil {
			return nil, err
		}
		kind := child(t.root, "Parameters", argument.Value, "Type")
		if name == "Ref" && kind != nil && (kind.Value == "CommaDelimitedList" || strings.HasPrefix(kind.Value, "List<")) {
			texts := strings.Split(text, ",")
			for i := range texts {
				texts[i] = strings.TrimSpace(texts[i])
			}
			return texts, nil
		}
		return []string{text}, nil
	}
	if n.Kind != yaml.SequenceNode {
		return nil, &Error{Line: n.Line, Msg: "want a list"}
	}
	texts := make([]string, 0, len(n.Content))
	for _, item := range n.Content {
		text, err := t.scalar(target(item))
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// at sets the line of an error that has none.
func at(err error, n *yaml.Node) error {
	if e, ok := err.(*Error); ok && e.Line == 0 { //nolint:errorlint // this package's own, not wrapped
		e.Line = n.Line
	}
	return err
}
