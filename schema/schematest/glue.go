package schematest

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/mskit-go/mskit/schema"
)

// GlueServer is an AWS Glue Schema Registry in memory, as far as readers see
// it: the operation GetSchemaVersion by version id and for the latest version
// of a schema. It wants requests to be signed and does not check by whom.
type GlueServer struct {
	Server

	mu       sync.Mutex
	registry *schema.StaticRegistry
	schemas  []*schema.Schema
}

// NewGlueServer starts a registry that knows the schemas by their version ids
// and, in a registry of any name, by their subjects.
func NewGlueServer(tb testing.TB, schemas ...*schema.Schema) *GlueServer {
	s := new(GlueServer)
	s.Add(schemas...)
	s.start(tb, http.HandlerFunc(s.serve))
	return s
}

// Add registers further schemas.
func (s *GlueServer) Add(schemas ...*schema.Schema) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.schemas = append(s.schemas, schemas...)
	s.registry = schema.Static(s.schemas...)
}

// GlueError answers with an error as AWS does: a code such as
// ThrottlingException.
func GlueError(status int, code string) Fault {
	return Reply(status, "application/x-amz-json-1.1", `{"__type":"com.amazonaws.glue#`+code+`","Message":"injected by schematest"}`)
}

func (s *GlueServer) serve(w http.ResponseWriter, r *http.Request) {
	fail := func(code string) { GlueError(http.StatusBadRequest, code)(w, r, nil) }
	if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=") {
		fail("MissingAuthenticationTokenException")
		return
	}
	if r.Method != http.MethodPost || r.Header.Get("X-Amz-Target") != "AWSGlue.GetSchemaVersion" {
		fail("UnknownOperationException")
		return
	}
	var in struct {
		SchemaVersionID     string `json:"SchemaVersionId"`
		SchemaID            struct{ SchemaArn, SchemaName, RegistryName string }
		SchemaVersionNumber struct{ LatestVersion bool }
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		fail("SerializationException")
		return
	}
	s.mu.Lock()
	registry := s.registry
	s.mu.Unlock()

	var sc *schema.Schema
	var err error
	name := in.SchemaID.SchemaName
	if name == "" {
		name = in.SchemaID.SchemaArn[strings.LastIndexByte(in.SchemaID.SchemaArn, '/')+1:]
	}
	switch {
	case in.SchemaVersionID != "":
		u, parseErr := schema.ParseUUID(in.SchemaVersionID)
		if parseErr != nil {
			fail("InvalidInputException")
			return
		}
		sc, err = registry.Schema(r.Context(), schema.GlueID(u))
	case name != "" && in.SchemaVersionNumber.LatestVersion:
		sc, err = registry.Latest(r.Context(), name)
	default:
		fail("InvalidInputException")
		return
	}
	if err != nil {
		fail("EntityNotFoundException")
		return
	}
	writeJSON(w, "application/x-amz-json-1.1", http.StatusOK, map[string]any{
		"SchemaVersionId":  sc.ID.String(),
		"SchemaDefinition": sc.Text,
		"DataFormat":       sc.Format.String(),
		"SchemaArn":        "arn:aws:glue:eu-west-1:123456789012:schema/test/" + sc.Subject,
		"VersionNumber":    sc.Version,
		"Status":           "AVAILABLE",
	})
}
