package protobuf_test

import (
	"bytes"
	"context"
	"flag"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/apipb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/sourcecontextpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/typepb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/protobuf"
	"github.com/mskit-go/mskit/schema/protobuf/protosrc"
)

var update = flag.Bool("update", false, "rewrite golden files")

// builtinPaths are the files under testdata/builtin.
func builtinPaths(t *testing.T) []string {
	t.Helper()
	var paths []string
	err := fs.WalkDir(os.DirFS("testdata/builtin"), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func TestBuiltinsAreCurrent(t *testing.T) {
	set := new(descriptorpb.FileDescriptorSet)
	for _, fd := range []protoreflect.FileDescriptor{
		anypb.File_google_protobuf_any_proto,
		apipb.File_google_protobuf_api_proto,
		durationpb.File_google_protobuf_duration_proto,
		emptypb.File_google_protobuf_empty_proto,
		fieldmaskpb.File_google_protobuf_field_mask_proto,
		sourcecontextpb.File_google_protobuf_source_context_proto,
		structpb.File_google_protobuf_struct_proto,
		timestamppb.File_google_protobuf_timestamp_proto,
		typepb.File_google_protobuf_type_proto,
		wrapperspb.File_google_protobuf_wrappers_proto,
	} {
		fdp := protodesc.ToFileDescriptorProto(fd)
		fdp.Options = nil
		set.File = append(set.File, fdp)
	}
	files := map[string]protobuf.Source{}
	for _, path := range builtinPaths(t) {
		text, err := os.ReadFile("testdata/builtin/" + path)
		if err != nil {
			t.Fatal(err)
		}
		files[path] = protobuf.Source{Text: string(text)}
	}
	for path := range files {
		compiled, err := protosrc.Compile(path, files)
		if err != nil {
			t.Fatal(err)
		}
		set.File = append(set.File, compiled.File[len(compiled.File)-1])
	}
	slices.SortFunc(set.File, func(a, b *descriptorpb.FileDescriptorProto) int { return strings.Compare(a.GetName(), b.GetName()) })

	want, err := proto.MarshalOptions{Deterministic: true}.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("builtin.binpb", want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("builtin.binpb")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("builtin.binpb is not what testdata/builtin and google.golang.org/protobuf give: run go generate")
	}
}

// Every built-in file can be imported without a reference, from text and from
// a serialized descriptor.
func TestBuiltinImports(t *testing.T) {
	paths := append(builtinPaths(t),
		"google/protobuf/any.proto", "google/protobuf/api.proto", "google/protobuf/descriptor.proto",
		"google/protobuf/duration.proto", "google/protobuf/empty.proto", "google/protobuf/field_mask.proto",
		"google/protobuf/source_context.proto", "google/protobuf/struct.proto", "google/protobuf/timestamp.proto",
		"google/protobuf/type.proto", "google/protobuf/wrappers.proto")
	for _, path := range paths {
		forms := map[string]*schema.Schema{
			"text":       {Text: `syntax = "proto3"; import "` + path + `"; message M { int32 x = 1; }`},
			"serialized": {Serialized: marshal(t, &descriptorpb.FileDescriptorProto{Dependency: []string{path}, MessageType: []*descriptorpb.DescriptorProto{{Name: new("M")}}})},
		}
		for form, s := range forms {
			t.Run(form+"/"+path, func(t *testing.T) {
				d := protobuf.NewDynamic(static{1: s}, protobuf.WithCompiler(protosrc.Compile))
				if _, err := d.Decode(context.Background(), value(unhex(t, "000000000100"))); err != nil {
					t.Error(err)
				}
			})
		}
	}
}
