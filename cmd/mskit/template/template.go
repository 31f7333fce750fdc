package template

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// Template is a parsed template.
type Template struct {
	root       *yaml.Node
	parameters map[string]string
}

// Function is a function of a template with the mappings that feed it.
type Function struct {
	// Name is the logical id.
	Name string
	// Timeout is how long an invocation may take.
	Timeout Value[time.Duration]
	// Mappings are those of Kafka, in the order of the template.
	Mappings []Mapping

	environment []*yaml.Node // Variables: the function's own, then the globals
	template    *Template
}

// Parse reads a template in YAML or JSON. Parameters are set to these values,
// or to their defaults. The error is an [*Error].
func Parse(data []byte, parameters map[string]string) (*Template, error) {
	if json.Valid(data) {
		// YAML takes JSON but for tabs, which are between values alone.
		data = bytes.ReplaceAll(data, []byte("\t"), []byte(" "))
	}
	if len(data) > maxBytes {
		return nil, &Error{Msg: fmt.Sprintf("%d bytes are over CloudFormation's limit of %d", len(data), maxBytes)}
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return nil, &Error{Msg: strings.TrimPrefix(err.Error(), "yaml: ")}
	}
	if document.Kind != yaml.DocumentNode {
		return nil, errNoTemplate
	}
	if resources := child(document.Content[0], "Resources"); resources == nil || resources.Kind != yaml.MappingNode {
		return nil, errNoTemplate
	}
	if n := len(child(document.Content[0], "Resources").Content) / 2; n > maxResources {
		return nil, &Error{Msg: fmt.Sprintf("%d resources are over CloudFormation's limit of %d", n, maxResources)}
	}
	return &Template{root: document.Content[0], parameters: maps.Clone(parameters)}, nil
}

// What CloudFormation takes of one template. Without these limits the look for
// each function's mappings, resources times resources, could take for ever:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html.
const (
	maxBytes     = 1 << 20
	maxResources = 500
)

var errNoTemplate = &Error{Msg: "no Resources: not a template of SAM or CloudFormation"}

const (
	samFunction    = "AWS::Serverless::Function"
	lambdaFunction = "AWS::Lambda::Function"
	lambdaMapping  = "AWS::Lambda::EventSourceMapping"
	lambdaAlias    = "AWS::Lambda::Alias"
)

// Functions are the functions that Kafka triggers, sorted by name.
func (t *Template) Functions() []*Function {
	var functions []*Function
	for id, resource := range pairs(child(t.root, "Resources")) {
		kind := child(resource, "Type")
		if kind == nil || kind.Value != samFunction && kind.Value != lambdaFunction {
			continue
		}
		if f := t.function(id.Value, resource, kind.Value == samFunction); len(f.Mappings) > 0 {
			functions = append(functions, f)
		}
	}
	slices.SortFunc(functions, func(a, b *Function) int { return cmp.Compare(a.Name, b.Name) })
	return functions
}

// Function is the function of that name; with an empty name it is the only one
// that Kafka triggers. The error names those there are.
func (t *Template) Function(name string) (*Function, error) {
	functions := t.Functions()
	if name == "" && len(functions) == 1 {
		return functions[0], nil
	}
	names := make([]string, len(functions))
	for i, f := range functions {
		if names[i] = f.Name; f.Name == name {
			return f, nil
		}
	}
	switch {
	case len(names) == 0:
		return nil, &Error{Msg: "no function with an event source mapping of Kafka"}
	case name == "":
		return nil, &Error{Msg: "several functions: choose one of " + strings.Join(names, ", ")}
	}
	return nil, &Error{Msg: "no function " + name + " with an event source mapping of Kafka; there is " + strings.Join(names, ", ")}
}

