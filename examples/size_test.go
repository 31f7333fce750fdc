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
	// In MiB. arm64 is what the template deploys; amd64 has vector code more.
	for arch, limit := range map[string]float64{"arm64": 0.35, "amd64": 0.4} {
		t.Run(arch, func(t *testing.T) {
			added := binarySize(t, arch, "./orders") - binarySize(t, arch, "./testdata/bare")
			if mib := float64(added) / (1 << 20); mib > limit {
				t.Errorf("the library adds %.2f MiB to a bare function, want at most %.2f", mib, limit)
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
