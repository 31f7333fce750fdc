package protosrc

import (
	"fmt"
	"strings"

	"github.com/mskit-go/mskit/schema/protobuf/internal/bounds"
)

// maxLine is how long a line may get before it is broken.
const maxLine = 1 << 10

// tame refuses text with too many open brackets: the compiler walks what it
// parsed recursively, and a stack that overflows cannot be caught. A bracket is
// closed by its own kind only, since the parser may skip a stray one and go on.
// Between tokens it breaks long lines: the compiler finds each token's column
// from the start of its line.
func tame(text string) (string, error) {
	var (
		open []byte
		out  strings.Builder
		done = 0 // how much of text is in out
		line = 0 // where the current line starts
	)
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch c {
		case '\n':
			line = i + 1
		case '{', '[', '(', '<':
			if len(open) == bounds.Depth {
				return "", fmt.Errorf("nested deeper than %d", bounds.Depth)
			}
			open = append(open, c)
		case '}', ']', ')', '>':
			if n := len(open); n > 0 && closes(open[n-1], c) {
				open = open[:n-1]
			}
		case '"', '\'':
			i = skipString(text, i)
		case '/':
			i = skipComment(text, i)
		}
		if i-line >= maxLine && strings.IndexByte("{};,", c) >= 0 {
			out.WriteString(text[done : i+1])
			out.WriteByte('\n')
			done, line = i+1, i+1
		}
	}
	if done == 0 {
		return text, nil
	}
	out.WriteString(text[done:])
	return out.String(), nil
}

func closes(open, c byte) bool {
	return open == '(' && c == ')' || open != '(' && c == open+2
}

// skipString returns where the string that starts at i ends; the line's end
// ends it too.
func skipString(text string, i int) int {
	quote := text[i]
	for i++; i < len(text) && text[i] != quote; i++ {
		switch text[i] {
		case '\n':
			return i - 1
		case '\\':
			if i+1 < len(text) && text[i+1] != '\n' {
				i++
			}
		}
	}
	return i
}

// skipComment returns where the comment that starts at i ends, i if none does.
func skipComment(text string, i int) int {
	switch rest := text[i:]; {
	case strings.HasPrefix(rest, "//"):
		if n := strings.IndexByte(rest, '\n'); n >= 0 {
			return i + n - 1
		}
		return len(text)
	case strings.HasPrefix(rest, "/*"):
		if n := strings.Index(rest[2:], "*/"); n >= 0 {
			return i + 2 + n + 1
		}
		return len(text)
	default:
		return i
	}
}
