package schema

import (
	"context"
	"fmt"
	"slices"
)

// RuleSet are the rules a schema carries (Confluent data contracts). Its JSON
// form is that of the registry's ruleSet.
type RuleSet struct {
	Domain    []Rule `json:"domainRules,omitempty"`
	Migration []Rule `json:"migrationRules,omitempty"`
	Encoding  []Rule `json:"encodingRules,omitempty"`
}

// Rule is one rule of a [RuleSet].
type Rule struct {
	Name     string `json:"name"`
	Kind     string `json:"kind,omitempty"` // CONDITION or TRANSFORM
	Mode     string `json:"mode,omitempty"` // READ, WRITE, WRITEREAD, UPGRADE, DOWNGRADE, UPDOWN
	Type     string `json:"type,omitempty"` // the executor: ENCRYPT, CEL, JSONATA, ...
	Disabled bool   `json:"disabled,omitempty"`
}

// ReaderDuty is the first enabled rule that a reader has to carry out: one that
// decrypts the payload or fields of it, checks or transforms the value after
// decoding, or, when the value is to be migrated to another version of its
// schema, one that migrates. A rule of an unknown mode counts too. A nil
// RuleSet obliges nobody.
//
// Source: which modes a deserializer runs in which phase, AbstractKafkaSchemaSerDe.java
// of confluentinc/schema-registry.
func (r *RuleSet) ReaderDuty(migrating bool, ignored ...string) (Rule, bool) {
	if r == nil {
		return Rule{}, false
	}
	for _, rules := range [][]Rule{r.Encoding, r.Domain} {
		for _, rule := range rules {
			if rule.onRead() && rule.enabled(ignored) {
				return rule, true
			}
		}
	}
	if !migrating {
		return Rule{}, false
	}
	for _, rule := range r.Migration {
		if rule.enabled(ignored) {
			return rule, true
		}
	}
	return Rule{}, false
}

func (r Rule) enabled(ignored []string) bool { return !r.Disabled && !slices.Contains(ignored, r.Name) }

// onRead reports whether a domain or encoding rule runs on reading.
func (r Rule) onRead() bool {
	switch r.Mode {
	case "WRITE", "UPGRADE", "DOWNGRADE", "UPDOWN":
		return false
	default:
		return true
	}
}

// CheckRules fails when the schema obliges its reader to something, because
// the decoders of this module run no rules: without the check, ciphertext or
// data of an old version would pass for the value. The error is an [*Error] of
// KindUnsupportedRule that names the rule. See [RuleSet.ReaderDuty] for the
// arguments.
func (s *Schema) CheckRules(migrating bool, ignored ...string) error {
	rule, ok := s.Rules.ReaderDuty(migrating, ignored...)
	if !ok {
		return nil
	}
	return &Error{
		Kind: KindUnsupportedRule,
		ID:   s.ID,
		Msg: fmt.Sprintf("rule %q (type %s, mode %s) must run when the value is read, and no rules are run here; "+
			"WithIgnoredRules reads it without", rule.Name, rule.Type, rule.Mode),
	}
}

// latest asks r for a latest version, if it has the method.
func latest(ctx context.Context, r Registry, subject string) (*Schema, error) {
	l, ok := r.(LatestRegistry)
	if !ok {
		return nil, &Error{Kind: KindConfig, Msg: fmt.Sprintf("%T knows schemas by id alone and not the latest of subject %s", r, subject)}
	}
	return l.Latest(ctx, subject)
}

// framingFrom is the framing a registry states, nil when it states none.
func framingFrom(r Registry) Framing {
	if f, ok := r.(interface{ Framing() Framing }); ok {
		return f.Framing()
	}
	return nil
}
