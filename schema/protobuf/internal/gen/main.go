// Command gen makes .pb.go files of .proto files, beside them, without protoc:
// it compiles the text and hands the descriptors to protoc-gen-go.
//
//	go run ./schema/protobuf/internal/gen schema/protobuf/internal/shoppb/orders.proto
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/mskit-go/mskit/schema/protobuf"
	"github.com/mskit-go/mskit/schema/protobuf/protosrc"
)

func main() {
	for _, path := range os.Args[1:] {
		code, err := generate(path)
		if err == nil {
			err = os.WriteFile(goFile(path), code, 0o644)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
			os.Exit(1)
		}
	}
}

func goFile(protoFile string) string {
	return protoFile[:len(protoFile)-len(filepath.Ext(protoFile))] + ".pb.go"
}

// generate is the Go code of one .proto file.
func generate(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	name := filepath.Base(path)
	set, err := protosrc.Compile(name, map[string]protobuf.Source{name: {Text: string(text)}})
	if err != nil {
		return nil, err
	}
	request, err := proto.Marshal(&pluginpb.CodeGeneratorRequest{
		FileToGenerate: []string{name},
		Parameter:      new("paths=source_relative"),
		ProtoFile:      set.File,
	})
	if err != nil {
		return nil, err
	}
	plugin := exec.Command("go", "run", "google.golang.org/protobuf/cmd/protoc-gen-go")
	plugin.Stdin, plugin.Stderr = bytes.NewReader(request), os.Stderr
	reply, err := plugin.Output()
	if err != nil {
		return nil, fmt.Errorf("protoc-gen-go: %w", err)
	}
	var response pluginpb.CodeGeneratorResponse
	if err := proto.Unmarshal(reply, &response); err != nil {
		return nil, err
	}
	if response.Error != nil {
		return nil, errors.New("protoc-gen-go: " + response.GetError())
	}
	if n := len(response.File); n != 1 {
		return nil, fmt.Errorf("protoc-gen-go: %d files", n)
	}
	return []byte(response.File[0].GetContent()), nil
}
