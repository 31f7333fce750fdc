package template

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// Mapping is an event source mapping of Kafka. The fields are the properties
// of the same names in SAM and CloudFormation; see
// https://docs.aws.amazon.com/lambda/latest/dg/kafka-esm-parameters.html.
type Mapping struct {
	// Name is "Function.Event" in SAM and the logical id in CloudFormation.
	Name string
	// Line is where it begins.
	Line int

	EventSourceARN             Value[string] // of the MSK cluster; unset for self-managed Kafka
	Topics                     Value[[]string]
	ConsumerGroupID            Value[string]
	BatchSize                  Value[int]
	MaximumBatchingWindow      Value[time.Duration]
	FunctionResponseTypes      Value[[]string]
	FilterCriteria             Value[[]byte] // as JSON
	MaximumRetryAttempts       Value[int]    // -1: no limit
	MaximumRecordAge           Value[time.Duration]
	BisectBatchOnFunctionError Value[bool]
	StartingPosition           Value[string]
	StartingPositionTimestamp  Value[time.Time]
	ConsumptionMode            Value[string]
	OnFailure                  Value[string] // the destination
	ProvisionedPollerConfig    Value[bool]   // true if set
	SchemaRegistryURI          Value[string]
	SchemaRegistryFormat       Value[string]   // EventRecordFormat
	SchemaValidationAttributes Value[[]string] // KEY, VALUE
}

// mapping reads the properties of a mapping; own is where CloudFormation keeps
// what only Kafka has, nil for SAM.
func (t *Template) mapping(name string, line int, properties, own *yaml.Node) Mapping {
	if own == nil {
		own = properties
	}
	registry := child(own, "SchemaRegistryConfig")
	m := Mapping{
		Name: name, Line: line,
		EventSourceARN:             property("EventSourceArn", cmp.Or(child(properties, "EventSourceArn"), child(properties, "Stream")), t.scalar),
		Topics:                     property("Topics", child(properties, "Topics"), t.list),
		ConsumerGroupID:            property("ConsumerGroupId", child(own, "ConsumerGroupId"), t.scalar),
		BatchSize:                  property("BatchSize", child(properties, "BatchSize"), t.number(1, 10_000)),
		MaximumBatchingWindow:      property("MaximumBatchingWindowInSeconds", child(properties, "MaximumBatchingWindowInSeconds"), t.seconds(0, 300)),
		FunctionResponseTypes:      property("FunctionResponseTypes", child(properties, "FunctionResponseTypes"), t.list),
		FilterCriteria:             property("FilterCriteria", child(properties, "FilterCriteria"), t.criteria),
		MaximumRetryAttempts:       property("MaximumRetryAttempts", child(properties, "MaximumRetryAttempts"), t.number(-1, 10_000)),
		MaximumRecordAge:           property("MaximumRecordAgeInSeconds", child(properties, "MaximumRecordAgeInSeconds"), t.age),
		BisectBatchOnFunctionError: property("BisectBatchOnFunctionError", child(properties, "BisectBatchOnFunctionError"), t.boolean),
		StartingPosition:           property("StartingPosition", child(properties, "StartingPosition"), t.scalar),
		StartingPositionTimestamp:  property("StartingPositionTimestamp", child(properties, "StartingPositionTimestamp"), t.unixTime),
		ConsumptionMode:            property("ConsumptionMode", child(own, "ConsumptionMode"), t.scalar),
		OnFailure:                  property("DestinationConfig", child(properties, "DestinationConfig", "OnFailure", "Destination"), t.scalar),
		ProvisionedPollerConfig: property("ProvisionedPollerConfig", child(properties, "ProvisionedPollerConfig"),
			func(*yaml.Node) (bool, error) { return true, nil }),
		SchemaRegistryURI:          property("SchemaRegistryURI", child(registry, "SchemaRegistryURI"), t.scalar),
		SchemaRegistryFormat:       property("EventRecordFormat", child(registry, "EventRecordFormat"), t.scalar),
		SchemaValidationAttributes: property("SchemaValidationConfigs", child(registry, "SchemaValidationConfigs"), t.attributes),
	}
	return m
}

