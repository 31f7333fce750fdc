package protobuf_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/protobuf"
	"github.com/mskit-go/mskit/schema/protobuf/protosrc"
)

func TestUnusableSchemas(t *testing.T) {
	cyclic := &schema.Schema{Text: `syntax = "proto3"; import "a.proto"; message M {}`}
	cyclic.References = []schema.Reference{{Name: "a.proto", Schema: &schema.Schema{
		Text:       `syntax = "proto3"; import "b.proto"; message A {}`,
		References: []schema.Reference{{Name: "b.proto", Schema: &schema.Schema{Text: `syntax = "proto3"; import "a.proto"; message B {}`}}},
	}}}
	file := func(deps ...string) []byte { return marshal(t, &descriptorpb.FileDescriptorProto{Dependency: deps}) }
	serializedCycle := &schema.Schema{Serialized: file("a.proto"), References: []schema.Reference{
		{Name: "a.proto", Schema: &schema.Schema{Serialized: file("b.proto")}},
		{Name: "b.proto", Schema: &schema.Schema{Serialized: file("a.proto")}},
	}}
	pointers := &schema.Schema{Text: `syntax = "proto3"; import "self.proto"; message M {}`}
	pointers.References = []schema.Reference{{Name: "self.proto", Schema: pointers}}
	many := &schema.Schema{Text: `syntax = "proto3"; message M {}`}
	for i := range 251 {
		many.References = append(many.References, schema.Reference{Name: fmt.Sprintf("%d.proto", i), Schema: &schema.Schema{Text: "x"}})
	}
	deep := &descriptorpb.DescriptorProto{Name: new("M")}
	for range 5000 {
		deep = &descriptorpb.DescriptorProto{Name: new("M"), NestedType: []*descriptorpb.DescriptorProto{deep}}
	}
	longNames := &descriptorpb.FileDescriptorProto{Package: new(strings.Repeat("p", 100_000))}
	for range 1000 {
		longNames.MessageType = append(longNames.MessageType, &descriptorpb.DescriptorProto{Name: new("M")})
	}

	tests := []struct {
		name string
		s    *schema.Schema
		kind schema.Kind
		msg  string
	}{
		{"nil", nil, schema.KindUnavailable, "neither a schema nor an error"},
		{"Avro", &schema.Schema{Format: schema.FormatAvro, Text: `"string"`}, schema.KindInvalidSchema, "not Protobuf"},
		{"text that does not parse", &schema.Schema{Text: `message {`}, schema.KindInvalidSchema, "schema.proto:1:9"},
		{"text that does not link", &schema.Schema{Text: `syntax = "proto3"; message M { Nope n = 1; }`}, schema.KindInvalidSchema, "Nope"},
		{"empty", &schema.Schema{}, schema.KindFraming, ""},
		{"serialized, not a descriptor", &schema.Schema{Serialized: []byte{0xff}}, schema.KindInvalidSchema, "not a FileDescriptorProto"},
		{"serialized, does not link", &schema.Schema{Serialized: marshal(t, &descriptorpb.FileDescriptorProto{MessageType: []*descriptorpb.DescriptorProto{{
			Name:  new("M"),
			Field: []*descriptorpb.FieldDescriptorProto{{Name: new("n"), Number: proto.Int32(1), TypeName: new(".Nope")}},
		}}})}, schema.KindInvalidSchema, "Nope"},
		{"serialized 5,000 deep", &schema.Schema{Serialized: marshal(t, &descriptorpb.FileDescriptorProto{MessageType: []*descriptorpb.DescriptorProto{deep}})}, schema.KindInvalidSchema, ""},
		{"missing import", &schema.Schema{Text: `syntax = "proto3"; import "gone.proto";`}, schema.KindInvalidSchema, "gone.proto"},
		{"missing import, serialized", &schema.Schema{Serialized: file("gone.proto")}, schema.KindInvalidSchema, "gone.proto"},
		{"import of a file on disk", &schema.Schema{Text: `syntax = "proto3"; import "/etc/hosts";`}, schema.KindInvalidSchema, "/etc/hosts"},
		{"reference without a schema", &schema.Schema{Text: `syntax = "proto3";`, References: []schema.Reference{{Name: "a.proto"}}}, schema.KindInvalidSchema, "not resolved"},
		{"imports in a circle", cyclic, schema.KindInvalidSchema, "cycle"},
		{"imports in a circle, serialized", serializedCycle, schema.KindInvalidSchema, "imports itself"},
		{"references in a circle", pointers, schema.KindInvalidSchema, "cycle"},
		{"10 MB of text", &schema.Schema{Text: strings.Repeat("message M{}", 1<<20)}, schema.KindInvalidSchema, "more than 1048576 bytes"},
		{"10 MB in references", &schema.Schema{References: []schema.Reference{{Name: "a", Schema: &schema.Schema{Text: strings.Repeat(" ", 10<<20)}}}}, schema.KindInvalidSchema, "more than 1048576 bytes"},
		{"251 references", many, schema.KindInvalidSchema, "more than 250 references"},
		{"messages 10,000 deep", &schema.Schema{Text: strings.Repeat("message M{", 10_000)}, schema.KindInvalidSchema, "nested deeper than 64"},
		{"10,000 imports", &schema.Schema{Text: `syntax = "proto3";` + strings.Repeat(` import "a.proto";`, 10_000)}, schema.KindInvalidSchema, "10000 imports"},
		{"10,000 imports, serialized", &schema.Schema{Serialized: file(make([]string, 10_000)...)}, schema.KindInvalidSchema, "10000 imports"},
		{"long names", &schema.Schema{Text: `message ` + strings.Repeat("N", 10_000) + `{` + strings.Repeat("enum E { A = 0; } ", 10_000) + `}`}, schema.KindInvalidSchema, "full names of"},
		{"long names, serialized", &schema.Schema{Serialized: marshal(t, longNames)}, schema.KindInvalidSchema, "full names of"},
		{"a long name that does not link", &schema.Schema{Text: `message M { optional ` + strings.Repeat("N", 100_000) + ` n = 1; }`}, schema.KindInvalidSchema, "..."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := protobuf.NewDynamic(anyID{tt.s}, protobuf.WithCompiler(protosrc.Compile))
			for range 2 { // the second answer is the kept one
				_, err := d.Decode(t.Context(), value(confluent(7, []int64{0}, nil)))
				e, ok := errors.AsType[*schema.Error](err)
				if !ok || e.Kind != tt.kind || !strings.Contains(err.Error(), tt.msg) {
					t.Fatalf("got %v, want %v and %q", err, tt.kind, tt.msg)
				}
				if e.ID != schema.ConfluentID(7) || e.Topic != "orders" {
					t.Errorf("%v names neither schema nor topic", err)
				}
				if len(err.Error()) > 600 {
					t.Errorf("an error text of %d bytes", len(err.Error()))
				}
			}
		})
	}
}

