package schematest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mskit-go/mskit/schema"
)

// TestDecoder checks that a decoder keeps to the contract of [schema.Decoder],
// as testing/slogtest does for handlers. good are inputs that decode, at least
// one; those of a record with a value like SECRET-PAYLOAD in it also show
// whether error texts quote payload.
//
// It checks that the decoder decodes the inputs and equal ones equally, leaves
// them alone, keeps no hold of their bytes, is safe for concurrent use, minds
// no missing header function, and meets each truncation and many corruptions of
// the inputs with a value or an error, never with a panic; and that a
// [schema.JSONView], where it has one, appends.
func TestDecoder[T any](t *testing.T, d schema.Decoder[T], good ...schema.Input) {
	t.Helper()
	if len(good) == 0 {
		t.Fatal("schematest: no inputs to decode")
	}
	c := decoderCheck[T]{d}
	for i, in := range good {
		t.Run(fmt.Sprintf("input %d", i), func(t *testing.T) {
			if !c.decodes(t, in) {
				return
			}
			c.keepsNothing(t, in)
			c.isConcurrent(t, in)
			c.survives(t, in)
			c.hasView(t, in)
		})
	}
}

type decoderCheck[T any] struct{ d schema.Decoder[T] }

func (c decoderCheck[T]) decodes(t *testing.T, in schema.Input) bool {
	t.Helper()
	before := bytes.Clone(in.Data)
	first, err := c.d.Decode(t.Context(), in)
	if err != nil {
		t.Errorf("a good input fails: %v", err)
		return false
	}
	if !bytes.Equal(before, in.Data) {
		t.Errorf("the input's bytes were changed")
		return false
	}
	second, err := c.d.Decode(t.Context(), in)
	if err != nil || !reflect.DeepEqual(first, second) {
		t.Errorf("the same input decodes differently a second time (error: %v)", err)
	}
	return true
}

// keepsNothing overwrites the bytes after decoding, as Lambda's runtime does.
func (c decoderCheck[T]) keepsNothing(t *testing.T, in schema.Input) {
	t.Helper()
	want, err := c.d.Decode(t.Context(), in)
	if err != nil {
		return // said before
	}
	borrowed := in
	borrowed.Data = bytes.Clone(in.Data)
	got, err := c.d.Decode(t.Context(), borrowed)
	for i := range borrowed.Data {
		borrowed.Data[i] = 0xa5
	}
	if err == nil && !reflect.DeepEqual(got, want) {
		t.Errorf("the value changes with the input's bytes: it aliases them")
	}
}

