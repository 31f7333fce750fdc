// Package bounds measures .proto files before they are linked.
package bounds

import (
	"fmt"

	"google.golang.org/protobuf/types/descriptorpb"
)

const (
	// Depth is how deep brackets in text and serialized messages may nest.
	Depth = 64
	// Names is how many bytes the full names of a file may have together.
	Names = 16 << 20
	// Imports is how many files a file may import.
	Imports = 1000
)

// Check refuses a file that takes more than linear work to link. Of full names
// each is built, and a long name at the top is in all below it; of imports each
// is searched for in all.
func Check(f *descriptorpb.FileDescriptorProto) error {
	if n := len(f.GetDependency()); n > Imports {
		return fmt.Errorf("%d imports in one file, at most %d are read", n, Imports)
	}
	scope := len(f.GetPackage())
	n := messages(f.GetMessageType(), scope) + enums(f.GetEnumType(), scope) + fields(f.GetExtension(), scope)
	for _, s := range f.GetService() {
		inner := scope + 1 + len(s.GetName())
		n += inner
		for _, m := range s.GetMethod() {
			n += inner + 1 + len(m.GetName())
		}
	}
	if n > Names {
		return fmt.Errorf("full names of %d bytes in one file, at most %d are read", n, Names)
	}
	return nil
}

func messages(ms []*descriptorpb.DescriptorProto, scope int) int {
	n := 0
	for _, m := range ms {
		inner := scope + 1 + len(m.GetName())
		n += inner + fields(m.GetField(), inner) + fields(m.GetExtension(), inner) +
			messages(m.GetNestedType(), inner) + enums(m.GetEnumType(), inner)
		for _, o := range m.GetOneofDecl() {
			n += inner + 1 + len(o.GetName())
		}
	}
	return n
}

func fields(fs []*descriptorpb.FieldDescriptorProto, scope int) int {
	n := 0
	for _, f := range fs {
		n += scope + 1 + len(f.GetName())
	}
	return n
}

// enums counts values in the scope around their enum, where Protobuf has them.
func enums(es []*descriptorpb.EnumDescriptorProto, scope int) int {
	n := 0
	for _, e := range es {
		n += scope + 1 + len(e.GetName())
		for _, v := range e.GetValue() {
			n += scope + 1 + len(v.GetName())
		}
	}
	return n
}
