package filter

import (
	"bytes"
	"net/netip"
	"strings"
)

// parseAddress reads an IP address as event-ruler does: four decimal parts,
// leading zeros allowed, or IPv6 in hex groups without zone or dotted tail. An
// IPv4 address mapped into IPv6 is the IPv4 address.
func parseAddress(text []byte) (netip.Addr, bool) {
	if len(text) < 2 || len(text) > 39 {
		return netip.Addr{}, false
	}
	if c := text[0]; c != ':' && hexDigit(c) < 0 {
		return netip.Addr{}, false
	}
	if bytes.IndexByte(text, ':') >= 0 {
		return parseAddress6(text)
	}
	return parseAddress4(text)
}

func parseAddress4(text []byte) (netip.Addr, bool) {
	if len(text) > 15 {
		return netip.Addr{}, false
	}
	var parts [4]byte
	part, digits, n := 0, 0, 0
	for _, c := range text {
		switch {
		case c == '.':
			if digits == 0 || part == 3 {
				return netip.Addr{}, false
			}
			parts[part] = byte(n)
			part, digits, n = part+1, 0, 0
		case c < '0' || c > '9':
			return netip.Addr{}, false
		default:
			digits++
			if n = n*10 + int(c-'0'); n > 255 {
				return netip.Addr{}, false
			}
		}
	}
	if part != 3 || digits == 0 {
		return netip.Addr{}, false
	}
	parts[3] = byte(n)
	return netip.AddrFrom4(parts), true
}

// parseAddress6 is netip's syntax without what it allows beyond hex groups.
func parseAddress6(text []byte) (netip.Addr, bool) {
	var groups [16]byte
	n, gap := 0, -1 // bytes filled, where :: stood
	i := 0
	if len(text) >= 2 && text[0] == ':' {
		if text[1] != ':' {
			return netip.Addr{}, false
		}
		gap, i = 0, 2
	}
	for i < len(text) {
		v, digits := 0, 0
		for ; i < len(text) && hexDigit(text[i]) >= 0; i++ {
			if v = v<<4 | hexDigit(text[i]); v > 0xffff {
				return netip.Addr{}, false
			}
			digits++
		}
		if digits == 0 || n == len(groups) {
			return netip.Addr{}, false
		}
		groups[n], groups[n+1] = byte(v>>8), byte(v)
		n += 2
		if i == len(text) {
			break
		}
		if text[i] != ':' || i+1 == len(text) {
			return netip.Addr{}, false
		}
		if i++; text[i] == ':' {
			if gap >= 0 {
				return netip.Addr{}, false
			}
			gap = n
			i++
		}
	}
	switch {
	case gap < 0 && n < len(groups), gap >= 0 && n == len(groups):
		return netip.Addr{}, false
	case gap >= 0:
		moved := n - gap
		copy(groups[len(groups)-moved:], groups[gap:n])
		clear(groups[gap : len(groups)-moved])
	}
	return netip.AddrFrom16(groups).Unmap(), true
}

func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// parseNetwork reads the operand of cidr.
func parseNetwork(text string) (p netip.Prefix, msg string) {
	host, mask, found := strings.Cut(text, "/")
	addr, ok := parseAddress([]byte(host))
	if !found || !ok {
		return p, "cidr wants an IP address, a slash and a mask length"
	}
	bits := 0
	if mask == "" || len(mask) > 3 {
		return p, "the mask length of a cidr must be a number"
	}
	for _, c := range mask {
		if c < '0' || c > '9' {
			return p, "the mask length of a cidr must be a number"
		}
		bits = bits*10 + int(c-'0')
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return p, "the mask length of a cidr must be at most the address's length"
	}
	return p, ""
}
