package function

import (
	"io"
	"os"
	"strconv"
	"time"
)

// Config says what to run. Command is required; the zero value of the rest is
// usable.
type Config struct {
	// Command is the program and its arguments. A name without a slash is
	// looked up in PATH.
	Command []string
	// Dir is the working directory; empty for the current one.
	Dir string
	// Env is added to the environment of this process, as "KEY=value". A later
	// value wins over an earlier one, and over Lambda's own variables.
	Env []string
	// Name is the name the function is told; empty for "mskit".
	Name string
	// MemoryMB is the memory the function is told, in MiB; 0 for 1769, which
	// is one vCPU on Lambda. Nothing enforces it.
	MemoryMB int
	// Timeout bounds one invocation; 0 for 30 s.
	Timeout time.Duration
	// InitTimeout bounds the time from the start to the first request for an
	// event; 0 for 2 min, since "go run" compiles in that time. Lambda gives
	// 10 s.
	InitTimeout time.Duration
	// Log takes what the process writes to its standard output and error, as
	// CloudWatch Logs would; nil discards it. Writes are never concurrent.
	Log io.Writer
}

const (
	region    = "us-east-1"
	accountID = "123456789012" // the account of AWS's documentation
)

func (c Config) withDefaults() Config {
	if c.Name == "" {
		c.Name = "mskit"
	}
	if c.MemoryMB == 0 {
		c.MemoryMB = 1769
	}
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	if c.InitTimeout == 0 {
		c.InitTimeout = 2 * time.Minute
	}
	if c.Log == nil {
		c.Log = io.Discard
	}
	return c
}

func (c Config) arn() string {
	return "arn:aws:lambda:" + c.region() + ":" + accountID + ":function:" + c.Name
}

func (c Config) region() string {
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		if r := os.Getenv(name); r != "" {
			return r
		}
	}
	return region
}

// environ is the process's environment: this one's, then what Lambda defines
// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html),
// then the caller's, then what cannot be had otherwise. Credentials are the
// user's own, if any, and so is _HANDLER: runtimes of other languages read from
// it which function to call.
func (c Config) environ(api, tmp string) []string {
	env := append([]string{"_HANDLER=bootstrap"}, os.Environ()...)
	env = append(env,
		"AWS_REGION="+c.region(),
		"AWS_DEFAULT_REGION="+c.region(),
		"AWS_LAMBDA_FUNCTION_NAME="+c.Name,
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE="+strconv.Itoa(c.MemoryMB),
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/"+c.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME=mskit",
		"LAMBDA_TASK_ROOT="+c.taskRoot(),
		"TZ=:UTC",
		"TMPDIR="+tmp,
	)
	env = append(env, c.Env...)
	return append(env,
		"AWS_LAMBDA_RUNTIME_API="+api,
		"_LAMBDA_SERVER_PORT=", // the Go 1.x runtime of old would win over the Runtime API
	)
}

func (c Config) taskRoot() string {
	if c.Dir != "" {
		return c.Dir
	}
	dir, err := os.Getwd()
	if err != nil {
		return "."
	}
	return dir
}
