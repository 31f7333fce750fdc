package schematest

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/mskit-go/mskit/schema"
)

const confluentJSON = "application/vnd.schemaregistry.v1+json"

// ConfluentServer is a Confluent Schema Registry in memory, as far as readers
// see it: schemas by id and GUID, versions of subjects, references,
// format=serialized, error codes.
type ConfluentServer struct {
	Server

	mu       sync.Mutex
	byID     map[schema.ID]*schema.Schema
	subjects map[string]map[int]*schema.Schema
}

// NewConfluentServer starts a registry that knows the schemas and what they
// refer to, by subject and version.
func NewConfluentServer(tb testing.TB, schemas ...*schema.Schema) *ConfluentServer {
	s := &ConfluentServer{byID: make(map[schema.ID]*schema.Schema), subjects: make(map[string]map[int]*schema.Schema)}
	s.Add(schemas...)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /schemas/ids/{id}", s.serveID)
	mux.HandleFunc("GET /schemas/guids/{guid}", s.serveGUID)
	mux.HandleFunc("GET /subjects/{subject}/versions/{version}", s.serveVersion)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusNotFound, http.StatusNotFound) })
	s.start(tb, mux)
	return s
}

// Add registers schemas and what they refer to.
func (s *ConfluentServer) Add(schemas ...*schema.Schema) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sc := range schemas {
		s.add(sc, make(map[*schema.Schema]bool))
	}
}

func (s *ConfluentServer) add(sc *schema.Schema, seen map[*schema.Schema]bool) {
	if sc == nil || seen[sc] {
		return
	}
	seen[sc] = true
	if !sc.ID.IsZero() {
		s.byID[sc.ID] = sc
	}
	s.addVersion(sc.Subject, sc.Version, sc)
	for _, r := range sc.References {
		s.addVersion(r.Subject, r.Version, r.Schema)
		s.add(r.Schema, seen)
	}
}

func (s *ConfluentServer) addVersion(subject string, version int, sc *schema.Schema) {
	if subject == "" || version <= 0 || sc == nil {
		return
	}
	if s.subjects[subject] == nil {
		s.subjects[subject] = make(map[int]*schema.Schema)
	}
	s.subjects[subject][version] = sc
}

func (s *ConfluentServer) serveID(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.ParseUint(r.PathValue("id"), 10, 32)
	if err != nil {
		refuse(w, http.StatusBadRequest, http.StatusBadRequest)
		return
	}
	s.serveKnown(w, r, schema.ConfluentID(uint32(n)))
}

func (s *ConfluentServer) serveGUID(w http.ResponseWriter, r *http.Request) {
	u, err := schema.ParseUUID(r.PathValue("guid"))
	if err != nil {
		refuse(w, http.StatusBadRequest, http.StatusBadRequest)
		return
	}
	s.serveKnown(w, r, schema.ConfluentGUID(u))
}

func (s *ConfluentServer) serveKnown(w http.ResponseWriter, r *http.Request, id schema.ID) {
	s.mu.Lock()
	sc := s.byID[id]
	s.mu.Unlock()
	if sc == nil {
		refuse(w, http.StatusNotFound, 40403)
		return
	}
	send(w, r, sc, false)
}

func (s *ConfluentServer) serveVersion(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	versions := s.subjects[r.PathValue("subject")]
	latest := 0
	for v := range versions {
		latest = max(latest, v)
	}
	version := latest
	if v := r.PathValue("version"); v != "latest" {
		version, _ = strconv.Atoi(v) // 0 is no version
	}
	sc := versions[version]
	s.mu.Unlock()
	switch {
	case versions == nil:
		refuse(w, http.StatusNotFound, 40401)
	case sc == nil:
		refuse(w, http.StatusNotFound, 40402)
	default:
		send(w, r, sc, true)
	}
}

// send writes a schema as the registry does: the type of Avro is left out, and
// a lookup by id tells no subject.
func send(w http.ResponseWriter, r *http.Request, sc *schema.Schema, withVersion bool) {
	type reference struct {
		Name    string `json:"name"`
		Subject string `json:"subject"`
		Version int    `json:"version"`
	}
	var doc struct {
		Subject    string          `json:"subject,omitempty"`
		Version    int             `json:"version,omitempty"`
		ID         uint32          `json:"id,omitempty"`
		GUID       string          `json:"guid,omitempty"`
		SchemaType string          `json:"schemaType,omitempty"`
		Schema     string          `json:"schema"`
		References []reference     `json:"references,omitempty"`
		RuleSet    *schema.RuleSet `json:"ruleSet,omitempty"`
	}
	if withVersion {
		doc.Subject, doc.Version = sc.Subject, sc.Version
	}
	doc.ID, _ = sc.ID.Confluent()
	if _, ok := sc.ID.GUID(); ok {
		doc.GUID = sc.ID.String()
	}
	if sc.Format != schema.FormatAvro {
		doc.SchemaType = sc.Format.String()
	}
	doc.Schema = sc.Text
	if sc.Serialized != nil && (sc.Text == "" || r.URL.Query().Get("format") == "serialized") {
		doc.Schema = base64.StdEncoding.EncodeToString(sc.Serialized)
	}
	for _, ref := range sc.References {
		doc.References = append(doc.References, reference{ref.Name, ref.Subject, ref.Version})
	}
	doc.RuleSet = sc.Rules
	writeJSON(w, confluentJSON, http.StatusOK, doc)
}

func refuse(w http.ResponseWriter, status, code int) {
	writeJSON(w, confluentJSON, status, map[string]any{"error_code": code, "message": http.StatusText(status)})
}
