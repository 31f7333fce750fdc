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
		ignored   []string
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
		{name: "ignored", ruleSet: `{"domainRules":[{"name":"pii","mode":"READ"},{"name":"b","mode":"READ"}],"encodingRules":[{"name":"c","mode":"READ"}]}`, ignored: []string{"c", "pii"}, want: "b"},
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
			rule, ok := s.Rules.ReaderDuty(tc.migrating, tc.ignored...)
			if rule.Name != tc.want || ok != (tc.want != "") {
				t.Errorf("got %q, %v, want %q", rule.Name, ok, tc.want)
			}
			err := s.CheckRules(tc.migrating, tc.ignored...)
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

type registryFunc func(ctx context.Context, id schema.ID) (*schema.Schema, error)

func (f registryFunc) Schema(ctx context.Context, id schema.ID) (*schema.Schema, error) {
	return f(ctx, id)
}

func ExampleSchema_CheckRules() {
	s := &schema.Schema{
		ID:    schema.ConfluentID(7),
		Rules: &schema.RuleSet{Domain: []schema.Rule{{Name: "pii", Type: "ENCRYPT", Mode: "WRITEREAD"}}},
	}
	fmt.Println(s.CheckRules(false))
	fmt.Println(s.CheckRules(false, "pii"))
	// Output:
	// schema: value: unsupported rule (schema id 7): rule "pii" (type ENCRYPT, mode WRITEREAD) must run when the value is read, and no rules are run here; WithIgnoredRules reads it without
	// <nil>
}