func (t *Template) function(name string, resource *yaml.Node, sam bool) *Function {
	properties := child(resource, "Properties")
	timeout := child(properties, "Timeout")
	f := &Function{Name: name, template: t, environment: []*yaml.Node{child(properties, "Environment", "Variables")}}
	if sam {
		globals := child(t.root, "Globals", "Function")
		timeout = cmp.Or(timeout, child(globals, "Timeout"))
		f.environment = append(f.environment, child(globals, "Environment", "Variables"))
		for id, event := range pairs(child(properties, "Events")) {
			kind := child(event, "Type")
			if kind != nil && (kind.Value == "MSK" || kind.Value == "SelfManagedKafka") {
				f.Mappings = append(f.Mappings, t.mapping(name+"."+id.Value, id.Line, child(event, "Properties"), nil))
			}
		}
	}
	f.Timeout = property("Timeout", timeout, t.seconds(1, 900))
	for id, mapping := range pairs(child(t.root, "Resources")) {
		properties := child(mapping, "Properties")
		if kind := child(mapping, "Type"); kind == nil || kind.Value != lambdaMapping || !kafka(properties) {
			continue
		}
		if t.leadsTo(child(properties, "FunctionName"), name, 0) {
			own := cmp.Or(child(properties, "AmazonManagedKafkaEventSourceConfig"), child(properties, "SelfManagedKafkaEventSourceConfig"))
			f.Mappings = append(f.Mappings, t.mapping(id.Value, id.Line, properties, own))
		}
	}
	return f
}

// kafka is whether a mapping is one of Kafka: no other has topics.
func kafka(properties *yaml.Node) bool {
	return cmp.Or(child(properties, "Topics"), child(properties, "AmazonManagedKafkaEventSourceConfig"),
		child(properties, "SelfManagedKafkaEventSourceConfig")) != nil
}

// leadsTo is whether a FunctionName is that of a function of the template: its
// id by Ref, Fn::GetAtt or Fn::Sub, its name, or one of its aliases.
func (t *Template) leadsTo(n *yaml.Node, function string, aliases int) bool {
	if n == nil || aliases > 1 {
		return false
	}
	id, argument := intrinsic(n)
	text := argument.Value
	if argument.Kind == yaml.SequenceNode && len(argument.Content) > 0 {
		text = argument.Content[0].Value // Fn::GetAtt: [Orders, Arn]
	}
	if id == "" {
		name := child(t.root, "Resources", function, "Properties", "FunctionName")
		return name != nil && text == name.Value
	}
	if name, ok := strings.CutPrefix(text, "${"); ok && id == "Fn::Sub" {
		text, _, _ = strings.Cut(name, "}")
	}
	text, _, _ = strings.Cut(text, ".") // "Orders.Arn", and SAM's "Orders.Alias"
	if text == function {
		return true
	}
	resource := child(t.root, "Resources", text)
	if kind := child(resource, "Type"); kind == nil || kind.Value != lambdaAlias {
		return false
	}
	return t.leadsTo(child(resource, "Properties", "FunctionName"), function, aliases+1)
}

// Mapping is the mapping of a topic; with an empty topic it is the only one.
// A function with one mapping has no other to choose. The error lists those
// there are.
func (f *Function) Mapping(topic string) (*Mapping, error) {
	if len(f.Mappings) == 1 {
		return &f.Mappings[0], nil
	}
	var found []*Mapping
	names := make([]string, 0, len(f.Mappings))
	for i := range f.Mappings {
		m := &f.Mappings[i]
		topics, err := m.Topics.Or(nil)
		if slices.Contains(topics, topic) {
			found = append(found, m)
		}
		described := strings.Join(topics, ",")
		if err != nil {
			described = "a topic that " + reason(err)
		}
		names = append(names, m.Name+" ("+described+")")
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return nil, &Error{Msg: f.Name + " has several mappings, choose one by its topic: " + strings.Join(names, ", ")}
}

// Environment is the function's variables as "NAME=value", and the names of
// those that only a deployment knows.
func (f *Function) Environment() (variables, unknown []string) {
	seen := make(map[string]bool)
	for _, from := range f.environment {
		for k, v := range pairs(from) {
			if seen[k.Value] {
				continue
			}
			seen[k.Value] = true
			value, err := f.template.scalar(target(v))
			// A dynamic reference is resolved by CloudFormation.
			if err != nil || strings.Contains(value, "{{resolve:") {
				unknown = append(unknown, k.Value)
				continue
			}
			variables = append(variables, k.Value+"="+value)
		}
	}
	return variables, unknown
}

// reason is an error's text without its place.
func reason(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Msg
	}
	return err.Error()
}
