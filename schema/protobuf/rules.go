package protobuf

import (
	"fmt"

	"github.com/mskit-go/mskit/schema"
)

// checkRules refuses a schema whose rules a reader must run, for none are run
// here: to pass over them would hand out ciphertext or unmigrated data.
// Source: the deserializers' duties in AbstractKafkaSchemaSerDe.java of
// confluentinc/schema-registry.
func (c *config) checkRules(rs *schema.RuleSet) *schema.Error {
	if rs == nil {
		return nil
	}
	for _, group := range [][]schema.Rule{rs.Encoding, rs.Migration, rs.Domain} {
		for _, r := range group {
			if r.Disabled || !forReaders(r.Mode) || c.ignoredRules[r.Name] {
				continue
			}
			return &schema.Error{Kind: schema.KindUnsupportedRule, Msg: fmt.Sprintf(
				"the schema's rule %q (%s on %s) is the reader's to run, and this decoder runs none; WithIgnoredRules passes it over", r.Name, r.Type, r.Mode)}
		}
	}
	return nil
}

func forReaders(mode string) bool {
	switch mode {
	case "READ", "WRITEREAD", "UPGRADE", "DOWNGRADE", "UPDOWN":
		return true
	default:
		return false
	}
}
