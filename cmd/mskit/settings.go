package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/mskit-go/mskit/filter"
	"github.com/mskit-go/mskit/schema"

	"github.com/mskit-go/mskit/cmd/mskit/esm"
	"github.com/mskit-go/mskit/cmd/mskit/function"
	"github.com/mskit-go/mskit/cmd/mskit/template"
)

// settings are what the flags of "mskit esm" and its template come to.
type settings struct {
	mapping  esm.Config
	function function.Config
	file     io.Closer // of --on-failure
}

func (s *settings) Close() {
	if s.file != nil {
		s.file.Close() //nolint:errcheck // every write was checked
	}
}

// settings lays the flags over the template, and the template over Lambda's
// defaults.
func (c *esmCommand) settings(std *streams) (*settings, error) {
	m := &template.Mapping{}
	s := &settings{function: function.Config{Command: commandLine(c.Command)}}
	lambdaTimeout := 30 * time.Second
	var timeout template.Value[time.Duration]
	if c.Template != "" {
		f, err := c.templateFunction(std)
		if err != nil {
			return nil, err
		}
		if m, err = f.Mapping(c.Topic); err != nil {
			return nil, c.inTemplate(err)
		}
		for _, text := range m.Warnings() {
			fmt.Fprintf(std.err, "mskit: warning: %s: %s\n", c.Template, text)
		}
		lambdaTimeout, timeout = 3*time.Second, f.Timeout
		s.function.Name, s.function.Env = f.Name, environment(std, f)
	}
	s.function.Env = append(s.function.Env, withoutSecrets...)
	p := picker{command: c}
	s.function.Timeout = choose(&p, c.Timeout, timeout, lambdaTimeout, "--timeout")
	s.mapping = esm.Config{
		Brokers:                    c.seeds(),
		Topic:                      c.topic(&p, m),
		EventSourceARN:             c.eventSource(m),
		ConsumerGroupID:            choose(&p, c.Group, m.ConsumerGroupID, "mskit", "--group"),
		BatchSize:                  choose(&p, c.BatchSize, m.BatchSize, 100, "--batch-size"),
		MaximumBatchingWindow:      choose(&p, c.Window, m.MaximumBatchingWindow, 500*time.Millisecond, "--window"),
		ReportBatchItemFailures:    given(&p, c.ReportItemFailures, m.ReportBatchItemFailures, "--report-item-failures"),
		FromLowestOffset:           c.FromLowestOffset,
		BisectBatchOnFunctionError: choose(&p, c.Bisect, m.BisectBatchOnFunctionError, false, "--bisect"),
		MaximumRetryAttempts:       new(given(&p, c.Retries, m.Retries, "--retries")),
		MaximumRecordAge:           choose(&p, c.RecordAge, m.MaximumRecordAge, 0, "--record-age"),
		RetryDelay:                 c.RetryDelay,
		UntilEnd:                   c.UntilEnd,
	}
	if s.mapping.MaximumBatchingWindow == 0 {
		s.mapping.MaximumBatchingWindow = -1 // esm's zero value is the default
	}
	c.position(&p, m, &s.mapping)
	c.filter(&p, std, m, &s.mapping)
	if p.err == nil {
		s.mapping.Client, p.err = c.client(std)
	}
	if p.err == nil && m.ConsumerGroupID.Line() > 0 && c.Group == nil && !c.loopback() {
		p.err = errors.New("--brokers is not this machine, where the template's ConsumerGroupId may be that of the deployed mapping, whose records this would take away: give --group")
	}
	c.registry(&p, std, m, &s.mapping)
	if p.err == nil {
		p.err = c.destination(std, m, s)
	}
	return s, p.err
}

// eventSource is the cluster that the events name. That of a template is mostly
// known to a deployment alone, and no reason to end here.
func (c *esmCommand) eventSource(m *template.Mapping) string {
	if c.EventSourceARN != nil {
		return *c.EventSourceARN
	}
	arn, err := m.EventSourceARN.Or("")
	if err != nil {
		return someCluster
	}
	return arn
}

// picker keeps the first error of many choices.
type picker struct {
	command *esmCommand
	err     error
}

func (p *picker) note(err error, flag string) {
	if err != nil && p.err == nil {
		p.err = fmt.Errorf("%w; %s sets it instead", p.command.inTemplate(err), flag)
	}
}

// choose is the flag, else the template, else Lambda's default.
func choose[T any](p *picker, flag *T, v template.Value[T], otherwise T, name string) T {
	return given(p, flag, func() (T, error) { return v.Or(otherwise) }, name)
}

func given[T any](p *picker, flag *T, otherwise func() (T, error), name string) T {
	if flag != nil {
		return *flag
	}
	value, err := otherwise()
	p.note(err, name)
	return value
}

// inTemplate says in which file an error of the template is.
func (c *esmCommand) inTemplate(err error) error { return fmt.Errorf("%s: %w", c.Template, err) }

func (c *esmCommand) templateFunction(std *streams) (*template.Function, error) {
	text, err := readInput(c.Template, std.in)
	if err != nil {
		return nil, err
	}
	t, err := template.Parse(text, c.Parameter)
	if err != nil {
		return nil, c.inTemplate(err)
	}
	f, err := t.Function(c.Function)
	if err != nil {
		return nil, c.inTemplate(err)
	}
	return f, nil
}

