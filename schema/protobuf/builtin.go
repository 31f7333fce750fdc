package protobuf

import (
	_ "embed"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"
)

// builtins is a FileDescriptorSet of the files that every schema may import.
// They are data, not the generated packages, so that programs which need none
// of them do not pay for their initialization.
//
//go:generate go test -run TestBuiltinsAreCurrent -update .
//go:embed builtin.binpb
var builtins []byte

// isStandard reports whether path belongs to Protobuf itself. No registered
// schema can replace such a file.
func isStandard(path string) bool { return strings.HasPrefix(path, "google/protobuf/") }

// builtin is nil for a path that is none.
func builtin(path string) *descriptorpb.FileDescriptorProto {
	if path == "google/protobuf/descriptor.proto" { // linked anyway
		return protodesc.ToFileDescriptorProto(descriptorpb.File_google_protobuf_descriptor_proto)
	}
	for _, f := range builtinSet().GetFile() {
		if f.GetName() == path {
			return f
		}
	}
	return nil
}

// extras are the built-in files that compilers need not know.
func extras() map[string]Source {
	files := map[string]Source{}
	for _, f := range builtinSet().GetFile() {
		if isStandard(f.GetName()) {
			continue
		}
		if b, err := proto.Marshal(f); err == nil {
			files[f.GetName()] = Source{Serialized: b}
		}
	}
	return files
}

func builtinSet() *descriptorpb.FileDescriptorSet {
	set := new(descriptorpb.FileDescriptorSet)
	if err := proto.Unmarshal(builtins, set); err != nil {
		return nil // a test decodes it
	}
	return set
}