// A schema in text needs a compiler, and that is the configuration's fault.
func TestTextWithoutCompiler(t *testing.T) {
	for _, opts := range [][]protobuf.Option{nil, {protobuf.WithCompiler(nil)}} {
		d := protobuf.NewDynamic(anyID{&schema.Schema{Text: mapsProto}}, opts...)
		_, err := d.Decode(t.Context(), value(confluent(1, []int64{0}, nil)))
		if !schema.KindOf(err).Config() || !strings.Contains(err.Error(), "protosrc.Compile") {
			t.Errorf("got %v, want an error of KindConfig that names the remedy", err)
		}
	}
}

// A compiler that panics makes an unusable schema.
func TestCompilerPanics(t *testing.T) {
	compiler := func(string, map[string]protobuf.Source) (*descriptorpb.FileDescriptorSet, error) { panic("bug") }
	d := protobuf.NewDynamic(anyID{&schema.Schema{Text: "x"}}, protobuf.WithCompiler(compiler))
	if _, err := d.Decode(t.Context(), value(confluent(1, []int64{0}, nil))); schema.KindOf(err) != schema.KindInvalidSchema {
		t.Errorf("got %v", err)
	}
}

func TestReaderRules(t *testing.T) {
	rule := func(mode string) []schema.Rule {
		return []schema.Rule{{Name: "pii", Type: "ENCRYPT", Mode: mode}}
	}
	tests := []struct {
		name  string
		rules *schema.RuleSet
		// A dynamic message is of the writer's version: nothing is migrated.
		dynamic, generated bool
	}{
		{"none", nil, true, true},
		{"encryption", &schema.RuleSet{Domain: rule("WRITEREAD")}, false, false},
		{"payload encryption", &schema.RuleSet{Encoding: rule("WRITEREAD")}, false, false},
		{"read", &schema.RuleSet{Domain: rule("READ")}, false, false},
		{"write", &schema.RuleSet{Domain: rule("WRITE")}, true, true},
		{"upgrade", &schema.RuleSet{Migration: rule("UPGRADE")}, true, false},
		{"disabled", &schema.RuleSet{Domain: []schema.Rule{{Name: "pii", Mode: "READ", Disabled: true}}}, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			reg := anyID{&schema.Schema{Serialized: serializedOrders(t), Rules: tt.rules}}
			in := value(confluent(1, []int64{1}, nil))
			byRegistry := protobuf.WithTypeCheck(protobuf.ByRegistry(reg))
			ignored := protobuf.WithIgnoredRules("other", "pii")
			for name, d := range map[string]erased{"dynamic": dynamic{protobuf.NewDynamic(reg)}, "generated": order.new(byRegistry)} {
				ok := map[string]bool{"dynamic": tt.dynamic, "generated": tt.generated}[name]
				_, err := d.decode(t.Context(), in)
				if ok != (err == nil) {
					t.Errorf("%s: %v", name, err)
				}
				if !ok && (schema.KindOf(err) != schema.KindUnsupportedRule || !strings.Contains(err.Error(), `"pii"`)) {
					t.Errorf("%s: got %v, want an error of KindUnsupportedRule that names the rule", name, err)
				}
			}
			for name, d := range map[string]erased{"dynamic": dynamic{protobuf.NewDynamic(reg, ignored)}, "generated": order.new(byRegistry, ignored)} {
				if _, err := d.decode(t.Context(), in); err != nil {
					t.Errorf("%s, ignored: %v", name, err)
				}
			}
		})
	}
}

