package schema_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/schema"
)

func TestParseUUIDReadsTheCanonicalFormAlone(t *testing.T) {
	for _, s := range []string{
		"", "b7b4a7f0", glueUUID[:35], glueUUID + "0", strings.ReplaceAll(glueUUID, "-", ""),
		"{7b4a7f0-9c96-4e4a-a687-fb5de9ef0c6}", "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0cg3",
		"00000000-0000-0000-0000-0000-0000000", "b7b4a7f09-c96-4e4a-a687-fb5de9ef0c63",
	} {
		if u, err := schema.ParseUUID(s); err == nil {
			t.Errorf("ParseUUID(%q) = %x", s, u)
		}
	}
	if got := schema.GlueID(uuid(t, strings.ToUpper(glueUUID))).String(); got != glueUUID {
		t.Errorf("got %s, want %s", got, glueUUID)
	}
}

func TestIDsOfDifferentKindsDiffer(t *testing.T) {
	u := uuid(t, glueUUID)
	if schema.GlueID(u) == schema.ConfluentGUID(u) {
		t.Error("a Glue version id equals a Confluent GUID of the same bytes")
	}
	if (schema.ID{}) == schema.ConfluentID(0) || schema.ConfluentID(0).IsZero() {
		t.Error("the id 0 counts as no id")
	}
}

func ExampleID_String() {
	fmt.Println(schema.ConfluentID(4294967295))
	u, _ := schema.ParseUUID("B7B4A7F0-9C96-4E4A-A687-FB5DE9EF0C63")
	fmt.Println(schema.GlueID(u))
	// Output:
	// 4294967295
	// b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63
}
