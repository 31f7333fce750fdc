package protobuf

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/mskit-go/mskit/schema"
)

// targets are the message types a decoder is for.
type targets struct {
	mode   checkMode
	types  map[protoreflect.FullName]protoreflect.MessageType
	only   protoreflect.MessageType // nil where there are several
	wanted string                   // their names, for error texts

	local      *messages // of their file; nil where they are of several
	registered namer     // nil unless mode is checkRegistry
}

func newTargets(types []protoreflect.MessageType, c *config) (*targets, error) {
	t := &targets{mode: c.check.mode, types: make(map[protoreflect.FullName]protoreflect.MessageType, len(types))}
	var names []string
	for _, typ := range types {
		name := typ.Descriptor().FullName()
		if t.types[name] != nil {
			return nil, fmt.Errorf("%s is given twice", name)
		}
		t.types[name] = typ
		names = append(names, string(name))
	}
	t.wanted = strings.Join(names, ", ")
	if len(types) == 1 {
		t.only = types[0]
	}

	file := types[0].Descriptor().ParentFile()
	oneFile := true
	for _, typ := range types {
		oneFile = oneFile && typ.Descriptor().ParentFile() == file
	}
	if oneFile {
		t.local = newMessages(file, c.countMapEntries)
	}
	switch c.check.mode {
	case checkRegistry:
		if err := unusable(c.check.reg); err != nil {
			return nil, err
		}
		t.registered = c.check.lookup(c)
	case checkOff:
		if t.only == nil {
			return nil, errors.New("several message types and WithTypeCheck(Unchecked()): nothing says which one a record holds")
		}
	case checkDescriptor:
		if !oneFile {
			return nil, errors.New("message types of several .proto files: use WithTypeCheck(ByRegistry(...))")
		}
	}
	return t, nil
}

// of is the type of the message that a record holds.
func (t *targets) of(ctx context.Context, id schema.ID, idx schema.MessageIndex) (protoreflect.MessageType, error) {
	if t.mode == checkOff {
		return t.only, nil
	}
	if t.registered != nil && !id.IsZero() {
		name, err := t.registered.messageName(ctx, id, idx)
		if err != nil {
			return nil, err
		}
		if typ := t.types[name]; typ != nil {
			return typ, nil
		}
		return nil, t.mismatch(id, "the record holds a %s", short(name))
	}
	if none(idx) && t.only != nil {
		return t.only, nil // an unframed record says nothing of its message
	}
	if none(idx) || t.local == nil {
		return nil, &schema.Error{Kind: schema.KindFraming, ID: id, Msg: "nothing says which message the record holds, and the decoder is for several"}
	}
	md := t.local.at(idx)
	if md == nil {
		return nil, t.rearranged(id, "the record's message has %s, which %s does not have", describe(idx), t.local.path)
	}
	if typ := t.types[md.FullName()]; typ != nil {
		return typ, nil
	}
	return nil, t.rearranged(id, "the record holds a %s (%s in %s)", md.FullName(), describe(idx), t.local.path)
}

func (t *targets) mismatch(id schema.ID, format string, args ...any) *schema.Error {
	return &schema.Error{Kind: schema.KindTypeMismatch, ID: id, Msg: fmt.Sprintf(format, args...) + ", the decoder is for " + t.wanted}
}

func (t *targets) rearranged(id schema.ID, format string, args ...any) *schema.Error {
	e := t.mismatch(id, format, args...)
	e.Msg += "; where the producer's file is arranged differently, use WithTypeCheck(ByRegistry(...))"
	return e
}
