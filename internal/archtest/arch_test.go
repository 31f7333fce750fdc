package archtest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/mskit-go/mskit/batch"
)

const module = "github.com/mskit-go/mskit"

// A Processor goes straight into lambda.Start, without encoding/json on the way.
var _ lambda.Handler = (*batch.Processor)(nil)

// pkg is a package of this module.
type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string // everything linked with it
}

// path is the import path below the module.
func (p pkg) path() string { return strings.TrimPrefix(p.ImportPath, module+"/") }

// within is whether path is dir or below it.
func within(path, dir string) bool { return path == dir || strings.HasPrefix(path, dir+"/") }

// packages are those of this module, without its tests.
func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,Deps", "./...")
	cmd.Dir = "../.."
	cmd.Env = append(cmd.Environ(), "GOWORK=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	var all []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// foreign is whether a package is neither the standard library's nor this
// module's. The first element of a module path has a dot.
func foreign(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return strings.Contains(first, ".") && !within(path, module)
}

// Vector base64, with what it takes to know the processor: the one exception.
func vectorBase64(path string) bool {
	return within(path, "github.com/segmentio/asm") || path == "golang.org/x/sys/cpu"
}

func TestTheStandardLibraryIsEnough(t *testing.T) {
	// Of schema, the codecs are what is not in this list.
	core := []string{"kafkaevent", "kafkaevent/kafkaeventtest", "filter", "batch", "schema", "schema/confluent", "schema/glue", "schema/schematest"}
	found := 0
	for _, p := range packages(t) {
		if !slices.Contains(core, p.path()) && !within(p.path(), "batch") {
			continue
		}
		found++
		for _, linked := range p.Deps {
			if foreign(linked) && !vectorBase64(linked) {
				t.Errorf("%s links %s", p.path(), linked)
			}
		}
	}
	if found < 4 {
		t.Errorf("%d packages of the core found", found)
	}
}

func TestImportsRunOneWay(t *testing.T) {
	// The layers, with the packages of this module that each may link beside
	// internal ones.
	layers := map[string][]string{
		"kafkaevent": {},
		"schema":     {},
		"filter":     {"kafkaevent"},
		"batch":      {"kafkaevent", "schema", "filter"},
	}
	for _, p := range packages(t) {
		allowed, ok := layers[p.path()]
		if !ok {
			continue
		}
		for _, linked := range p.Deps {
			path, ours := strings.CutPrefix(linked, module+"/")
			if ours && !within(path, "internal") && !slices.Contains(allowed, path) {
				t.Errorf("%s links %s", p.path(), path)
			}
		}
	}
}

func TestOneImporterForEachModule(t *testing.T) {
	owners := map[string]string{
		"github.com/aws/aws-lambda-go":          "kafkaevent/lambdaevent",
		"github.com/bufbuild/protocompile":      "schema/protobuf/protosrc",
		"github.com/hamba/avro/v2":              "schema/avro",
		"github.com/santhosh-tekuri/jsonschema": "schema/jsonschema",
		"github.com/segmentio/asm":              "kafkaevent",
		"google.golang.org/protobuf":            "schema/protobuf",
	}
	for _, p := range packages(t) {
		if within(p.path(), "examples") || strings.Contains(p.ImportPath, "/internal/") {
			continue // functions, generated messages, and what serves the packages above
		}
		for _, imported := range p.Imports {
			for codec, owner := range owners {
				if within(imported, codec) && !within(p.path(), owner) {
					t.Errorf("%s imports %s, which belongs to %s", p.path(), imported, owner)
				}
			}
		}
	}
}

func TestJSONFunctionLinksNoCodecAndNoRegistry(t *testing.T) {
	for _, p := range packages(t) {
		if p.path() != "examples/orders" {
			continue
		}
		if !slices.Contains(p.Deps, module+"/batch") {
			t.Error("examples/orders does not link batch")
		}
		for _, linked := range p.Deps {
			if within(linked, module+"/schema") && linked != module+"/schema" {
				t.Errorf("a function that reads JSON links %s", linked)
			}
		}
		return
	}
	t.Error("no examples/orders")
}
