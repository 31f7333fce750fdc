//go:build !purego

package kafkaevent

const hasVector = true // NEON, which every arm64 has