// The names of a schema can be long; what is said of a record is not.
func TestLongNamesInErrors(t *testing.T) {
	long := strings.Repeat("n", 500_000)
	text := `syntax = "proto3"; message ` + long + ` { ` + long + ` ` + long + `_ = 14; }`
	d := protobuf.NewDynamic(anyID{&schema.Schema{Text: text}}, protobuf.WithCompiler(protosrc.Compile), protobuf.WithLimits(protobuf.Limits{SchemaBytes: 2 << 20}))
	_, err := d.Decode(t.Context(), value(confluent(1, []int64{0}, nested(101))))
	if schema.KindOf(err) != schema.KindTooLarge || len(err.Error()) > 25_000 {
		t.Errorf("an error of %v with %d bytes of text, want one of KindTooLarge", schema.KindOf(err), len(err.Error()))
	}
	checked := order.new(protobuf.WithTypeCheck(protobuf.ByRegistry(anyID{&schema.Schema{Serialized: serialize(t, text, nil)}})), protobuf.WithLimits(protobuf.Limits{SchemaBytes: 2 << 20}))
	_, err = checked.decode(t.Context(), value(confluent(1, []int64{0}, nil)))
	if schema.KindOf(err) != schema.KindTypeMismatch || len(err.Error()) > 600 {
		t.Errorf("an error of %v with %d bytes of text, want one of KindTypeMismatch", schema.KindOf(err), len(err.Error()))
	}
}
