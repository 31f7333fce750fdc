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
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/mskit-go/mskit/schema/protobuf"
)

var _ protobuf.Compiler = Compile

// Compile compiles the file main and what it imports from files, a map by
// import path; nothing else is read but the files of google/protobuf, which
// are built in. The result has the imports before the files that import them.
//
// Errors give file, line and column. Text that is nested absurdly deep is
// refused before it is parsed.
func Compile(main string, files map[string]protobuf.Source) (*descriptorpb.FileDescriptorSet, error) {
	if _, ok := files[main]; !ok {
		return nil, fmt.Errorf("protosrc: no file %q", main)
	}
	for path, f := range files {
		if tooDeep(f.Text) {
			return nil, fmt.Errorf("protosrc: %s: nested deeper than %d", path, maxDepth)
		}
	}
	c := protocompile.Compiler{
		MaxParallelism: 1,
		Resolver: protocompile.WithStandardImports(protocompile.ResolverFunc(func(path string) (protocompile.SearchResult, error) {
			f, ok := files[path]
			if !ok {
				return protocompile.SearchResult{}, errors.New("not among the schema's references")
			}
			if len(f.Serialized) == 0 {
				return protocompile.SearchResult{Source: strings.NewReader(f.Text)}, nil
			}
			fdp := new(descriptorpb.FileDescriptorProto)
			if err := (proto.UnmarshalOptions{RecursionLimit: maxDepth}).Unmarshal(f.Serialized, fdp); err != nil {
				return protocompile.SearchResult{}, errors.New("not a FileDescriptorProto")
			}
			fdp.Name = &path
			return protocompile.SearchResult{Proto: fdp}, nil
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

// maxDepth is how deep brackets and serialized messages may nest.
const maxDepth = 64

// tooDeep counts open brackets outside of strings and comments. The compiler
// walks what it parsed recursively, and a stack that overflows cannot be
// caught. A bracket is closed by its own kind only, since the parser may skip
// a stray one and go on.
func tooDeep(text string) bool {
	var open []byte
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '{', '[', '(', '<':
			if len(open) == maxDepth {
				return true
			}
			open = append(open, c)
		case '}', ']', ')', '>':
			if n := len(open); n > 0 && closes(open[n-1], c) {
				open = open[:n-1]
			}
		case '"', '\'':
			for i++; i < len(text) && text[i] != c && text[i] != '\n'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '/':
			rest := text[i:]
			switch {
			case strings.HasPrefix(rest, "//"):
				i += indexOrEnd(rest, "\n")
			case strings.HasPrefix(rest, "/*"):
				i += 2 + indexOrEnd(rest[2:], "*/") + 1
			}
		}
	}
	return false
}

func closes(open, c byte) bool {
	return open == '(' && c == ')' || open != '(' && c == open+2
}

func indexOrEnd(s, sep string) int {
	if i := strings.Index(s, sep); i >= 0 {
		return i
	}
	return len(s)
}
