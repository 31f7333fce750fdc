//go:build !purego

package kafkaevent

import (
	"github.com/segmentio/asm/cpu"
	"github.com/segmentio/asm/cpu/x86"
)

var hasVector = cpu.X86.Has(x86.AVX2)
