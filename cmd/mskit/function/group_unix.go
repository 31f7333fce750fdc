//go:build unix

package function

import (
	"os/exec"
	"syscall"
)

// ownGroup makes the process the head of a group: its children ("go run" has
// one) end with it, and a Ctrl-C at the terminal reaches mskit alone, which
// then ends the group in order.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func terminateGroup(cmd *exec.Cmd) { signalGroup(cmd, syscall.SIGTERM) }

func killGroup(cmd *exec.Cmd) { signalGroup(cmd, syscall.SIGKILL) }

// signalGroup signals the whole group. It fails only when the group is gone,
// which is what both callers want.
func signalGroup(cmd *exec.Cmd, s syscall.Signal) {
	syscall.Kill(-cmd.Process.Pid, s) //nolint:errcheck // see above
}
