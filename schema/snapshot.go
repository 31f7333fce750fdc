package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	maxSnapshotFile    = 16 << 20
	maxSnapshotSchemas = 10_000 // in one file, that is with references
)

// ReadSnapshot reads all files below fsys whose names end in .json, as
// [WriteSnapshot] and [Cache.WriteSnapshot] write them. With an [embed.FS] in
// the binary, a function goes on while its registry is out of reach:
//
//	//go:embed schemas
//	var schemas embed.FS
//
// Each file is a JSON object with the members registry (confluent or glue), id
// (decimal, a GUID or a schema version id), format (AVRO, PROTOBUF or JSON),
// subject, version, schema (the text), serialized (a base64
// FileDescriptorProto), references and ruleSet. A reference is an object with
// the members name, subject, version and schema, the whole of the schema it
// leads to.
func ReadSnapshot(fsys fs.FS) (*StaticRegistry, error) {
	var schemas []*Schema
	err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json") {
			return err
		}
		s, err := readSnapshotFile(fsys, path)
		if err != nil {
			return fmt.Errorf("schema: snapshot file %s: %w", path, err)
		}
		schemas = append(schemas, s)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return Static(schemas...), nil
}

// WriteSnapshot writes schemas into a folder, one file each, for
// [ReadSnapshot]. The folder is made if there is none; files of schemas written
// before are overwritten, others are left alone. It fails at the first schema
// that has no id and at the first file that cannot be written.
func WriteSnapshot(dir string, schemas ...*Schema) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("schema: snapshot: %w", err)
	}
	for _, s := range schemas {
		if s == nil || s.ID.IsZero() {
			return errors.New("schema: snapshot: a schema without an id")
		}
		left := maxSnapshotSchemas
		f, err := s.snapshot(&left)
		if err != nil {
			return err
		}
		text, err := json.MarshalIndent(f, "", " ")
		if err != nil {
			return fmt.Errorf("schema: snapshot of schema id %s: %w", s.ID, err)
		}
		if err := os.WriteFile(filepath.Join(dir, f.Registry+"-"+f.ID+".json"), append(text, '\n'), 0o644); err != nil {
			return fmt.Errorf("schema: snapshot: %w", err)
		}
	}
	return nil
}

// WriteSnapshot writes all schemas that the cache holds at the moment, see the
// function of that name. A program that calls [Cache.Preload] and then this
// makes the folder to embed.
func (c *Cache) WriteSnapshot(dir string) error {
	c.mu.Lock()
	schemas := slices.Collect(c.schemas.values)
	c.mu.Unlock()
	return WriteSnapshot(dir, schemas...)
}

type snapshotFile struct {
	Registry   string              `json:"registry,omitempty"`
	ID         string              `json:"id,omitempty"`
	Format     string              `json:"format"`
	Subject    string              `json:"subject,omitempty"`
	Version    int                 `json:"version,omitempty"`
	Schema     string              `json:"schema,omitempty"`
	Serialized []byte              `json:"serialized,omitempty"`
	References []snapshotReference `json:"references,omitempty"`
	RuleSet    *RuleSet            `json:"ruleSet,omitempty"`
}

type snapshotReference struct {
	Name    string        `json:"name"`
	Subject string        `json:"subject,omitempty"`
	Version int           `json:"version,omitempty"`
	Schema  *snapshotFile `json:"schema"`
}

func readSnapshotFile(fsys fs.FS, path string) (*Schema, error) {
	file, err := fsys.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, maxSnapshotFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxSnapshotFile {
		return nil, fmt.Errorf("over %d bytes", maxSnapshotFile)
	}
	var f snapshotFile
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, err
	}
	s, err := f.schema()
	if err != nil {
		return nil, err
	}
	if s.ID.IsZero() {
		return nil, errors.New("no registry and id")
	}
	return s, nil
}

func (f *snapshotFile) schema() (*Schema, error) {
	s := &Schema{
		Format:     ParseFormat(f.Format),
		Text:       f.Schema,
		Serialized: f.Serialized,
		Rules:      f.RuleSet,
		Subject:    f.Subject,
		Version:    f.Version,
	}
	if s.Format == FormatUnknown {
		return nil, fmt.Errorf("format %q is none of AVRO, PROTOBUF and JSON", f.Format)
	}
	if s.Text == "" && s.Serialized == nil {
		return nil, errors.New("neither schema nor serialized")
	}
	var err error
	if s.ID, err = parseSnapshotID(f.Registry, f.ID); err != nil {
		return nil, err
	}
	for _, r := range f.References {
		if r.Schema == nil {
			return nil, fmt.Errorf("reference %q has no schema", r.Name)
		}
		target, err := r.Schema.schema()
		if err != nil {
			return nil, fmt.Errorf("reference %q: %w", r.Name, err)
		}
		s.References = append(s.References, Reference{Name: r.Name, Subject: r.Subject, Version: r.Version, Schema: target})
	}
	return s, nil
}

func parseSnapshotID(registry, id string) (ID, error) {
	switch {
	case registry == "" && id == "": // of a reference
		return ID{}, nil
	case registry == "confluent":
		if n, ok := parseConfluentID(id); ok {
			return n, nil
		}
		u, err := ParseUUID(id)
		if err != nil {
			return ID{}, errors.New("id " + strconv.Quote(id) + " is neither a number nor a GUID")
		}
		return ConfluentGUID(u), nil
	case registry == "glue":
		u, err := ParseUUID(id)
		if err != nil {
			return ID{}, errors.New("id " + strconv.Quote(id) + " is not a schema version id")
		}
		return GlueID(u), nil
	default:
		return ID{}, errors.New("registry " + strconv.Quote(registry) + " is neither confluent nor glue")
	}
}

// snapshot renders s; left is how many schemas there may still be.
func (s *Schema) snapshot(left *int) (*snapshotFile, error) {
	if *left--; *left < 0 {
		return nil, &Error{Kind: KindInvalidSchema, ID: s.ID, Msg: "too many references, or a circle of them"}
	}
	f := &snapshotFile{
		Format:     s.Format.String(),
		Subject:    s.Subject,
		Version:    s.Version,
		Schema:     s.Text,
		Serialized: s.Serialized,
		RuleSet:    s.Rules,
	}
	if !s.ID.IsZero() {
		f.Registry, f.ID = "confluent", s.ID.String()
		if s.ID.kind == idGlue {
			f.Registry = "glue"
		}
	}
	for _, r := range s.References {
		if r.Schema == nil {
			return nil, &Error{Kind: KindInvalidSchema, ID: s.ID, Msg: "reference " + r.Name + " leads nowhere"}
		}
		target, err := r.Schema.snapshot(left)
		if err != nil {
			return nil, err
		}
		f.References = append(f.References, snapshotReference{Name: r.Name, Subject: r.Subject, Version: r.Version, Schema: target})
	}
	return f, nil
}
