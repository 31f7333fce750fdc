package template

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// child is the value of a key; nil where n is no mapping or has no such key.
// Anchors and merge keys are followed.
func child(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		n = member(n, key, 0)
	}
	return n
}

// maxMerges bounds a chain of merge keys, which could lead back to itself.
const maxMerges = 16

func member(n *yaml.Node, key string, merges int) *yaml.Node {
	n = target(n)
	if n == nil || n.Kind != yaml.MappingNode || merges > maxMerges {
		return nil
	}
	var merged *yaml.Node
	for k, v := range pairs(n) {
		if k.Value == key {
			return target(v)
		}
		if k.Value != "<<" || merged != nil {
			continue
		}
		if v = target(v); v.Kind != yaml.SequenceNode {
			merged = member(v, key, merges+1)
			continue
		}
		for _, from := range v.Content {
			if merged == nil {
				merged = member(from, key, merges+1)
			}
		}
	}
	return merged
}

// pairs are the keys and values of a mapping, in order.
func pairs(n *yaml.Node) func(yield func(k, v *yaml.Node) bool) {
	return func(yield func(k, v *yaml.Node) bool) {
		if n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i], n.Content[i+1]) {
				return
			}
		}
	}
}

// target is what an alias stands for.
func target(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// intrinsic is the function that a node calls, "Ref" or "Fn::Sub", and its
// argument; "" for plain values. Both spellings of YAML, !Sub and the key
// Fn::Sub, and that of JSON are one.
func intrinsic(n *yaml.Node) (name string, argument *yaml.Node) {
	if tag := n.Tag; strings.HasPrefix(tag, "!") && !strings.HasPrefix(tag, "!!") && len(tag) > 1 {
		if name = tag[1:]; name != "Ref" && name != "Condition" {
			name = "Fn::" + name
		}
		return name, n
	}
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 {
		if key := n.Content[0].Value; key == "Ref" || strings.HasPrefix(key, "Fn::") {
			return key, target(n.Content[1])
		}
	}
	return "", n
}
