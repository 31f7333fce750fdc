package protobuf

import (
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/protobuf/internal/bounds"
)

// Compiler turns .proto text into descriptors: of the file main and of all
// that it imports, where google/protobuf's own files may be left out. Imports
// are the other keys of files. Its result is checked and linked by this
// package. It must be safe for concurrent use and should not read files or the
// network; protosrc.Compile is one.
type Compiler func(main string, files map[string]Source) (*descriptorpb.FileDescriptorSet, error)

// Source is one .proto file, in one of two forms.
type Source struct {
	Text       string
	Serialized []byte // a FileDescriptorProto; Text is empty then
}

// compile links a registered schema with everything it refers to.
func compile(sch *schema.Schema, c *config, migrate bool) (_ *compiled, err *schema.Error) {
	defer func() {
		if recover() != nil {
			err = invalid("the schema cannot be linked", nil)
		}
	}()
	if sch.Format != schema.FormatProtobuf && sch.Format != schema.FormatUnknown {
		return nil, invalid("the schema is not Protobuf", nil)
	}
	if e, ok := errors.AsType[*schema.Error](sch.CheckRules(migrate, c.ignoredRules...)); ok {
		return nil, e
	}
	main, files, err := collect(sch, c.limits)
	if err != nil {
		return nil, err
	}
	protos, err := parse(main, files, c.compile)
	if err != nil {
		return nil, err
	}
	l := linker{protos: protos, linked: new(protoregistry.Files), open: map[string]bool{}}
	fd, e := l.link(main)
	if e != nil {
		return nil, invalid("", e)
	}
	return &compiled{newMessages(fd, c.countMapEntries), dynamicpb.NewTypes(l.linked)}, nil
}

// invalid is a schema that cannot be used. Causes speak of the schema's text,
// which may be long, and never of a record.
func invalid(msg string, cause error) *schema.Error {
	e := &schema.Error{Kind: schema.KindInvalidSchema, Msg: msg}
	if cause != nil {
		const most = 300
		text := cause.Error()
		if len(text) > most {
			text = strings.ToValidUTF8(text[:most], "") + "..."
		}
		e.Err = errors.New(text)
	}
	return e
}

// collect gathers the files of a schema by import path and picks a path for
// the schema itself. Where two schemas claim a path, the first one counts,
// depth first, as in Confluent's AbstractSchemaProvider.java.
func collect(sch *schema.Schema, l Limits) (string, map[string]Source, *schema.Error) {
	var (
		files = map[string]Source{}
		size  = 0
		add   func(refs []schema.Reference) *schema.Error
	)
	count := func(s *schema.Schema) *schema.Error {
		if size += len(s.Text) + len(s.Serialized); size > l.SchemaBytes {
			return &schema.Error{Kind: schema.KindInvalidSchema, Msg: fmt.Sprintf("the schema and its references have more than %d bytes, see WithLimits", l.SchemaBytes)}
		}
		return nil
	}
	add = func(refs []schema.Reference) *schema.Error {
		for _, r := range refs {
			if _, ok := files[r.Name]; ok || isStandard(r.Name) {
				continue
			}
			if r.Schema == nil {
				return invalid("a reference was not resolved by the registry", nil)
			}
			if len(files) == l.SchemaFiles {
				return invalid(fmt.Sprintf("the schema has more than %d references, see WithLimits", l.SchemaFiles), nil)
			}
			if err := count(r.Schema); err != nil {
				return err
			}
			files[r.Name] = Source{r.Schema.Text, r.Schema.Serialized}
			if err := add(r.Schema.References); err != nil {
				return err
			}
		}
		return nil
	}
	if err := count(sch); err != nil {
		return "", nil, err
	}
	if err := add(sch.References); err != nil {
		return "", nil, err
	}
	main := "schema.proto"
	for _, taken := files[main]; taken; _, taken = files[main] {
		main = "_" + main
	}
	files[main] = Source{sch.Text, sch.Serialized}
	return main, files, nil
}

// parse makes descriptors of all files, by the compiler if one of them is
// text.
func parse(main string, files map[string]Source, c Compiler) (map[string]*descriptorpb.FileDescriptorProto, *schema.Error) {
	protos := make(map[string]*descriptorpb.FileDescriptorProto, len(files))
	text := false
	for path, f := range files {
		if len(f.Serialized) == 0 {
			text = true
			continue
		}
		fdp := new(descriptorpb.FileDescriptorProto)
		if err := (proto.UnmarshalOptions{RecursionLimit: bounds.Depth}).Unmarshal(f.Serialized, fdp); err != nil {
			return nil, invalid("the registry's serialized form is not a FileDescriptorProto", nil)
		}
		if err := bounds.Check(fdp); err != nil {
			return nil, invalid("", err)
		}
		fdp.Name = &path
		protos[path] = fdp
	}
	if !text {
		return protos, nil
	}
	if c == nil {
		return nil, &schema.Error{Kind: schema.KindConfig, Msg: "the registry serves this schema as .proto text: use protobuf.WithCompiler(protosrc.Compile)"}
	}
	for path, f := range extras() {
		if _, ok := files[path]; !ok {
			files[path] = f
		}
	}
	set, err := c(main, files)
	if err != nil {
		return nil, invalid("", err)
	}
	for _, fdp := range set.GetFile() {
		protos[fdp.GetName()] = fdp
	}
	return protos, nil
}

// linker makes descriptors usable, imports first.
type linker struct {
	protos map[string]*descriptorpb.FileDescriptorProto
	linked *protoregistry.Files
	open   map[string]bool // files whose imports are being linked
}

func (l *linker) link(path string) (protoreflect.FileDescriptor, error) {
	if fd, err := l.linked.FindFileByPath(path); err == nil {
		return fd, nil
	}
	fdp := l.protos[path]
	if fdp == nil || isStandard(path) {
		if b := builtin(path); b != nil {
			fdp = b
		}
	}
	if fdp == nil {
		return nil, fmt.Errorf("import %q is not among the schema's references", path)
	}
	if l.open[path] {
		return nil, fmt.Errorf("import %q imports itself", path)
	}
	l.open[path] = true
	defer delete(l.open, path)
	for _, dep := range fdp.GetDependency() {
		if _, err := l.link(dep); err != nil {
			return nil, err
		}
	}
	fd, err := protodesc.NewFile(fdp, l.linked)
	if err != nil {
		return nil, err
	}
	return fd, l.linked.RegisterFile(fd)
}