func (c decoderCheck[T]) isConcurrent(t *testing.T, in schema.Input) {
	t.Helper()
	want, err := c.d.Decode(t.Context(), in)
	if err != nil {
		return // said before
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 8 {
				if got, err := c.d.Decode(t.Context(), in); err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("concurrent calls decode differently (error: %v)", err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// maxProbes bounds how many positions of a long input are cut or changed.
const maxProbes = 512

func (c decoderCheck[T]) survives(t *testing.T, in schema.Input) {
	t.Helper()
	broken := in
	step := max(1, len(in.Data)/maxProbes)
	for i := 0; i < len(in.Data); i += step {
		broken.Data = slices.Clone(in.Data[:i])
		c.try(t, fmt.Sprintf("cut after %d bytes", i), broken)
		for _, b := range []byte{0x00, 0x7f, 0x80, 0xff, in.Data[i] ^ 1} {
			broken.Data = slices.Clone(in.Data)
			broken.Data[i] = b
			c.try(t, fmt.Sprintf("byte %d changed to %#x", i, b), broken)
		}
	}
	broken.Data = append(slices.Clone(in.Data), 0xff)
	c.try(t, "a byte added", broken)
	noHeader := in
	noHeader.Header = nil
	c.try(t, "no header function", noHeader)
}

// try decodes and checks what errors promise.
func (c decoderCheck[T]) try(t *testing.T, what string, in schema.Input) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("%s: Decode panics with %v", what, p)
		}
	}()
	before := bytes.Clone(in.Data)
	_, err := c.d.Decode(t.Context(), in)
	if !bytes.Equal(before, in.Data) {
		t.Errorf("%s: the input's bytes were changed", what)
	}
	if err == nil {
		return
	}
	if e, ok := errors.AsType[*schema.Error](err); ok && (e.Topic != in.Topic || e.Field != in.Field) {
		t.Errorf("%s: the error does not say where it was: %v", what, err)
	}
	if strings.Contains(err.Error(), "SECRET-PAYLOAD") {
		t.Errorf("%s: the error quotes the payload", what)
	}
}

func (c decoderCheck[T]) hasView(t *testing.T, in schema.Input) {
	t.Helper()
	view, ok := c.d.(schema.JSONView)
	if !ok {
		return
	}
	dst := append(make([]byte, 0, 1024), "dst"...)
	got, err := view.AppendJSON(t.Context(), dst, in)
	if err != nil || !bytes.HasPrefix(got, []byte("dst")) || len(got) == len("dst") {
		t.Errorf("AppendJSON does not append to its argument (error: %v)", err)
	}
}

// TestRegistry checks that a registry keeps to the contract of
// [schema.Registry]. known is the id of a schema it has, unknown of one that it
// does not have.
//
// It checks that the schema of known is whole and the same each time, that
// unknown is an [*schema.Error] of KindUnknownSchema, or of KindNoSuchSchema,
// and a new one for each caller, that an ended context is no fault of the
// record's, and that the registry is safe for concurrent use.
func TestRegistry(t *testing.T, r schema.Registry, known, unknown schema.ID) {
	t.Helper()
	t.Run("known id", func(t *testing.T) { testKnown(t, r, known) })
	t.Run("unknown id", func(t *testing.T) { testUnknown(t, r, unknown) })
	t.Run("ended context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := r.Schema(ctx, unknown); err == nil || !schema.Retryable(err) && schema.KindOf(err) != schema.KindNoSuchSchema {
			t.Errorf("got %v, want a retryable error", err)
		}
	})
	t.Run("concurrent use", func(t *testing.T) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if _, err := r.Schema(t.Context(), known); err != nil {
					t.Errorf("the known id: %v", err)
				}
				if _, err := r.Schema(t.Context(), unknown); err == nil {
					t.Errorf("the unknown id has a schema")
				}
			})
		}
		wg.Wait()
	})
	t.Run("framing", func(t *testing.T) {
		f, ok := r.(interface{ Framing() schema.Framing })
		if !ok || f.Framing() == nil {
			return // optional
		}
		if _, err := f.Framing().Parse(schema.Input{}); err != nil && !errors.As(err, new(*schema.Error)) {
			t.Errorf("parsing no bytes is %T, want an *schema.Error", err)
		}
	})
}

func testKnown(t *testing.T, r schema.Registry, id schema.ID) {
	first, err := r.Schema(t.Context(), id)
	if err != nil {
		t.Fatalf("got %v", err)
	}
	if first == nil {
		t.Fatal("got neither a schema nor an error")
	}
	if first.ID != id {
		t.Errorf("the schema's ID is %q, want %q", first.ID, id)
	}
	if first.Format == schema.FormatUnknown {
		t.Error("the schema has no format")
	}
	if first.Text == "" && len(first.Serialized) == 0 {
		t.Error("the schema has neither text nor descriptor")
	}
	checkReferences(t, first, 0)
	second, err := r.Schema(t.Context(), id)
	if err != nil || !reflect.DeepEqual(first, second) {
		t.Errorf("the schema is another one the second time (error: %v)", err)
	}
}

func checkReferences(t *testing.T, s *schema.Schema, depth int) {
	t.Helper()
	if depth > 64 {
		t.Fatal("references are over 64 deep, or in a circle")
	}
	for _, ref := range s.References {
		if ref.Schema == nil {
			t.Errorf("reference %q is not resolved", ref.Name)
			continue
		}
		checkReferences(t, ref.Schema, depth+1)
	}
}

func testUnknown(t *testing.T, r schema.Registry, id schema.ID) {
	var errs [2]*schema.Error
	for i := range errs {
		s, err := r.Schema(t.Context(), id)
		e, ok := errors.AsType[*schema.Error](err)
		if !ok || e.Kind != schema.KindUnknownSchema && e.Kind != schema.KindNoSuchSchema {
			t.Fatalf("got %v, %v, want an *schema.Error of KindUnknownSchema", s, err)
		}
		errs[i] = e
	}
	if errs[0] == errs[1] {
		t.Error("two callers get the same error, and both may write to it")
	}
}