// environment is the function's variables but for those that the user has set.
func environment(std *streams, f *template.Function) []string {
	variables, unknown := f.Environment()
	var env []string
	for _, variable := range variables {
		name, _, _ := strings.Cut(variable, "=")
		if _, ok := os.LookupEnv(name); !ok {
			env = append(env, variable)
		}
	}
	var missing []string
	for _, name := range unknown {
		if _, ok := os.LookupEnv(name); !ok {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		fmt.Fprintf(std.err, "mskit: note: not set, since a deployment alone knows their values: %s\n", strings.Join(missing, ", "))
	}
	return env
}

func (c *esmCommand) topic(p *picker, m *template.Mapping) string {
	if c.Topic != "" {
		return c.Topic
	}
	topics, err := m.Topics.Or(nil)
	if err == nil && len(topics) != 1 {
		err = fmt.Errorf("%s has %d topics", m.Name, len(topics))
	}
	p.note(err, "--topic")
	if err != nil {
		return ""
	}
	return topics[0]
}

func (c *esmCommand) position(p *picker, m *template.Mapping, config *esm.Config) {
	text := choose(p, c.StartingPosition, m.StartingPosition, string(esm.TrimHorizon), "--starting-position")
	if c.StartingPosition == nil && text == string(esm.AtTimestamp) {
		config.StartingPosition = esm.AtTimestamp
		config.StartingPositionTimestamp = choose(p, nil, m.StartingPositionTimestamp, time.Time{}, "--starting-position")
		return
	}
	var err error
	config.StartingPosition, config.StartingPositionTimestamp, err = startingPosition(text)
	p.note(err, "--starting-position")
}

func startingPosition(text string) (esm.StartingPosition, time.Time, error) {
	switch position := esm.StartingPosition(text); position {
	case esm.TrimHorizon, esm.Latest:
		return position, time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return "", at, fmt.Errorf("want TRIM_HORIZON, LATEST or a time as 2026-01-02T15:04:05Z, got %q", text)
	}
	return esm.AtTimestamp, at, nil
}

func (c *esmCommand) filter(p *picker, std *streams, m *template.Mapping, config *esm.Config) {
	if p.err != nil {
		return
	}
	criteria, err := m.FilterCriteria.Or(nil)
	if c.Filter != "" {
		criteria, err = readInput(c.Filter, std.in)
	}
	if err != nil {
		p.note(err, "--filter")
		return
	}
	if criteria == nil {
		return
	}
	for _, finding := range filter.LintCriteria(criteria) {
		fmt.Fprintf(std.err, "mskit: warning: %s\n", finding)
	}
	config.Filter, p.err = filter.FromCriteria(criteria)
}

// registry is the stage of the schema registry, if there is one.
func (c *esmCommand) registry(p *picker, std *streams, m *template.Mapping, config *esm.Config) {
	address := c.Registry
	if address == "" && m.SchemaRegistryURI.Line() > 0 {
		uri, err := m.SchemaRegistryURI.Or("")
		p.note(err, "--registry")
		address = registryAddress(uri)
	}
	if address == "" || p.err != nil {
		return
	}
	format := choose(p, c.RecordFormat, m.SchemaRegistryFormat, string(esm.RecordFormatJSON), "--record-format")
	attributes := c.Attributes
	if len(attributes) == 0 {
		attributes = choose(p, nil, m.SchemaValidationAttributes, []string{"VALUE"}, "--validate")
	}
	if p.err != nil {
		return
	}
	cache, err := c.open(address, std.in)
	if err != nil {
		p.err = err
		return
	}
	config.SchemaRegistry = &esm.SchemaRegistry{Registry: cache, EventRecordFormat: esm.EventRecordFormat(format)}
	for _, name := range attributes {
		switch strings.ToUpper(name) {
		case "KEY":
			config.SchemaRegistry.Attributes = append(config.SchemaRegistry.Attributes, schema.Key)
		case "VALUE":
			config.SchemaRegistry.Attributes = append(config.SchemaRegistry.Attributes, schema.Value)
		default:
			p.note(fmt.Errorf("SchemaValidationConfigs: an attribute %q", name), "--validate")
		}
	}
}

// destination opens where to put what is given up. A template's own is used
// where it is a topic and the cluster is on this machine; AWS's are not here.
func (c *esmCommand) destination(std *streams, m *template.Mapping, s *settings) error {
	const scheme = "kafka://"
	name := c.OnFailure
	if name == "" && m.OnFailure.Line() > 0 {
		if to, err := m.OnFailure.Or(""); err == nil && strings.HasPrefix(to, scheme) && c.loopback() {
			name = to
		} else {
			fmt.Fprintf(std.err, "mskit: warning: %s: line %d: the destination is not used here, so what is given up is dropped; --on-failure keeps it\n", c.Template, m.OnFailure.Line())
		}
	}
	switch topic, ok := strings.CutPrefix(name, scheme); {
	case name == "":
		return nil
	case ok && topic == "":
		return errors.New("--on-failure: want kafka://TOPIC")
	case ok:
		s.mapping.OnFailure = esm.ToTopic(topic)
		return nil
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("--on-failure: %w", err)
	}
	s.mapping.OnFailure, s.file = esm.ToBucket(file), file
	return nil
}
