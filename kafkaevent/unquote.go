package kafkaevent

import (
	"unicode/utf16"
	"unicode/utf8"
)

// appendUnquoted appends what a JSON string stands for, given the text between
// its quotes, which the scanner has checked. As in encoding/json, bytes that
// are not UTF-8 and lone surrogates become U+FFFD.
func appendUnquoted(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		switch c := raw[i]; {
		case c == '\\' && i+1 < len(raw):
			if raw[i+1] == 'u' {
				var r rune
				r, i = unquoteRune(raw, i)
				dst = utf8.AppendRune(dst, r)
				continue
			}
			dst = append(dst, unescaped(raw[i+1]))
			i += 2
		case c < utf8.RuneSelf:
			dst = append(dst, c)
			i++
		default:
			r, n := utf8.DecodeRune(raw[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
		}
	}
	return dst
}

func unescaped(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	default:
		return c
	}
}

// unquoteRune reads the \u escape at i, and the one behind it when both are a
// surrogate pair.
func unquoteRune(raw []byte, i int) (rune, int) {
	r := hexRune(raw, i+2)
	i += 6
	if !utf16.IsSurrogate(r) {
		return r, i
	}
	if i+1 < len(raw) && raw[i] == '\\' && raw[i+1] == 'u' {
		if pair := utf16.DecodeRune(r, hexRune(raw, i+2)); pair != utf8.RuneError {
			return pair, i + 6
		}
	}
	return utf8.RuneError, i
}

// hexRune reads the four hexadecimal digits at i.
func hexRune(raw []byte, i int) rune {
	var r rune
	for _, c := range raw[i:min(i+4, len(raw))] {
		d := rune(c - '0')
		if !isDigit(c) {
			d = rune(c|0x20-'a') + 10
		}
		r = r<<4 | d
	}
	return r
}
