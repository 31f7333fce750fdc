// Command descriptors compiles the .proto files below a folder and prints them
// as JSON: the path of each file, in the order of imports, and its
// FileDescriptorProto in base64. The JavaScript serializers need descriptors
// and have no compiler.
package main

import (
	"context"
	"encoding/json"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
)

type file struct {
	Path       string `json:"path"`
	Descriptor []byte `json:"descriptor"`
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: descriptors <folder>")
	}
	files, err := compile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(files); err != nil {
		log.Fatal(err)
	}
}

func compile(dir string) ([]file, error) {
	var paths []string
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".proto") {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		paths = append(paths, filepath.ToSlash(rel))
		return err
	})
	if err != nil {
		return nil, err
	}
	c := protocompile.Compiler{Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{ImportPaths: []string{dir}})}
	compiled, err := c.Compile(context.Background(), paths...)
	if err != nil {
		return nil, err
	}

	var files []file
	seen := make(map[string]bool)
	var add func(fd protoreflect.FileDescriptor) error
	add = func(fd protoreflect.FileDescriptor) error {
		if seen[fd.Path()] {
			return nil
		}
		seen[fd.Path()] = true
		for i := range fd.Imports().Len() {
			if err := add(fd.Imports().Get(i).FileDescriptor); err != nil {
				return err
			}
		}
		p := protodesc.ToFileDescriptorProto(fd)
		p.SourceCodeInfo = nil
		b, err := proto.MarshalOptions{Deterministic: true}.Marshal(p)
		files = append(files, file{fd.Path(), b})
		return err
	}
	for _, fd := range compiled {
		if err := add(fd); err != nil {
			return nil, err
		}
	}
	return files, nil
}
