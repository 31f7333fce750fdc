package protobuf

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/mskit-go/mskit/schema"
)

// messages finds the messages of one .proto file by the indexes that
// registries' serializers write.
type messages struct {
	path string
	// roots are in declaration order. Whether they and their children include
	// the entry messages of map fields depends on the producer's language:
	// Confluent's Java and JavaScript serializers do not count them.
	roots []node
	// ranked are all messages, map entries included, sorted by full name, as
	// MessageIndexFinder.java of awslabs/aws-glue-schema-registry does.
	ranked []protoreflect.MessageDescriptor
}

type node struct {
	desc   protoreflect.MessageDescriptor
	nested []node
}

func newMessages(fd protoreflect.FileDescriptor, countMapEntries bool) *messages {
	m := &messages{path: fd.Path()}
	m.roots = m.add(fd.Messages(), countMapEntries)
	slices.SortFunc(m.ranked, func(a, b protoreflect.MessageDescriptor) int {
		return strings.Compare(string(a.FullName()), string(b.FullName()))
	})
	return m
}

func (m *messages) add(ds protoreflect.MessageDescriptors, countMapEntries bool) []node {
	nodes := make([]node, 0, ds.Len())
	for i := range ds.Len() {
		d := ds.Get(i)
		m.ranked = append(m.ranked, d)
		nested := m.add(d.Messages(), countMapEntries)
		if countMapEntries || !d.IsMapEntry() {
			nodes = append(nodes, node{d, nested})
		}
	}
	return nodes
}

// at is nil when the file has no such message.
func (m *messages) at(idx schema.MessageIndex) protoreflect.MessageDescriptor {
	if rank, ok := idx.Rank(); ok {
		if rank < 0 || int(rank) >= len(m.ranked) {
			return nil
		}
		return m.ranked[rank]
	}
	path, _ := idx.Path()
	var desc protoreflect.MessageDescriptor
	nodes := m.roots
	for _, i := range path {
		if i < 0 || int(i) >= len(nodes) {
			return nil
		}
		desc, nodes = nodes[i].desc, nodes[i].nested
	}
	return desc
}

// describe is idx in words, for error texts; empty for none.
func describe(idx schema.MessageIndex) string {
	if rank, ok := idx.Rank(); ok {
		return fmt.Sprintf("rank %d", rank)
	}
	if path, ok := idx.Path(); ok {
		return fmt.Sprintf("index %v", path)
	}
	return ""
}

// none reports whether idx says nothing.
func none(idx schema.MessageIndex) bool {
	_, path := idx.Path()
	_, rank := idx.Rank()
	return !path && !rank
}
