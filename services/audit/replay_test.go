package audit

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/eventstore/sqlite"
)

var update = flag.Bool("update", false, "rewrite golden files")

func replay(t *testing.T, store eventstore.Store, id string, opts ReplayOptions) string {
	t.Helper()
	var out bytes.Buffer
	check(t, Replay(t.Context(), store, id, &out, opts))
	return out.String()
}

// The golden file is the history as an auditor reads it.
func TestAnAuditorCanReadTheHistory(t *testing.T) {
	const file = "testdata/history.txt"
	got := replay(t, tampered{log: recorded(t)}, request, ReplayOptions{})
	want, err := os.ReadFile(file)
	if err == nil && string(want) == got {
		return
	}
	if !*update {
		t.Fatalf("%s says something else; it is now:\n%s", file, got)
	}
	check(t, os.MkdirAll("testdata", 0o750))
	check(t, os.WriteFile(file, []byte(got), 0o600))
}

// P4: the file alone, opened to read, gives the same history.
func TestTheFileAloneGivesTheSameHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	store, err := sqlite.Open(path)
	check(t, err)
	record(t, store, life())
	check(t, store.Close())
	readOnly, err := sqlite.OpenReadOnly(path)
	check(t, err)
	defer readOnly.Close()
	if got, want := replay(t, readOnly, request, ReplayOptions{}), replay(t, tampered{log: recorded(t)}, request, ReplayOptions{}); got != want {
		t.Errorf("the file tells\n%s\nmemory tells\n%s", got, want)
	}
}

func TestAnIDMayBeWrittenInEitherCase(t *testing.T) {
	log := tampered{log: recorded(t)}
	if replay(t, log, request, ReplayOptions{}) != replay(t, log, strings.ToUpper(request), ReplayOptions{}) {
		t.Error("it depends on the case")
	}
}

// With -json an auditor recomputes every hash himself.
func TestHashesFollowFromTheLinesOfJSON(t *testing.T) {
	log := recorded(t)
	heads := map[string]eventstore.Head{}
	var positions []eventstore.Position
	for line := range strings.Lines(replay(t, tampered{log: log}, request, ReplayOptions{JSON: true})) {
		var l struct {
			Position       eventstore.Position
			Stream         string
			Revision       eventstore.Revision
			EventID        uuid.UUID
			Type, Hash     string
			Data, Metadata jsontext.Value
		}
		check(t, json.Unmarshal([]byte(line), &l, json.MatchCaseInsensitiveNames(true)))
		positions = append(positions, l.Position)
		head, known := heads[l.Stream]
		if !known {
			head = eventstore.Empty
		}
		sum := eventstore.Chain(head.Hash, l.Stream, l.Revision, eventstore.Proposed{
			ID: l.EventID, Type: l.Type, Data: l.Data, Metadata: l.Metadata,
		})
		// The calendar also holds another request's event, which is not shown.
		if l.Revision == head.Revision+1 && sum.String() != l.Hash {
			t.Errorf("position %d: the line gives %s, the log has %s", l.Position, sum, l.Hash)
		}
		heads[l.Stream] = eventstore.Head{Revision: l.Revision, Hash: sum}
	}
	if !slices.Equal(positions, []eventstore.Position{2, 4, 5, 6, 8, 9}) {
		t.Errorf("it shows the positions %v", positions)
	}
}

func TestAHistoryOfNothingIsARejection(t *testing.T) {
	var out bytes.Buffer
	err := Replay(t.Context(), tampered{log: recorded(t)}, uuid.NewString(), &out, ReplayOptions{})
	if r, ok := errors.AsType[*decider.Rejection](err); !ok || r.Code != "SUPPORT_REQUEST_UNKNOWN" || out.Len() > 0 {
		t.Errorf("got %v and %q", err, out.String())
	}
}

// A damaged history ends at the damage; another request's is told whole.
func TestAHistoryEndsAtADamage(t *testing.T) {
	log := recorded(t)
	log[5].Data = []byte(`{"acceptedAt":"2026-11-24T08:00:04Z"}`)
	var out bytes.Buffer
	err := Replay(t.Context(), tampered{log: log}, request, &out, ReplayOptions{})
	if c := damage(t, err); c.Position != 6 {
		t.Errorf("it names %v", c)
	}
	if s := out.String(); !strings.Contains(s, "consent.given.v1") || strings.Contains(s, "request.accepted.v1") {
		t.Errorf("it tells\n%s", s)
	}
	replay(t, tampered{log: log}, other, ReplayOptions{})
}

func TestWhatStandsInTheLogDoesNotSteerTheTerminal(t *testing.T) {
	store := memory.New()
	t.Cleanup(func() { _ = store.Close() })
	record(t, store, []entry{{
		stream: "request-\x1b[2J", correlation: request, actor: eventstore.Actor{Kind: "service", ID: "\x1b]0;x\x07"},
		types: []string{"x\u202e.v1"}, data: []string{`{"a\u001bb":"\u001b[31m","n":-1.5e3,"o":{"p":[true,null]}}`},
	}})
	out := replay(t, store, request, ReplayOptions{})
	for _, r := range out {
		if r != '\n' && (r < ' ' || r == '\u202e') {
			t.Fatalf("it prints %q:\n%q", r, out)
		}
	}
	for _, want := range []string{"n    -1.5e3\n", "{p: [true, null]}"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}
