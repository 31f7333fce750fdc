package main

import (
	"strconv"

	"github.com/mskit-go/mskit/cmd/mskit/function"
)

// exitCodes documents the constants below in "mskit --help".
const exitCodes = `Exit codes: 0 the function replied; 1 mskit could not do its work; 2 wrong usage; 3 the function reported an error; 4 it crashed; 5 it timed out; 6 it did not start; 7 its reply is not JSON; 8 Lambda would refuse a pattern; 9 a replay left records that failed; 130 interrupted.`

const (
	exitOK            = 0
	exitFailure       = 1
	exitUsage         = 2
	exitFunctionError = 3
	exitCrash         = 4
	exitTimeout       = 5
	exitInitError     = 6
	exitBadReply      = 7
	exitRefused       = 8
	exitReplay        = 9
	exitInterrupted   = 130
)

// exitError is the error of a command that has told the user already.
type exitError int

func (e exitError) Error() string { return "exit code " + strconv.Itoa(int(e)) }

// exitOf is the exit code for a failure of the function.
func exitOf(k function.Kind) exitError {
	switch k {
	case function.InitFailed:
		return exitInitError
	case function.Crashed:
		return exitCrash
	case function.TimedOut:
		return exitTimeout
	case function.Failed:
		return exitFunctionError
	case function.BadReply:
		return exitBadReply
	}
	return exitFailure
}
