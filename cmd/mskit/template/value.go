package template

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// Value is a property that a template may set. The zero Value is unset.
type Value[T any] struct {
	value T
	line  int // 0: unset
	err   error
}

// Line is where the template sets the property; 0: nowhere.
func (v Value[T]) Line() int { return v.line }

// Or is the property, or otherwise where the template does not set it. The
// error is an [*Error]: a deployment alone knows the value, or it is not one.
func (v Value[T]) Or(otherwise T) (T, error) {
	if v.line == 0 {
		return otherwise, nil
	}
	return v.value, v.err
}

// property reads a property by parse; unset where n is nil or AWS::NoValue.
func property[T any](name string, n *yaml.Node, parse func(*yaml.Node) (T, error)) Value[T] {
	if n == nil || n.Tag == "!!null" {
		return Value[T]{}
	}
	if name, argument := intrinsic(n); name == "Ref" && argument.Value == "AWS::NoValue" {
		return Value[T]{}
	}
	value, err := parse(n)
	if e, ok := err.(*Error); ok && e.Property == "" { //nolint:errorlint // this package's own, not wrapped
		e.Property = name
	}
	return Value[T]{value: value, line: n.Line, err: err}
}

// number is a whole number within bounds.
func (t *Template) number(low, high int) func(*yaml.Node) (int, error) {
	return func(n *yaml.Node) (int, error) {
		text, err := t.scalar(n)
		if err != nil {
			return 0, err
		}
		i, err := strconv.Atoi(text)
		if err != nil || i < low || i > high {
			return 0, &Error{Line: n.Line, Msg: fmt.Sprintf("want a whole number from %d to %d", low, high)}
		}
		return i, nil
	}
}

func (t *Template) seconds(low, high int) func(*yaml.Node) (time.Duration, error) {
	return func(n *yaml.Node) (time.Duration, error) {
		i, err := t.number(low, high)(n)
		return time.Duration(i) * time.Second, err
	}
}

func (t *Template) boolean(n *yaml.Node) (bool, error) {
	text, err := t.scalar(n)
	if err != nil {
		return false, err
	}
	switch strings.ToLower(text) {
	case "true", "yes", "on": // of YAML 1.1, which SAM reads
		return true, nil
	case "false", "no", "off":
		return false, nil
	}
	return false, &Error{Line: n.Line, Msg: "want true or false"}
}

// unixTime is seconds since 1970, as StartingPositionTimestamp has them.
func (t *Template) unixTime(n *yaml.Node) (time.Time, error) {
	text, err := t.scalar(n)
	if err != nil {
		return time.Time{}, err
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || seconds < 0 || seconds > math.MaxInt32*100 {
		return time.Time{}, &Error{Line: n.Line, Msg: "want seconds since 1970"}
	}
	return time.UnixMilli(int64(math.Round(seconds * 1000))).UTC(), nil
}

// criteria is FilterCriteria as JSON.
func (t *Template) criteria(n *yaml.Node) ([]byte, error) {
	type pattern struct{ Pattern string }
	var c struct{ Filters []pattern }
	filters := child(n, "Filters")
	if filters == nil || filters.Kind != yaml.SequenceNode {
		return nil, &Error{Line: n.Line, Msg: "want a list Filters"}
	}
	for _, item := range filters.Content {
		p := child(item, "Pattern")
		if p == nil {
			return nil, &Error{Line: item.Line, Msg: "want a Pattern"}
		}
		text, err := t.scalar(p)
		if err != nil {
			return nil, err
		}
		c.Filters = append(c.Filters, pattern{text})
	}
	return json.Marshal(c)
}
