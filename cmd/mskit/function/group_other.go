//go:build !unix

package function

import "os/exec"

// Without process groups the process itself is ended; children of its own
// notice that the Runtime API is gone.

func ownGroup(*exec.Cmd) {}

func terminateGroup(*exec.Cmd) {}

func killGroup(cmd *exec.Cmd) {
	cmd.Process.Kill() //nolint:errcheck // it has ended, which is what is wanted
}
