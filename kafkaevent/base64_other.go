//go:build (!amd64 && !arm64) || purego

package kafkaevent

const hasVector = false
