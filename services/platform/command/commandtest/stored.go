// Package commandtest holds what every recorded event must keep, whatever its
// chamber.
package commandtest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/decider"
)

// Stored tries data under each recorded name of an aggregate, on top of every state
// that its stories go through.
func Stored[S any, E decider.Event[S]](told []Line, samples []E) func(*testing.T, []byte) {
	codec := command.NewCodec[S](samples)
	left := make([]S, 1, 64)
	for _, s := range told {
		if e, err := codec.Decode(s.Name, []byte(s.Data)); err == nil {
			left = append(left, e.Evolve(left[len(left)-1]))
		}
	}
	return func(t *testing.T, data []byte) {
		for _, sample := range samples {
			name := sample.EventType()
			e, err := codec.Decode(name, data)
			if err != nil {
				continue
			}
			first, err := codec.Encode(e)
			if err != nil {
				t.Fatalf("%s %s was read and cannot be written: %v", name, data, err)
			}
			again, err := codec.Decode(name, first)
			if err != nil {
				t.Fatalf("%s %s was written as %s, which cannot be read: %v", name, data, first, err)
			}
			if second, err := codec.Encode(again); err != nil || !bytes.Equal(first, second) {
				t.Fatalf("%s %s was written as %s, then as %s (%v)", name, data, first, second, err)
			}
			for _, more := range []string{`{"no such member":0,` + string(first[1:]), string(data) + "{}"} {
				if _, err := codec.Decode(name, []byte(more)); err == nil {
					t.Fatalf("%s %s was read", name, more)
				}
			}
			// States are kept and shared: another event from the same state must
			// not reach into this one. Some more, so that a list has room behind it.
			states := slices.Clone(left)
			for range 3 {
				states = append(states, e.Evolve(states[len(states)-1]))
			}
			for _, state := range states {
				before := fmt.Sprintf("%+v", state)
				next := e.Evolve(state)
				after := fmt.Sprintf("%+v", next)
				sample.Evolve(state)
				sample.Evolve(next)
				if fmt.Sprintf("%+v", state) != before || fmt.Sprintf("%+v", next) != after {
					t.Fatalf("%s %s changes a state that stood before it", name, data)
				}
			}
		}
	}
}

// Line is an event of a story.
type Line struct{ Name, Data string }

// Stories are the events of every story of the chambers below the working directory.
func Stories(f *testing.F) []Line {
	f.Helper()
	files, err := filepath.Glob("internal/*/testdata/*.story")
	if err != nil || len(files) == 0 {
		f.Fatalf("no stories (%v)", err)
	}
	var out []Line
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			number, event, _ := strings.Cut(strings.TrimSpace(line), " ")
			if name, data, ok := strings.Cut(event, " "); ok && number != "" && strings.Trim(number, "0123456789") == "" {
				out = append(out, Line{name, data})
			}
		}
	}
	return out
}
