package examples_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestFunctionSize holds what the library adds to the binary of a function
// that decodes JSON and nothing else: all of it is loaded at a cold start.
func TestFunctionSize(t *testing.T) {
	const limit = 350_000 // bytes
	for _, arch := range []string{"arm64", "amd64"} {
		t.Run(arch, func(t *testing.T) {
			if added := binarySize(t, arch, "./orders") - binarySize(t, arch, "./testdata/bare"); added > limit {
				t.Errorf("the library adds %d bytes to a bare function, want at most %d", added, limit)
			}
		})
	}
}

// binarySize is the size in bytes of a function as it is deployed.
func binarySize(t *testing.T, arch, pkg string) int64 {
	t.Helper()
	out := filepath.Join(t.TempDir(), "bootstrap")
	build := exec.CommandContext(t.Context(), "go", "build", "-tags", "lambda.norpc", "-trimpath", "-ldflags=-s -w", "-o", out, pkg)
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0", "GOWORK=off")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	info, err := os.Stat(out)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