// age is MaximumRecordAgeInSeconds: 0 without a limit, which is -1 there.
func (t *Template) age(n *yaml.Node) (time.Duration, error) {
	i, err := t.number(-1, 604_800)(n)
	if err != nil {
		return 0, err
	}
	if i >= 0 && i < 60 {
		return 0, &Error{Line: n.Line, Msg: "want -1 or 60 to 604800"}
	}
	return time.Duration(max(i, 0)) * time.Second, nil
}

// attributes are those of SchemaValidationConfigs.
func (t *Template) attributes(n *yaml.Node) ([]string, error) {
	if n.Kind != yaml.SequenceNode {
		return nil, &Error{Line: n.Line, Msg: "want a list"}
	}
	var names []string
	for _, item := range n.Content {
		attribute := child(item, "Attribute")
		if attribute == nil {
			return nil, &Error{Line: item.Line, Msg: "want an Attribute"}
		}
		name, err := t.scalar(attribute)
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// ReportBatchItemFailures is whether the mapping reads partial replies.
func (m *Mapping) ReportBatchItemFailures() (bool, error) {
	types, err := m.FunctionResponseTypes.Or(nil)
	return slices.Contains(types, "ReportBatchItemFailures"), err
}

// Retries is how often a batch is tried again; -1: until it succeeds. With a
// destination the limit is never above 10.
func (m *Mapping) Retries() (int, error) {
	n, err := m.MaximumRetryAttempts.Or(-1)
	if m.OnFailure.Line() > 0 && (n < 0 || n > retriesWithDestination) {
		n = retriesWithDestination
	}
	return n, err
}

// retriesWithDestination: https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html.
const retriesWithDestination = 10

// Warnings are the ways in which the mapping loses records without a word, or
// blocks a partition, one sentence each.
func (m *Mapping) Warnings() []string {
	var warnings []string
	warn := func(line int, format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		warnings = append(warnings, fmt.Sprintf("line %d: %s: %s", max(line, m.Line), m.Name, text))
	}
	partial, err := m.ReportBatchItemFailures()
	if err == nil && !partial {
		warn(m.FunctionResponseTypes.Line(), "without ReportBatchItemFailures a partial reply counts as success, and the records that it names are lost; batch.NewAllOrNothing is for that")
	}
	retries, errRetries := m.MaximumRetryAttempts.Or(-1)
	age, errAge := m.MaximumRecordAge.Or(0)
	if errRetries == nil && errAge == nil && m.OnFailure.Line() == 0 {
		if retries >= 0 || age > 0 {
			warn(max(m.MaximumRetryAttempts.Line(), m.MaximumRecordAge.Line()), "what is given up is dropped: there is no DestinationConfig")
		} else {
			warn(0, "retries have no limit: one bad record blocks its partition until it expires")
		}
	}
	if m.SchemaRegistryURI.Line() > 0 && m.OnFailure.Line() == 0 {
		warn(m.SchemaRegistryURI.Line(), "records that the registry rejects are dropped: there is no DestinationConfig")
	}
	if names := m.provisionedOnly(); len(names) > 0 && m.ProvisionedPollerConfig.Line() == 0 {
		warn(0, "%s: of no effect without ProvisionedPollerConfig, and what has an effect here has none on Lambda", strings.Join(names, ", "))
	}
	if position, err := m.StartingPosition.Or(""); err == nil && position == "LATEST" {
		warn(m.StartingPosition.Line(), "LATEST passes over what is produced while the mapping is made or changed")
	}
	return warnings
}

// provisionedOnly are the properties set that need provisioned mode.
func (m *Mapping) provisionedOnly() []string {
	var names []string
	for name, line := range map[string]int{
		"FunctionResponseTypes":      m.FunctionResponseTypes.Line(),
		"MaximumRetryAttempts":       m.MaximumRetryAttempts.Line(),
		"MaximumRecordAgeInSeconds":  m.MaximumRecordAge.Line(),
		"BisectBatchOnFunctionError": m.BisectBatchOnFunctionError.Line(),
		"SchemaRegistryConfig":       m.SchemaRegistryURI.Line(),
	} {
		if line > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
