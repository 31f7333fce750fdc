package schema_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/schema"
)

func TestReaderDuty(t *testing.T) {
	for _, tc := range []struct {
		name      string
		ruleSet   string
		migrating bool
		want      string // name of the rule, empty for none
	}{
		{name: "no rules", ruleSet: `null`},
		{name: "empty", ruleSet: `{}`},
		{name: "field encryption", ruleSet: `{"domainRules":[{"name":"pii","kind":"TRANSFORM","type":"ENCRYPT","mode":"WRITEREAD","tags":["PII"]}]}`, want: "pii"},
		{name: "payload encryption", ruleSet: `{"encodingRules":[{"name":"all","kind":"TRANSFORM","type":"ENCRYPT_PAYLOAD","mode":"WRITEREAD"}]}`, want: "all"},
		{name: "condition on reading", ruleSet: `{"domainRules":[{"name":"check","kind":"CONDITION","type":"CEL","mode":"READ"}]}`, want: "check"},
		{name: "producer's own", ruleSet: `{"domainRules":[{"name":"check","kind":"CONDITION","type":"CEL","mode":"WRITE"}]}`},
		{name: "disabled", ruleSet: `{"domainRules":[{"name":"pii","type":"ENCRYPT","mode":"WRITEREAD","disabled":true}]}`},
		{name: "disabled, then enabled", ruleSet: `{"domainRules":[{"name":"a","mode":"READ","disabled":true},{"name":"b","mode":"READ"}]}`, want: "b"},
		{name: "no mode", ruleSet: `{"domainRules":[{"name":"odd","type":"ENCRYPT"}]}`, want: "odd"},
		{name: "unknown mode", ruleSet: `{"encodingRules":[{"name":"odd","mode":"SOMETIMES"}]}`, want: "odd"},
		{name: "migration, same version", ruleSet: `{"migrationRules":[{"name":"up","mode":"UPGRADE","type":"JSONATA"}]}`},
		{name: "migration, other version", ruleSet: `{"migrationRules":[{"name":"up","mode":"UPGRADE","type":"JSONATA"}]}`, migrating: true, want: "up"},
		{name: "migration, disabled", ruleSet: `{"migrationRules":[{"name":"up","mode":"UPDOWN","disabled":true}]}`, migrating: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &schema.Schema{ID: schema.ConfluentID(7)}
			if err := json.Unmarshal([]byte(tc.ruleSet), &s.Rules); err != nil {
				t.Fatal(err)
			}
			rule, ok := s.Rules.ReaderDuty(tc.migrating)
			if rule.Name != tc.want || ok != (tc.want != "") {
				t.Errorf("got %q, %v, want %q", rule.Name, ok, tc.want)
			}
			err := s.CheckRules(tc.migrating)
			if tc.want == "" {
				if err != nil {
					t.Errorf("got %v", err)
				}
				return
			}
			e, ok := errors.AsType[*schema.Error](err)
			if !ok || e.Kind != schema.KindUnsupportedRule || e.ID != s.ID || !strings.Contains(e.Msg, `"`+tc.want+`"`) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestIgnoreRulesKeepsEverythingElse(t *testing.T) {
	s := &schema.Schema{
		ID: schema.ConfluentID(7), Text: `"string"`, Subject: "s",
		Rules: &schema.RuleSet{Domain: []schema.Rule{{Name: "pii", Mode: "READ"}}},
	}
	static := schema.Static(s)
	bare := schema.IgnoreRules(static)

	for _, get := range []func() (*schema.Schema, error){
		func() (*schema.Schema, error) { return bare.Schema(t.Context(), s.ID) },
		func() (*schema.Schema, error) { return bare.Latest(t.Context(), "s") },
	} {
		got, err := get()
		if err != nil || got.Rules != nil || got.Text != s.Text {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	if s.Rules == nil {
		t.Error("the registry's own schema lost its rules")
	}
	if _, err := bare.Schema(t.Context(), schema.ConfluentID(8)); schema.KindOf(err) != schema.KindUnknownSchema {
		t.Errorf("got %v", err)
	}
	if f, ok := bare.(interface{ Framing() schema.Framing }); !ok || f.Framing() != static.Framing() {
		t.Error("the framing is lost")
	}
	byID := schema.IgnoreRules(registryFunc(nil))
	if _, err := byID.Latest(t.Context(), "s"); schema.KindOf(err) != schema.KindConfig {
		t.Errorf("got %v, want a configuration error", err)
	}
}

type registryFunc func(ctx context.Context, id schema.ID) (*schema.Schema, error)

func (f registryFunc) Schema(ctx context.Context, id schema.ID) (*schema.Schema, error) {
	return f(ctx, id)
}

func ExampleIgnoreRules() {
	encrypted := &schema.Schema{
		ID:    schema.ConfluentID(7),
		Rules: &schema.RuleSet{Domain: []schema.Rule{{Name: "pii", Type: "ENCRYPT", Mode: "WRITEREAD"}}},
	}
	registry := schema.Static(encrypted)

	s, _ := registry.Schema(context.Background(), encrypted.ID)
	fmt.Println(s.CheckRules(false) != nil)
	s, _ = schema.IgnoreRules(registry).Schema(context.Background(), encrypted.ID)
	fmt.Println(s.CheckRules(false) != nil)
	// Output:
	// true
	// false
}
