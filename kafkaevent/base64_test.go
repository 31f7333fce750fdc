package kafkaevent

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"testing"
)

// checkBase64 holds both decoders, and the choice between them, against the
// standard library, which skips line ends where they leave the text to the slow
// path. They must not write beyond the room they are given.
func checkBase64(t *testing.T, src []byte) {
	t.Helper()
	want, err := base64.StdEncoding.DecodeString(string(src))
	good := err == nil && !bytes.ContainsAny(src, "\r\n")
	before := bytes.Clone(src)
	decoders := []func(dst, src []byte) (int, bool){decodeBase64, decodeTable, decodeVector}
	if len(src) == 0 {
		decoders = decoders[:2]
	}
	room := len(src) / 4 * 3
	for _, decode := range decoders {
		dst := bytes.Repeat([]byte{0xa5}, room+64)
		n, ok := decode(dst[:room:room], src)
		if ok != good || ok && !bytes.Equal(dst[:n], want) {
			t.Fatalf("%q: %q %t, not %q %v", src, dst[:n], ok, want, err)
		}
		if len(bytes.TrimLeft(dst[room:], "\xa5")) != 0 {
			t.Fatalf("%q: wrote beyond its %d bytes", src, room)
		}
		if !bytes.Equal(src, before) {
			t.Fatalf("%q became %q", before, src)
		}
	}
}

func FuzzBase64(f *testing.F) {
	for _, s := range []string{"", "QQ==", "QUI=", "QUJD", "QQ", "Q===", "QQ=A", "QR==", "Q\nQ==", "QQ==QQ=="} {
		f.Add([]byte(s))
		f.Add(append(bytes.Repeat([]byte("QUJD"), 40), s...))
	}
	f.Fuzz(func(t *testing.T, src []byte) { checkBase64(t, src) })
}

// Every length up to a few vector blocks, whole and with one wrong character
// at every place.
func TestBase64(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 5))
	raw := make([]byte, 200)
	for i := range raw {
		raw[i] = byte(rng.Uint32())
	}
	for n := range raw {
		src := []byte(base64.StdEncoding.EncodeToString(raw[:n]))
		checkBase64(t, src)
		for i, c := range src {
			for _, wrong := range []byte{'=', '\n', '\r', '-', '_', 0, 0x80, 0xff, '"', '\\', ' ', 'A'} {
				src[i] = wrong
				checkBase64(t, src)
			}
			src[i] = c
		}
		checkBase64(t, append(src, '\n'))
		checkBase64(t, append(src, 'A'))
	}
}
