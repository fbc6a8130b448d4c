package audit

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/eventstore"
)

// Whatever an event holds, an auditor reads one event: nothing in it moves the
// cursor, looks like another event, or takes more room than it has bytes. What
// cannot be shown is named as damage, and the same log prints the same bytes.
func FuzzReplay(f *testing.F) {
	for _, e := range life() {
		for i := range e.types {
			f.Add(e.stream, e.types[i], e.actor.ID, []byte(e.data[i]))
		}
	}
	for _, data := range []string{
		``, `null`, `7`, `"text"`, `[[],{},[{"a":[]}]]`, `{"a":1,"a":2}`, `{"a":`, "{\"a\":\"\xff\"}", `{"a":"\u001b[2J\r\n2. forged"}`, `{"\u001b]0;x\u0007\n2. forged":1}`,
		`{"a":"` + strings.Repeat("é", 1000) + `"}`, `{"a":"` + tariff + `","b":"` + strings.ToUpper(tariff) + `"}`, `{"a":-0.0e-400}`, `{} {}`,
		`{"x":{"cipher":"AQ==","field":"\u202e","place":"p","purpose":"fiscal","subject":"s"}}`, `{"x":{"cipher":{"a":1},"field":[2],"place":3,"purpose":null,"subject":"\"\""}}`,
		`{"` + strings.Repeat("n", 5000) + `":1` + members(200) + `}`, strings.Repeat(`{"a":`, 60) + `[1,2]` + strings.Repeat(`}`, 60),
		strings.Repeat(`{"a":`, 9000) + `1` + strings.Repeat(`}`, 9000), strings.Repeat(`[`, 20_000),
	} {
		f.Add("request-"+request, "request.submitted.v1", "tess", []byte(data))
	}
	f.Add("request-\x1b[1m\u202e\n2. forged", "\n2. forged", "tess\r\n", []byte(`{}`))
	f.Add("\xff", "\xff", "", []byte(`{}`))
	f.Add("policy-x", "policy.published.v1", "tess", []byte(`{"sha256":"`+tariff+`"}`))
	f.Fuzz(func(t *testing.T, stream, kind, by string, data []byte) {
		m := eventstore.Metadata{
			CorrelationID: request, Actor: eventstore.Actor{Kind: "technician", ID: by, Authentication: by}, DecidedAt: monday,
			Policies: []eventstore.PolicyRef{{Kind: by, Version: 1, SHA256: by}},
		}
		metadata, err := json.Marshal(m)
		if err != nil {
			return
		}
		p := eventstore.Proposed{ID: eventstore.EventID(stream, m.CommandID, 0), Type: kind, Data: data, Metadata: metadata}
		store := tampered{log: []eventstore.Recorded{{
			Stream: stream, Revision: 0, Position: 1, ID: p.ID, Type: kind, Data: data, Metadata: metadata,
			Hash: eventstore.Chain(eventstore.Hash{}, stream, 0, p), RecordedAt: monday,
		}}}
		whole := jsontext.Value(data).IsValid()
		for _, opts := range []ReplayOptions{{}, {JSON: true}} {
			var out, again bytes.Buffer
			err := Replay(t.Context(), store, request, &out, opts)
			if second := Replay(t.Context(), store, request, &again, opts); (err == nil) != (second == nil) || out.String() != again.String() {
				t.Fatalf("printed again it is\n%s, not\n%s (%v, %v)", again.String(), out.String(), second, err)
			}
			if err != nil && (whole && !opts.JSON || !errors.As(err, new(*eventstore.Corrupt))) {
				t.Fatalf("%q %q: %v", kind, data, err)
			}
			if opts.JSON {
				oneLine(t, out.Bytes(), err == nil)
			} else {
				onePrinted(t, out.String(), len(stream)+len(kind)+4*len(by)+len(data))
			}
		}
		if _, err := Verify(t.Context(), store, nil); err != nil && !errors.As(err, new(*eventstore.Corrupt)) && !errors.As(err, new(*decider.Rejection)) {
			t.Fatalf("%q %q: %v", kind, data, err)
		}
	})
}

// members are further ones of an object.
func members(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"m%d":%d`, i, i)
	}
	return b.String()
}

func onePrinted(t *testing.T, text string, size int) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Fatalf("not text: %q", text)
	}
	if i := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 {
		t.Fatalf("a terminal is steered by %q", text[i:min(len(text), i+8)])
	}
	events := 0
	for line := range strings.Lines(text) {
		switch {
		case line == "\n", strings.HasPrefix(line, "   "), strings.HasPrefix(line, "History of "), strings.HasPrefix(line, "1 events in "):
		case strings.HasPrefix(line, "1. "):
			events++
		default:
			t.Fatalf("a line says %q", line)
		}
	}
	if events != 1 {
		t.Fatalf("%d events are told:\n%s", events, text)
	}
	if len(text) > 2048+32*size {
		t.Fatalf("%d bytes are printed as %d", size, len(text))
	}
}

func oneLine(t *testing.T, line []byte, told bool) {
	t.Helper()
	if told != (bytes.Count(line, []byte("\n")) == 1 && jsontext.Value(line).IsValid()) {
		t.Fatalf("printed is %q", line)
	}
}

// Showing each level copies those below it, so an event that is nothing but levels
// would keep an auditor waiting.
func TestWhatIsNestedTooDeepToReadIsLeftOut(t *testing.T) {
	const levels = 60
	got, err := render([]byte(`{"a":` + strings.Repeat(`[`, levels) + strings.Repeat(`]`, levels) + `,"b":1}`))
	if err != nil || len(got) != 2 || strings.Count(got[0].value, "[") != deepest || !strings.Contains(got[0].value, "[…]") || got[1].value != "1" {
		t.Errorf("it shows %v (%v)", got, err)
	}
}
