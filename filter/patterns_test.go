package filter_test

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/filter"
	"github.com/mskit-go/mskit/kafkaevent"
)

// TestPatternsDocument executes every row of every table in PATTERNS.md.
func TestPatternsDocument(t *testing.T) {
	file, err := os.Open("PATTERNS.md")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var header []string
	rows := 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := lines.Text()
		if !strings.HasPrefix(line, "| ") {
			header = nil
			continue
		}
		cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, "| "), " |"), " | ")
		switch {
		case header == nil:
			header = cells
		case strings.HasPrefix(cells[0], "---"):
		case len(cells) != len(header):
			t.Errorf("%s: %d cells", line, len(cells))
		default:
			rows++
			t.Run(line, func(t *testing.T) { runRow(t, header, cells) })
		}
	}
	if rows < 100 {
		t.Errorf("only %d rows were found", rows)
	}
}

func runRow(t *testing.T, header, cells []string) {
	f, err := filter.Compile(strings.Trim(cells[0], "`"))
	if header[1] == "Error" {
		if err == nil || err.Error() != "filter: pattern 1, "+cells[1] {
			t.Errorf("got %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	var got bool
	given := strings.Trim(cells[1], "`")
	if header[1] == "Record" {
		got, err = f.Match(recordOf(t, given))
	} else {
		got, err = f.With(filter.OnMismatch(filter.Fail)).MatchJSON([]byte(given))
	}
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]bool{"match": true, "no match": false}; got != want[cells[2]] {
		t.Errorf("got %v", got)
	}
}

func recordOf(t *testing.T, text string) *kafkaevent.Record {
	t.Helper()
	var fields struct {
		Topic      string
		Key, Value *string
		Headers    [][2]string
	}
	if err := json.Unmarshal([]byte(text), &fields); err != nil {
		t.Fatal(err)
	}
	r := &kafkaevent.Record{TopicPartition: kafkaevent.TopicPartition{Topic: fields.Topic}}
	if fields.Key != nil {
		r.Key = []byte(*fields.Key)
	}
	if fields.Value != nil {
		r.Value = []byte(*fields.Value)
	}
	var headers kafkaevent.Headers
	for _, h := range fields.Headers {
		headers = append(headers, kafkaevent.Header{Key: h[0], Value: []byte(h[1])})
	}
	r.SetHeaders(headers)
	return r
}
