package protosrc_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/mskit-go/mskit/schema/protobuf"
	"github.com/mskit-go/mskit/schema/protobuf/protosrc"
)

func text(s string) map[string]protobuf.Source {
	return map[string]protobuf.Source{"main.proto": {Text: s}}
}

func ExampleCompile() {
	set, err := protosrc.Compile("main.proto", map[string]protobuf.Source{
		"main.proto":  {Text: `syntax = "proto3"; import "money.proto"; message Sale { Money price = 1; }`},
		"money.proto": {Text: `syntax = "proto3"; message Money { int64 cents = 1; }`},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range set.File {
		fmt.Println(f.GetName(), f.MessageType[0].GetName())
	}
	// Output:
	// money.proto Money
	// main.proto Sale
}

// A file gives the same descriptors as text and in serialized form.
func TestSerializedImport(t *testing.T) {
	files := map[string]protobuf.Source{
		"main.proto":  {Text: `syntax = "proto3"; import "money.proto"; message Sale { Money price = 1; }`},
		"money.proto": {Text: `syntax = "proto3"; message Money { int64 cents = 1; }`},
	}
	want, err := protosrc.Compile("main.proto", files)
	if err != nil {
		t.Fatal(err)
	}
	money, err := proto.Marshal(want.File[0])
	if err != nil {
		t.Fatal(err)
	}
	files["money.proto"] = protobuf.Source{Serialized: money}
	got, err := protosrc.Compile("main.proto", files)
	if err != nil || !proto.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func TestRefused(t *testing.T) {
	deep := strings.Repeat("[", 65)
	tests := []struct {
		name  string
		files map[string]protobuf.Source
		msg   string
	}{
		{"no main file", nil, `no file "main.proto"`},
		{"syntax", text(`syntax = "proto3"; message {`), "main.proto:1:28: syntax error"},
		{"unknown type", text(`syntax = "proto3"; message M { X x = 1; }`), "unknown type X"},
		{"import that is not there", text(`syntax = "proto3"; import "x.proto";`), "not among the schema's references"},
		{"import that is not a descriptor", map[string]protobuf.Source{"main.proto": {Text: `import "x.proto";`}, "x.proto": {Serialized: []byte{0xff}}}, "not a FileDescriptorProto"},
		{"65 brackets", text(deep), "nested deeper than 64"},
		{"65 brackets, stray closers between", text(strings.ReplaceAll(deep, "[", "[)}>")), "nested deeper than 64"},
		{"65 brackets behind a string that ends with its line", text("\"abc\n" + deep), "nested deeper than 64"},
		{"65 brackets behind a string with a quote", text(`"\"" '"' ` + deep), "nested deeper than 64"},
		{"65 brackets behind comments", text("/* */ // [\n" + deep), "nested deeper than 64"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := protosrc.Compile("main.proto", tt.files)
			if err == nil || !strings.Contains(err.Error(), tt.msg) {
				t.Errorf("got %v, want %q", err, tt.msg)
			}
		})
	}
}

func TestAccepted(t *testing.T) {
	many := strings.Repeat("[", 100)
	tests := map[string]string{
		"brackets in strings":       `syntax = "proto3"; option java_package = "` + many + `"; option go_package = '` + many + `';`,
		"brackets in comments":      "// " + many + "\n/* " + many + " */ syntax = \"proto3\"; // " + many,
		"brackets side by side":     `syntax = "proto3"; message M { ` + sideBySide(100) + `}`,
		"a line of 10,000 names":    `syntax = "proto3"; message M { reserved "a0"` + names(10_000) + `; }`,
		"a long line with a string": `syntax = "proto3"; ` + strings.Repeat(" ", 2000) + `option java_package = ";,{}";`,
	}
	for name, src := range tests {
		t.Run(name, func(t *testing.T) {
			set, err := protosrc.Compile("main.proto", text(src))
			if err != nil {
				t.Fatal(err)
			}
			if p := set.File[0].GetOptions().GetJavaPackage(); name == "a long line with a string" && p != ";,{}" {
				t.Errorf("the string became %q", p)
			}
		})
	}
}

func sideBySide(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "map<string, M> m%d = %d [deprecated = true]; ", i, i+1)
	}
	return b.String()
}

func names(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `, "b%d"`, i)
	}
	return b.String()
}

// Whatever a registry serves, compiling it ends without a panic.
func FuzzCompile(f *testing.F) {
	f.Add(`syntax = "proto3"; package p; message M { map<string, M> m = 1; oneof o { int32 i = 2; } enum E { Z = 0; } }`)
	f.Add(`syntax = "proto2"; message M { optional group G = 1 { required int32 x = 1; } extensions 100 to max; } extend M { optional M m = 100; }`)
	f.Add(`edition = "2023"; import "google/protobuf/any.proto"; message M { google.protobuf.Any a = 1 [features.field_presence = EXPLICIT]; }`)
	f.Add(`option (a).b = { x: [1, <y: "z">] }; service S { rpc R(stream M) returns (M); } /* " */ // '`)
	f.Add("\"\\")
	f.Add("/*")
	f.Fuzz(func(t *testing.T, src string) {
		set, err := protosrc.Compile("main.proto", text(src))
		if err == nil && len(set.GetFile()) == 0 {
			t.Error("neither files nor an error")
		}
	})
}
