// Package function runs a command as a Lambda function: it starts the process
// behind a Runtime API of its own, gives it events and tells the ways in which
// it can fail apart.
//
// The command is what would be deployed, unmodified: a bootstrap, or a
// language's runtime interface client with its handler. The package does not
// emulate Lambda's sandbox: memory, CPU, the file system and IAM are those of
// the machine.
package function
