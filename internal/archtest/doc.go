// Package archtest asserts what docs/architecture.md promises of imports: it
// asks the go command what is linked in the end, which no single file shows.
package archtest
