package schema

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"sync"
)

// AWS Glue's header: version, compression, 16 bytes of schema version id.
// Source: AWSSchemaRegistryConstants.java of awslabs/aws-glue-schema-registry.
const (
	glueMagic     = 0x03
	gluePlain     = 0x00
	glueZlib      = 0x05
	glueHeaderLen = 18
)

const (
	defaultMaxInflated = 16 << 20
	defaultMaxRatio    = 250
	// freeInflated may always be reached, whatever the ratio: it harms nobody.
	freeInflated = 64 << 10
)

// GlueOption configures [Glue]; nil is skipped. Of one given twice the last
// counts.
type GlueOption interface{ applyGlue(*glueFraming) }

type glueOption func(*glueFraming)

func (o glueOption) applyGlue(g *glueFraming) { o(g) }

// WithMaxInflated caps the bytes that a compressed body may inflate to. The
// default is 16 MiB; zero or less means the default.
func WithMaxInflated(bytes int) GlueOption {
	return glueOption(func(g *glueFraming) { g.maxInflated = bytes })
}

// WithMaxRatio caps how many times larger than itself a compressed body may
// become; the first 64 KiB are free. The default is 250, deflate's own limit
// lies near 1030; zero or less means the default.
func WithMaxRatio(n int) GlueOption {
	return glueOption(func(g *glueFraming) { g.maxRatio = n })
}

// Glue is the framing of the AWS Glue Schema Registry's serializers: 0x03, a
// compression byte (0x00 none, 0x05 zlib), the 16-byte schema version id, then
// the body.
func Glue(opts ...GlueOption) Framing {
	g := new(glueFraming)
	for _, o := range opts {
		if o != nil {
			o.applyGlue(g)
		}
	}
	if g.maxInflated <= 0 {
		g.maxInflated = defaultMaxInflated
	}
	g.maxInflated = min(g.maxInflated, math.MaxInt-1)
	if g.maxRatio <= 0 {
		g.maxRatio = defaultMaxRatio
	}
	return g
}

type glueFraming struct {
	maxInflated int
	maxRatio    int
	inflaters   sync.Pool // of *inflater
}

func (g *glueFraming) Parse(in Input) (Frame, error) {
	b := in.Data
	switch {
	case len(b) == 0:
		return Frame{}, (&Error{Kind: KindTruncated, Msg: "0 bytes where AWS Glue framing has a header of 18"}).At(in)
	case b[0] != glueMagic:
		return Frame{}, (&Error{Kind: KindFraming, Msg: "does not start with 0x03 as AWS Glue framing does: " + looksLike(b)}).At(in)
	case len(b) < glueHeaderLen:
		return Frame{}, (&Error{Kind: KindTruncated, Msg: lengths(len(b), glueHeaderLen, "AWS Glue framing")}).At(in)
	}
	f := Frame{
		ID:     GlueID([16]byte(b[2:glueHeaderLen])),
		Body:   b[glueHeaderLen:],
		Origin: OriginPrefix,
		scheme: schemeGlue,
	}
	switch b[1] {
	case gluePlain:
		return f, nil
	case glueZlib:
		body, err := g.inflate(f.Body)
		if err != nil {
			err.ID = f.ID
			return Frame{}, err.At(in)
		}
		f.Body = body
		return f, nil
	default:
		return Frame{}, (&Error{Kind: KindFraming, Msg: "compression byte is neither 0x00 (none) nor 0x05 (zlib)"}).At(in)
	}
}

func (*glueFraming) claims(in Input) mark {
	if len(in.Data) > 0 && in.Data[0] == glueMagic {
		return markByte
	}
	return markNone
}

// inflater is what inflating one body needs, kept for the next: a zlib reader
// alone is 40 kB.
type inflater struct {
	src bytes.Reader
	zr  io.ReadCloser
	buf []byte
}

// inflate undoes zlib. The result is memory of its own; what is allocated
// follows what really came out, in steps of a doubling buffer.
func (g *glueFraming) inflate(src []byte) ([]byte, *Error) {
	limit := min(g.maxInflated, max(freeInflated, saturatingMul(len(src), g.maxRatio)))

	inf, _ := g.inflaters.Get().(*inflater)
	if inf == nil {
		inf = new(inflater)
	}
	inf.src.Reset(src)
	defer func() {
		inf.src.Reset(nil) // do not keep the event alive
		g.inflaters.Put(inf)
	}()
	var err error
	if inf.zr == nil {
		inf.zr, err = zlib.NewReader(&inf.src)
	} else {
		err = inf.zr.(zlib.Resetter).Reset(&inf.src, nil)
	}
	if err != nil {
		return nil, inflateError(err, len(src))
	}

	buf := inf.buf[:0]
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		// One byte over the limit is enough to know.
		n, err := inf.zr.Read(buf[len(buf):min(cap(buf), limit+1)])
		buf = buf[:len(buf)+n]
		if len(buf) > limit {
			return nil, &Error{Kind: KindTooLarge, Msg: fmt.Sprintf("%d compressed bytes inflate to more than %d, see WithMaxInflated and WithMaxRatio", len(src), limit)}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, inflateError(err, len(src))
		}
	}
	if cap(buf) <= freeInflated {
		inf.buf = buf // the next small body needs no new buffer
		buf = bytes.Clone(buf)
	}
	if rest := inf.src.Len(); rest > 0 {
		return nil, &Error{Kind: KindTrailing, Msg: strconv.Itoa(rest) + " bytes after the end of the compressed body"}
	}
	return buf, nil
}

func inflateError(err error, n int) *Error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &Error{Kind: KindTruncated, Msg: "the compressed body of " + strconv.Itoa(n) + " bytes ends too early"}
	}
	return &Error{Kind: KindFraming, Msg: "the compressed body of " + strconv.Itoa(n) + " bytes is not valid zlib"}
}

func saturatingMul(a, b int) int {
	if a > math.MaxInt/b {
		return math.MaxInt
	}
	return a * b
}

func lengths(got, want int, what string) string {
	return strconv.Itoa(got) + " bytes where " + what + " has at least " + strconv.Itoa(want)
}
