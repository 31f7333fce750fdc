package jsonschema

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"net/url"
	"slices"
	"strconv"
	"strings"

	engine "github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/mskit-go/mskit/schema"
)

// ValidationError is all that a payload has against its schema. It is the
// cause of a [*schema.Error] of [schema.KindValidation]:
//
//	if invalid, ok := errors.AsType[*jsonschema.ValidationError](err); ok { ... }
type ValidationError struct {
	// Failures are sorted by pointer. At most 16 are listed.
	Failures []Failure
	// More is how many are not listed.
	More int
}

// Failure is one keyword of a schema that does not hold at one place.
type Failure struct {
	// Pointer leads to the value (RFC 6901), "/lines/3/qty"; it is empty for
	// the whole payload. A property name that the schema does not mention
	// comes from the payload and shows as "*".
	Pointer string
	// Keyword is the schema's, "type"; "false" where a false schema forbids
	// any value.
	Keyword string
	// Detail is what was wanted, in words of the schema; never the value.
	Detail string
}

// String is "/lines/3/qty: type: want integer, got string".
func (f Failure) String() string {
	at := f.Pointer
	if at == "" {
		at = "(root)"
	}
	return at + ": " + f.Keyword + ": " + f.Detail
}

func (e *ValidationError) Error() string {
	if len(e.Failures) == 1 && e.More == 0 {
		return e.Failures[0].String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d failures", len(e.Failures)+e.More)
	for i, f := range e.Failures {
		b.WriteString([]string{": ", "; "}[min(i, 1)])
		b.WriteString(f.String())
	}
	if e.More > 0 {
		fmt.Fprintf(&b, "; and %d more", e.More)
	}
	return b.String()
}

const (
	maxListed    = 16
	maxCollected = 1_000 // the engine reports in random order: sort, then list
	maxWanted    = 200   // bytes of a schema in one detail
)

// describe turns the engine's report into ours, with nothing of the payload.
func (s *slot) describe(report *engine.ValidationError, doc any, names map[string]struct{}) *schema.Error {
	var found []Failure
	more := 0
	todo := []*engine.ValidationError{report}
	for len(todo) > 0 {
		e := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, cause := range slices.Backward(e.Causes) {
			todo = append(todo, cause)
		}
		sub, keyword := s.locate(e.AbsoluteKeywordLocation)
		if len(e.Causes) > 0 && !isChoice(keyword) {
			continue // only wraps what went wrong further down
		}
		if len(found) == maxCollected {
			more++
			continue
		}
		pointer, value := follow(doc, e.InstanceLocation, names)
		found = append(found, Failure{Pointer: pointer, Keyword: keyword, Detail: detail(sub, keyword, value)})
	}
	slices.SortFunc(found, func(a, b Failure) int {
		return cmp.Or(comparePointers(a.Pointer, b.Pointer), cmp.Compare(a.Keyword, b.Keyword), cmp.Compare(a.Detail, b.Detail))
	})
	listed := slices.Compact(slices.Clone(found))
	listed = listed[:min(len(listed), maxListed)]
	return &schema.Error{Kind: schema.KindValidation, Err: &ValidationError{Failures: listed, More: more + len(found) - len(listed)}}
}

// comparePointers orders array indexes as numbers.
func comparePointers(a, b string) int {
	for a != "" && b != "" {
		var x, y string
		x, a, _ = strings.Cut(a[1:], "/")
		y, b, _ = strings.Cut(b[1:], "/")
		if a != "" {
			a = "/" + a
		}
		if b != "" {
			b = "/" + b
		}
		i, errX := strconv.Atoi(x)
		j, errY := strconv.Atoi(y)
		c := cmp.Compare(x, y)
		if errX == nil && errY == nil {
			c = cmp.Compare(i, j)
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

// locate splits a keyword's location into its subschema and the keyword.
func (s *slot) locate(location string) (*engine.Schema, string) {
	at, keyword := location, ""
	for {
		if sub, ok := s.at[at]; ok {
			keyword, _, _ = strings.Cut(keyword, "/")
			switch {
			case keyword != "":
			case sub.Always != nil && !*sub.Always:
				keyword = "false"
			default:
				keyword = "not" // whose location is also that of its subschema
			}
			return sub, keyword
		}
		slash := strings.LastIndexByte(at, '/')
		if slash < 0 {
			break
		}
		at, keyword = at[:slash], strings.TrimPrefix(location[slash:], "/")
	}
	// Within a meta-schema, which has no entry.
	return nil, location[strings.LastIndexByte(location, '/')+1:]
}

// isChoice reports whether a keyword fails on its own account, beside the
// failures of what it tried.
func isChoice(keyword string) bool {
	switch keyword {
	case "anyOf", "oneOf", "contains", "minContains":
		return true
	default:
		return false
	}
}

// follow goes to the value that the engine's location names and writes the way
// as a pointer that is fit to be printed.
func follow(doc any, location string, names map[string]struct{}) (string, any) {
	var pointer strings.Builder
	for escaped := range strings.SplitSeq(strings.TrimPrefix(location, "/"), "/") {
		if location == "" {
			break
		}
		pointer.WriteByte('/')
		switch container := doc.(type) {
		case []any:
			i, err := strconv.Atoi(escaped)
			if err != nil || i < 0 || i >= len(container) {
				pointer.WriteByte('*')
				return pointer.String(), nil
			}
			pointer.WriteString(strconv.Itoa(i))
			doc = container[i]
		case map[string]any:
			name := unescape(escaped)
			if _, ok := names[name]; ok {
				pointer.WriteString(pointerEscaper.Replace(shorten(name)))
			} else {
				pointer.WriteByte('*')
			}
			doc = container[name]
		default:
			pointer.WriteByte('*')
			return pointer.String(), nil
		}
	}
	return pointer.String(), doc
}

var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")

// unescape undoes the engine's escaping of a property name.
func unescape(token string) string {
	if s, err := url.PathUnescape(token); err == nil {
		token = s
	}
	return strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
}

// detail says what a keyword wanted.
func detail(s *engine.Schema, keyword string, value any) string {
	if s == nil {
		return "does not hold"
	}
	switch keyword {
	case "type":
		return "want " + strings.Join(s.Types, " or ") + ", got " + typeOf(value)
	case "const":
		return "want " + printed(s.Constant...)
	case "enum":
		return "want one of " + printed(s.Enum...)
	case "format":
		return "want " + shorten(s.Format)
	case "pattern":
		return "want a match of " + shorten(s.Pattern.String())
	case "minimum":
		return "want at least " + number(s.Minimum)
	case "exclusiveMinimum":
		return "want more than " + number(s.ExclusiveMinimum)
	case "maximum":
		return "want at most " + number(s.Maximum)
	case "exclusiveMaximum":
		return "want less than " + number(s.ExclusiveMaximum)
	case "multipleOf":
		return "want a multiple of " + number(s.MultipleOf)
	case "minLength":
		return fmt.Sprintf("want at least %d characters", s.MinLength)
	case "maxLength":
		return fmt.Sprintf("want at most %d characters", s.MaxLength)
	case "minItems":
		return fmt.Sprintf("want at least %d items, got %d", s.MinItems, size(value))
	case "maxItems":
		return fmt.Sprintf("want at most %d items, got %d", s.MaxItems, size(value))
	case "minProperties":
		return fmt.Sprintf("want at least %d properties, got %d", s.MinProperties, size(value))
	case "maxProperties":
		return fmt.Sprintf("want at most %d properties, got %d", s.MaxProperties, size(value))
	case "required":
		return "want " + missing(s.Required, value)
	case "additionalProperties":
		return "has properties that the schema does not name"
	case "additionalItems":
		return fmt.Sprintf("has more items than the schema names, got %d", size(value))
	case "dependencies", "dependentRequired":
		return "lacks a property that another one calls for"
	case "uniqueItems":
		return "two items are equal"
	case "contains", "minContains":
		return fmt.Sprintf("want at least %d matching items", s.MinContains)
	case "maxContains":
		return fmt.Sprintf("want at most %d matching items", s.MaxContains)
	case "anyOf":
		return fmt.Sprintf("none of the %d alternatives holds", len(s.AnyOf))
	case "oneOf":
		return fmt.Sprintf("not exactly one of the %d alternatives holds", len(s.OneOf))
	case "not":
		return "what the schema excludes holds"
	case "contentEncoding":
		return "want " + shorten(s.ContentEncoding)
	case "contentMediaType":
		return "want " + shorten(s.ContentMediaType)
	case "false":
		return "no value is allowed here"
	default:
		return "does not hold"
	}
}

func typeOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case json.Number:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	default:
		return "object"
	}
}

func size(v any) int {
	switch v := v.(type) {
	case []any:
		return len(v)
	case map[string]any:
		return len(v)
	default:
		return 0
	}
}

// printed lists values of the schema as JSON.
func printed(values ...any) string {
	var b bytes.Buffer
	for i, v := range values {
		text, err := json.Marshal(v)
		if err != nil {
			text = []byte("a value of the schema")
		}
		if i > 0 {
			b.WriteString(", ")
		}
		if b.Len()+len(text) > maxWanted {
			b.WriteString("...")
			break
		}
		b.Write(text)
	}
	return b.String()
}

func number(r *big.Rat) string {
	if r == nil {
		return "what the schema says"
	}
	f, _ := r.Float64()
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// missing lists the required properties that an object lacks.
func missing(required []string, v any) string {
	object, _ := v.(map[string]any)
	var lacking []any
	for _, name := range required {
		if _, ok := object[name]; !ok {
			lacking = append(lacking, name)
		}
	}
	return printed(lacking...)
}
