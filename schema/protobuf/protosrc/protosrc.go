// Package protosrc compiles the .proto text that schema registries serve. It
// is a package of its own since the compiler adds about 1.4 MB to a program:
//
//	protobuf.NewDynamic(reg, protobuf.WithCompiler(protosrc.Compile))
//
// It is not for building .pb.go files, and a decoder of generated types does
// not need it.
package protosrc

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/parser"
	"github.com/bufbuild/protocompile/reporter"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/mskit-go/mskit/schema/protobuf"
	"github.com/mskit-go/mskit/schema/protobuf/internal/bounds"
)

var _ protobuf.Compiler = Compile

// Compile compiles the file main and what it imports from files, a map by
// import path; nothing else is read but the files of google/protobuf, which
// are built in. The result has the imports before the files that import them.
//
// Errors give file, line and column. Text that is nested absurdly deep is
// refused before it is parsed. Lines over 1 KiB are counted as several, since
// the compiler takes time in the square of their length.
func Compile(main string, files map[string]protobuf.Source) (*descriptorpb.FileDescriptorSet, error) {
	if _, ok := files[main]; !ok {
		return nil, fmt.Errorf("protosrc: no file %q", main)
	}
	c := protocompile.Compiler{
		MaxParallelism: 1,
		Resolver: protocompile.WithStandardImports(protocompile.ResolverFunc(func(path string) (protocompile.SearchResult, error) {
			f, ok := files[path]
			if !ok {
				return protocompile.SearchResult{}, errors.New("not among the schema's references")
			}
			return read(path, f)
		})),
	}
	compiled, err := c.Compile(context.Background(), main)
	if err != nil {
		return nil, fmt.Errorf("protosrc: %w", err)
	}
	set := new(descriptorpb.FileDescriptorSet)
	appendFile(set, compiled[0], map[string]bool{})
	return set, nil
}

// read parses one file and refuses what would be too much to link.
func read(path string, f protobuf.Source) (protocompile.SearchResult, error) {
	if len(f.Serialized) > 0 {
		fdp := new(descriptorpb.FileDescriptorProto)
		if err := (proto.UnmarshalOptions{RecursionLimit: bounds.Depth}).Unmarshal(f.Serialized, fdp); err != nil {
			return protocompile.SearchResult{}, errors.New("not a FileDescriptorProto")
		}
		fdp.Name = &path
		return protocompile.SearchResult{Proto: fdp}, bounds.Check(fdp)
	}
	text, err := tame(f.Text)
	if err != nil {
		return protocompile.SearchResult{}, err
	}
	handler := reporter.NewHandler(nil)
	ast, err := parser.Parse(path, strings.NewReader(text), handler)
	if err != nil {
		return protocompile.SearchResult{}, err
	}
	parsed, err := parser.ResultFromAST(ast, false, handler)
	if err != nil {
		return protocompile.SearchResult{}, err
	}
	return protocompile.SearchResult{AST: ast}, bounds.Check(parsed.FileDescriptorProto())
}

func appendFile(set *descriptorpb.FileDescriptorSet, fd protoreflect.FileDescriptor, done map[string]bool) {
	if done[fd.Path()] {
		return
	}
	done[fd.Path()] = true
	for i := range fd.Imports().Len() {
		appendFile(set, fd.Imports().Get(i).FileDescriptor, done)
	}
	set.File = append(set.File, protodesc.ToFileDescriptorProto(fd))
}
