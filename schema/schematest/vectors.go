package schematest

import (
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"sync"

	"github.com/mskit-go/mskit/schema"
)

// Vector is one value as a serializer of another language wrote it, and what
// it says.
type Vector struct {
	Name string
	// Schema is the writer's. Its ID is the one that the record carries.
	Schema *schema.Schema
	// Data are the framed bytes.
	Data []byte
	// Headers are the record headers that belong to the framing.
	Headers map[string][]byte
	// Message is the full name of the Protobuf message; empty for other
	// formats.
	Message string
	// JSON is the value as the serializer was given it. Unions are plain,
	// logical types are what underlies them, Avro bytes and fixed are strings
	// with one character per byte; Protobuf is protojson with proto names.
	JSON []byte
	// LogicalJSON is JSON with logical types written out: dates and times in
	// ISO 8601, decimals as strings.
	LogicalJSON []byte
}

// Input is the vector as the value of a record.
func (v Vector) Input() schema.Input {
	return schema.Input{
		Topic:  "vectors",
		Data:   slices.Clone(v.Data),
		Header: func(name string) ([]byte, bool) { b, ok := v.Headers[name]; return b, ok },
	}
}

// Vectors are all golden vectors: those of the Confluent serializers for
// JavaScript (npm @confluentinc/schemaregistry 1.10.1), each with the id before
// the value and with the GUID in a header; Avro of the Glue serializer for
// JavaScript (npm @meinestadt.de/glue-schema-registry 4.0.0); and JSON and
// Protobuf of AWS's own serializer for Java (Maven
// software.amazon.glue:schema-registry-serde 1.1.25).
func Vectors() []Vector {
	set := vectors()
	return slices.Clone(set.vectors)
}

// VectorRegistry knows the schemas of all [Vectors], under their numeric ids,
// GUIDs and AWS Glue version ids.
func VectorRegistry() *schema.StaticRegistry { return vectors().registry }

//go:embed vectors.json
var vectorsJSON []byte

// vectorSet is vectors.json, made by internal/conformance/vectors.
type vectorSet struct {
	vectors  []Vector
	registry *schema.StaticRegistry
}

var vectors = sync.OnceValue(func() vectorSet {
	set, err := readVectors(vectorsJSON)
	if err != nil {
		panic("schematest: vectors.json: " + err.Error())
	}
	return set
})

type vectorFile struct {
	Schemas []struct {
		Name       string
		Format     string
		ID         uint32
		GUID       string
		VersionID  string
		Subject    string
		Version    int
		Text       string
		Serialized []byte
		References []struct {
			Name, Subject, Schema string
			Version               int
		}
	}
	Records []struct {
		Name, Schema, Data, Message string
		Headers                     map[string]string
		JSON, LogicalJSON           json.RawMessage
	}
}

func readVectors(text []byte) (vectorSet, error) {
	var file vectorFile
	if err := json.Unmarshal(text, &file); err != nil {
		return vectorSet{}, err
	}

	byName := make(map[string]*schema.Schema) // with the id of a prefix
	byID := make(map[schema.ID]*schema.Schema)
	for _, s := range file.Schemas {
		sc := &schema.Schema{
			Format:     schema.ParseFormat(s.Format),
			Text:       s.Text,
			Serialized: s.Serialized,
			Subject:    s.Subject,
			Version:    s.Version,
		}
		for _, r := range s.References {
			sc.References = append(sc.References, schema.Reference{Name: r.Name, Subject: r.Subject, Version: r.Version, Schema: byName[r.Schema]})
		}
		if s.VersionID != "" {
			id, err := schema.ParseUUID(s.VersionID)
			if err != nil {
				return vectorSet{}, err
			}
			sc.ID = schema.GlueID(id)
		} else {
			guid, err := schema.ParseUUID(s.GUID)
			if err != nil {
				return vectorSet{}, err
			}
			byGUID := *sc
			byGUID.ID = schema.ConfluentGUID(guid)
			byID[byGUID.ID] = &byGUID
			sc.ID = schema.ConfluentID(s.ID)
		}
		byName[s.Name] = sc
		byID[sc.ID] = sc
	}

	var set vectorSet
	for _, r := range file.Records {
		v := Vector{Name: r.Name, Message: r.Message, JSON: r.JSON, LogicalJSON: r.LogicalJSON}
		if v.LogicalJSON == nil {
			v.LogicalJSON = v.JSON
		}
		var err error
		if v.Data, err = hex.DecodeString(r.Data); err != nil {
			return vectorSet{}, err
		}
		for name, h := range r.Headers {
			b, err := hex.DecodeString(h)
			if err != nil {
				return vectorSet{}, err
			}
			if v.Headers == nil {
				v.Headers = make(map[string][]byte)
			}
			v.Headers[name] = b
		}
		frame, err := schema.Detect().Parse(v.Input())
		if err != nil {
			return vectorSet{}, err
		}
		v.Schema = byID[frame.ID]
		set.vectors = append(set.vectors, v)
	}
	set.registry = schema.Static(slices.Collect(maps.Values(byID))...)
	return set, nil
}
