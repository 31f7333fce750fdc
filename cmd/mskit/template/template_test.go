package template_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mskit-go/mskit/cmd/mskit/template"
)

func load(t *testing.T, name string, parameters map[string]string) *template.Template {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := template.Parse(text, parameters)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func function(t *testing.T, parsed *template.Template, name string) *template.Function {
	t.Helper()
	f, err := parsed.Function(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func mapping(t *testing.T, f *template.Function, topic string) *template.Mapping {
	t.Helper()
	m, err := f.Mapping(topic)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// settings is a mapping with everything resolved; what cannot be is its error.
type settings struct {
	Topics, Types, Attributes                  []string
	Group, Position, Criteria, URI, Format, To string
	Batch, Retries                             int
	Window, Age                                time.Duration
	From                                       time.Time
	Bisect, Provisioned, Partial               bool
	Errors                                     []string
}

func settle(m *template.Mapping) settings {
	var s settings
	s.Topics = get(&s, m.Topics)
	s.Types = get(&s, m.FunctionResponseTypes)
	s.Attributes = get(&s, m.SchemaValidationAttributes)
	s.Group = get(&s, m.ConsumerGroupID)
	s.Position = get(&s, m.StartingPosition)
	s.Criteria = string(get(&s, m.FilterCriteria))
	s.URI = get(&s, m.SchemaRegistryURI)
	s.Format = get(&s, m.SchemaRegistryFormat)
	s.To = get(&s, m.OnFailure)
	s.Batch = get(&s, m.BatchSize)
	s.Window = get(&s, m.MaximumBatchingWindow)
	s.Age = get(&s, m.MaximumRecordAge)
	s.From = get(&s, m.StartingPositionTimestamp)
	s.Bisect = get(&s, m.BisectBatchOnFunctionError)
	s.Provisioned = get(&s, m.ProvisionedPollerConfig)
	s.Retries, _ = m.Retries()
	s.Partial, _ = m.ReportBatchItemFailures()
	return s
}

func get[T any](s *settings, v template.Value[T]) T {
	var none T
	value, err := v.Or(none)
	if err != nil {
		s.Errors = append(s.Errors, err.Error())
	}
	return value
}

// Every example's template is read as it is deployed.
func TestTemplatesOfTheExamples(t *testing.T) {
	names, err := filepath.Glob("../../../examples/*/template.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d templates, error %v", len(names), err)
	}
	topics := map[string]string{"esm-registry": "readings"}
	for _, name := range names {
		example := filepath.Base(filepath.Dir(name))
		t.Run(example, func(t *testing.T) {
			for _, f := range load(t, name, nil).Functions() {
				if timeout, err := f.Timeout.Or(0); err != nil || timeout < time.Second {
					t.Errorf("%s: timeout %v, error %v", f.Name, timeout, err)
				}
				for i := range f.Mappings {
					s := settle(&f.Mappings[i])
					if len(s.Topics) != 1 || s.Group == "" || s.Batch == 0 || !s.Partial || !s.Provisioned || s.Retries < 0 {
						t.Errorf("%s: %+v", f.Mappings[i].Name, s)
					}
					for _, text := range s.Errors { // the queues and the registry
						if !strings.Contains(text, "DestinationConfig: Fn::GetAtt") && !strings.Contains(text, "the parameter RegistryArn has no default") {
							t.Errorf("%s: %s", f.Mappings[i].Name, text)
						}
					}
					if w := f.Mappings[i].Warnings(); len(w) > 0 {
						t.Errorf("%s: warns of %q", f.Mappings[i].Name, w)
					}
					if want := topics[example]; want != "" && s.Topics[0] != want {
						t.Errorf("%s: topic %v, want %v", f.Mappings[i].Name, s.Topics, want)
					}
				}
			}
		})
	}
}

func TestMappingOfSAM(t *testing.T) {
	m := mapping(t, function(t, load(t, "../../../examples/esm-registry/template.yaml", map[string]string{"RegistryArn": "arn:registry", "Topic": "samples"}), "Readings"), "")
	want := settings{
		Topics: []string{"samples"}, Types: []string{"ReportBatchItemFailures"}, Attributes: []string{"VALUE"},
		Group: "readings-store", Position: "TRIM_HORIZON", URI: "arn:registry", Format: "JSON",
		Batch: 500, Retries: 5, Window: time.Second, Age: 24 * time.Hour, Provisioned: true, Partial: true,
		Errors: []string{"template: line 0: DestinationConfig: Fn::GetAtt is known to a deployment alone"},
	}
	got := settle(m)
	for i, text := range got.Errors { // lines move
		got.Errors[i] = regexp.MustCompile(`line \d+`).ReplaceAllString(text, "line 0")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMappingsOfCloudFormation(t *testing.T) {
	f := function(t, load(t, "testdata/cloudformation.yaml", nil), "")
	if f.Name != "Bill" || len(f.Mappings) != 2 {
		t.Fatalf("%s has %d mappings", f.Name, len(f.Mappings))
	}
	want := settings{
		Topics: []string{"orders"}, Attributes: []string{"KEY", "VALUE"}, Position: "AT_TIMESTAMP",
		Criteria: `{"Filters":[{"Pattern":"{\"value\":{\"status\":[\"PAID\"]}}"},{"Pattern":"{\"value\":{\"stage\":[\"dev\"]}}"}]}`,
		URI:      "https://registry.example.com", Format: "SOURCE",
		Batch: 250, Retries: 3, From: time.Date(2026, 1, 1, 0, 0, 0, 5e8, time.UTC), Bisect: true,
		Errors: []string{"template: line 50: ConsumerGroupId: the value of AWS::StackName is known to a deployment alone"},
	}
	if diff := cmp.Diff(want, settle(mapping(t, f, "orders"))); diff != "" {
		t.Error(diff)
	}
	want = settings{
		Topics: []string{"payments", "refunds"}, Types: []string{"ReportBatchItemFailures"},
		Group: "bill", Position: "LATEST", To: "kafka://payments-failed", Retries: 10, Provisioned: true, Partial: true,
	}
	if diff := cmp.Diff(want, settle(mapping(t, f, "refunds"))); diff != "" {
		t.Error(diff)
	}
	if _, err := f.Timeout.Or(0); err == nil || err.Error() != "template: line 21: Timeout: Fn::If is known to a deployment alone" {
		t.Errorf("timeout: error %v", err)
	}
	variables, unknown := f.Environment()
	if diff := cmp.Diff([]string{"STAGE=dev", "TABLE=dev-${kept}-bills"}, variables); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"PASSWORD", "QUEUE"}, unknown); diff != "" {
		t.Error(diff)
	}
}

func TestTemplateInJSON(t *testing.T) {
	f := function(t, load(t, "testdata/sam.json", nil), "")
	want := settings{Topics: []string{"orders"}, Group: "eu-ship", Position: "TRIM_HORIZON", Retries: -1}
	if diff := cmp.Diff(want, settle(mapping(t, f, "any, there is but one"))); diff != "" {
		t.Error(diff)
	}
	if timeout, err := f.Timeout.Or(0); timeout != 7*time.Second || err != nil {
		t.Errorf("timeout %v, error %v, want that of the globals", timeout, err)
	}
	variables, _ := f.Environment()
	if diff := cmp.Diff([]string{"B=own", "A=global"}, variables); diff != "" {
		t.Error(diff)
	}
}

func TestWarnings(t *testing.T) {
	for _, row := range []struct {
		name  string
		lines []string
		want  []string // of each warning a part
	}{
		{name: "nothing set", want: []string{"without ReportBatchItemFailures", "retries have no limit"}},
		{
			name:  "retries without a destination",
			lines: []string{"MaximumRetryAttempts: 3", "FunctionResponseTypes: [ReportBatchItemFailures]", "ProvisionedPollerConfig: {MinimumPollers: 1}"},
			want:  []string{"what is given up is dropped"},
		},
		{
			name:  "age without a destination",
			lines: []string{"MaximumRecordAgeInSeconds: 60", "FunctionResponseTypes: [ReportBatchItemFailures]", "ProvisionedPollerConfig: {MinimumPollers: 1}"},
			want:  []string{"what is given up is dropped"},
		},
		{
			name:  "on demand",
			lines: []string{"FunctionResponseTypes: [ReportBatchItemFailures]", "MaximumRetryAttempts: 3", "DestinationConfig: {OnFailure: {Destination: !GetAtt Q.Arn}}"},
			want:  []string{"FunctionResponseTypes, MaximumRetryAttempts: of no effect without ProvisionedPollerConfig"},
		},
		{
			name: "registry without a destination",
			lines: []string{
				"FunctionResponseTypes: [ReportBatchItemFailures]", "ProvisionedPollerConfig: {MinimumPollers: 1}",
				"SchemaRegistryConfig: {SchemaRegistryURI: !Ref Registry, EventRecordFormat: JSON}",
			},
			want: []string{"retries have no limit", "records that the registry rejects are dropped"},
		},
		{
			name: "LATEST",
			lines: []string{
				"FunctionResponseTypes: [ReportBatchItemFailures]", "ProvisionedPollerConfig: {MinimumPollers: 1}",
				"DestinationConfig: {OnFailure: {Destination: !GetAtt Q.Arn}}", "StartingPosition: LATEST",
			},
			want: []string{"LATEST passes over"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := mapping(t, function(t, parse(t, sam(row.lines...)), ""), "").Warnings()
			if len(got) != len(row.want) {
				t.Fatalf("%q, want %q", got, row.want)
			}
			for i, part := range row.want {
				if !strings.Contains(got[i], part) || !strings.Contains(got[i], "F.In: ") {
					t.Errorf("%q, want %q", got[i], part)
				}
			}
		})
	}
}

// sam is a template with one mapping that has these properties.
func sam(properties ...string) string {
	return "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Events:\n        In:\n          Type: MSK\n          Properties:\n" +
		"            Topics: [orders]\n            " + strings.Join(properties, "\n            ") + "\n"
}

func parse(t *testing.T, text string) *template.Template {
	t.Helper()
	parsed, err := template.Parse([]byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestPropertiesThatCannotBe(t *testing.T) {
	for _, row := range []struct {
		name, property, want string
	}{
		{name: "text for a number", property: "BatchSize: many", want: "template: line 10: BatchSize: want a whole number from 1 to 10000"},
		{name: "number out of range", property: "BatchSize: 20000", want: "template: line 10: BatchSize: want a whole number from 1 to 10000"},
		{name: "age that Lambda refuses", property: "MaximumRecordAgeInSeconds: 5", want: "template: line 10: MaximumRecordAgeInSeconds: want -1 or 60 to 604800"},
		{name: "neither true nor false", property: "BisectBatchOnFunctionError: maybe", want: "template: line 10: BisectBatchOnFunctionError: want true or false"},
		{name: "list for a text", property: "ConsumerGroupId: [a]", want: "template: line 10: ConsumerGroupId: want a single value"},
		{name: "attribute of a resource", property: "ConsumerGroupId: !GetAtt Group.Id", want: "template: line 10: ConsumerGroupId: Fn::GetAtt is known to a deployment alone"},
		{name: "the long form of it", property: "ConsumerGroupId: {'Fn::GetAtt': [Group, Id]}", want: "template: line 10: ConsumerGroupId: Fn::GetAtt is known to a deployment alone"},
		{name: "no such parameter", property: "ConsumerGroupId: !Ref Nothing", want: "template: line 10: ConsumerGroupId: the value of Nothing is known to a deployment alone"},
		{name: "filter without patterns", property: "FilterCriteria: {Filters: [{}]}", want: "template: line 10: FilterCriteria: want a Pattern"},
		{name: "timestamp in words", property: "StartingPositionTimestamp: yesterday", want: "template: line 10: StartingPositionTimestamp: want seconds since 1970"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := settle(mapping(t, function(t, parse(t, sam(row.property)), ""), ""))
			if diff := cmp.Diff([]string{row.want}, s.Errors); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNoValueIsUnset(t *testing.T) {
	m := mapping(t, function(t, parse(t, sam("BatchSize: !Ref AWS::NoValue", "ConsumerGroupId:")), ""), "")
	n, err := m.BatchSize.Or(100)
	if n != 100 || err != nil || m.BatchSize.Line() != 0 || m.ConsumerGroupID.Line() != 0 {
		t.Errorf("batch size %d, error %v", n, err)
	}
}

func TestAnchorsAndMergeKeys(t *testing.T) {
	m := mapping(t, function(t, parse(t, "Common: &common {BatchSize: 7, ConsumerGroupId: a}\n"+sam("<<: *common", "ConsumerGroupId: b")), ""), "")
	n, _ := m.BatchSize.Or(0)
	group, _ := m.ConsumerGroupID.Or("")
	if n != 7 || group != "b" {
		t.Errorf("batch size %d, group %q", n, group)
	}
}

func TestWhatThereIsToChooseFrom(t *testing.T) {
	two := load(t, "testdata/cloudformation.yaml", nil)
	if _, err := function(t, two, "Bill").Mapping("nothing"); err == nil || !strings.Contains(err.Error(), "Orders (orders), Payments (payments,refunds)") {
		t.Errorf("error %v", err)
	}
	if _, err := two.Function("Nobody"); err == nil || !strings.Contains(err.Error(), "there is Bill") {
		t.Errorf("error %v", err)
	}
	both := parse(t, sam()+strings.TrimPrefix(strings.ReplaceAll(sam(), "  F:\n", "  G:\n"), "Resources:\n"))
	if _, err := both.Function(""); err == nil || !strings.Contains(err.Error(), "F, G") {
		t.Errorf("error %v", err)
	}
	if _, err := parse(t, "Resources: {Q: {Type: AWS::SQS::Queue}}").Function(""); err == nil {
		t.Error("a queue is no function")
	}
}

func TestWhatIsNoTemplate(t *testing.T) {
	for _, text := range []string{"", "a", "[]", "a: [", "\t", "Resources:", "%"} {
		if _, err := template.Parse([]byte(text), nil); err == nil {
			t.Errorf("%q is taken for a template", text)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"testdata/cloudformation.yaml", "testdata/sam.json", "../../../examples/orders/template.yaml"} {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("Resources: &a {<<: *a}"))
	f.Add([]byte("a: &a {Resources: *a}\n<<: *a"))
	f.Fuzz(func(_ *testing.T, text []byte) {
		parsed, err := template.Parse(text, nil)
		if err != nil {
			return
		}
		for _, fn := range parsed.Functions() {
			fn.Environment()
			for i := range fn.Mappings {
				settle(&fn.Mappings[i])
				fn.Mappings[i].Warnings()
			}
		}
	})
}

func TestWhatCloudFormationWouldNotTake(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"too many resources": {"Resources:\n" + strings.Repeat("  F: {Type: AWS::Lambda::Function}\n", 501), "501 resources are over CloudFormation's limit of 500"},
		"too large":          {"Resources:\n  F: {}\n" + strings.Repeat("#", 1<<20), "bytes are over CloudFormation's limit of 1048576"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := template.Parse([]byte(test.text), nil); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}
