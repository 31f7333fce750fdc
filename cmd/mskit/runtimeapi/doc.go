// Package runtimeapi serves the AWS Lambda Runtime API on loopback: the
// interface through which a function, in any language, fetches its next event
// and posts its reply.
//
// It knows nothing of processes; package function starts one behind it. It is
// not for Lambda extensions, response streaming or container images.
//
// Wire: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
package runtimeapi
