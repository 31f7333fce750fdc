package schema

import (
	"context"
	"fmt"
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
func (r *RuleSet) ReaderDuty(migrating bool) (Rule, bool) {
	if r == nil {
		return Rule{}, false
	}
	for _, rules := range [][]Rule{r.Encoding, r.Domain} {
		for _, rule := range rules {
			if !rule.Disabled && rule.onRead() {
				return rule, true
			}
		}
	}
	if !migrating {
		return Rule{}, false
	}
	for _, rule := range r.Migration {
		if !rule.Disabled {
			return rule, true
		}
	}
	return Rule{}, false
}

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
// KindUnsupportedRule that names the rule; [IgnoreRules] is the way around it.
func (s *Schema) CheckRules(migrating bool) error {
	rule, ok := s.Rules.ReaderDuty(migrating)
	if !ok {
		return nil
	}
	return &Error{
		Kind: KindUnsupportedRule,
		ID:   s.ID,
		Msg: fmt.Sprintf("rule %q (type %s, mode %s) must run when the value is read, and no rules are run here; "+
			"IgnoreRules reads the value without it", rule.Name, rule.Type, rule.Mode),
	}
}

// IgnoreRules is a registry whose schemas carry no rules, for readers that can
// do without them: fields that stay encrypted are not looked at, say. It stands
// between the client and [Cached]. The framing and the latest versions are
// those of r.
func IgnoreRules(r Registry) LatestRegistry { return withoutRules{r} }

type withoutRules struct{ Registry }

func (w withoutRules) Schema(ctx context.Context, id ID) (*Schema, error) {
	return dropRules(w.Registry.Schema(ctx, id))
}

func (w withoutRules) Latest(ctx context.Context, subject string) (*Schema, error) {
	return dropRules(latest(ctx, w.Registry, subject))
}

func (w withoutRules) Framing() Framing { return framingFrom(w.Registry) }

func dropRules(s *Schema, err error) (*Schema, error) {
	if err != nil || s.Rules == nil {
		return s, err
	}
	bare := *s
	bare.Rules = nil
	return &bare, nil
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
