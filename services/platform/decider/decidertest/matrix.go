package decidertest

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aanvraag.internal/services/platform/decider"
)

// Matrix decides every command in every state and compares the answers with
// testdata/matrix.txt, one line per pair: the events that follow, or the
// rejection's code. states names a history that leads to each state. With -update
// the file is written anew, for a person to read.
func (c Chamber[S, E]) Matrix(t *testing.T, states map[string][]E, commands map[string]decider.Command[S, E]) {
	t.Helper()
	for name := range c.Commands {
		if _, tried := commands[name]; !tried {
			t.Errorf("the command %q is missing from the matrix", name)
		}
	}
	var out strings.Builder
	fmt.Fprintln(&out, "# What each command does in each state; \"=\" means that nothing happens.")
	for _, state := range slices.Sorted(maps.Keys(states)) {
		fmt.Fprintf(&out, "\n%s\n", state)
		for _, name := range slices.Sorted(maps.Keys(commands)) {
			events, err := Pure(t, states[state], commands[name])
			fmt.Fprintf(&out, "  %-24s %s\n", name, answer(t, events, err))
		}
	}
	golden(t, filepath.Join("testdata", "matrix.txt"), out.String())
}

func answer[E interface{ EventType() string }](t *testing.T, events []E, err error) string {
	t.Helper()
	if err != nil {
		var r *decider.Rejection
		if !errors.As(err, &r) {
			t.Fatalf("not a rejection: %v", err)
		}
		return "! " + r.Code + " (" + r.Rule + ")"
	}
	if len(events) == 0 {
		return "="
	}
	names := make([]string, len(events))
	for i, e := range events {
		names[i] = e.EventType()
	}
	return strings.Join(names, ", ")
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	want, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if string(want) == got {
		return
	}
	if !*update {
		t.Fatalf("%s says something else; it is now:\n%s", file, got)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
		t.Fatal(err)
	}
}
