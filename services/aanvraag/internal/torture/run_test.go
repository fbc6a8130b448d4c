package torture

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// tried is a program that ends in a way of its own.
func tried(end error) Program {
	return Program{Name: "tried", Unit: "tries", Quick: 3, Long: 30, Run: func(_ context.Context, t *Try) error {
		for t.More() {
			t.Count("lost", 0)
			t.Longest("slowest recovery", 1500*time.Microsecond)
			t.Did(1)
		}
		return end
	}}
}

func TestAVerdictSaysHowAProgramEnded(t *testing.T) {
	for _, c := range []struct {
		end  error
		want Verdict
		only bool // that this machine does not permit something
	}{
		{nil, VerdictHeld, false},
		{broken("two events at revision %d", 7), VerdictBroken, false},
		{fmt.Errorf("a part: %w", &Harness{"nothing was lost"}), VerdictHarness, false},
		{&NotRun{"no loop devices"}, VerdictNotRun, true},
		{errors.New("disk on fire"), VerdictFailed, false},
	} {
		r, err := RunOne(t.Context(), Config{Quick: true, Seed: 42, Dir: t.TempDir()}, tried(c.end))
		if r.Verdict != c.want || !errors.Is(err, c.end) || r.Rounds != 3 || r.Seed != 42 {
			t.Errorf("%v gives %+v, %v", c.end, r, err)
		}
		if OnlyNotRun(err) != c.only {
			t.Errorf("%v: only not run: %v", c.end, !c.only)
		}
		line := r.String()
		for _, part := range []string{"tried", string(c.want), "3 tries", "lost 0", "slowest recovery 1.5 ms", "seed 42", r.Why} {
			if !strings.Contains(line, part) {
				t.Errorf("the line %q lacks %q", line, part)
			}
		}
	}
}

func TestOneBrokenInvariantAmongProgramsThatDidNotRunCounts(t *testing.T) {
	notRun := fmt.Errorf("powercut: %w", &NotRun{"no root"})
	if !OnlyNotRun(errors.Join(notRun, notRun)) || OnlyNotRun(errors.Join(notRun, broken("a lost event"))) {
		t.Error("a machine that does not permit something hides a broken invariant, or is one")
	}
}

func TestRoundsAndDurationBoundAProgram(t *testing.T) {
	for want, cfg := range map[int]Config{
		3:  {Quick: true},
		30: {},
		7:  {Rounds: 7, Quick: true},
		0:  {Rounds: 7, Duration: time.Nanosecond},
	} {
		cfg.Dir = t.TempDir()
		r, err := RunOne(t.Context(), cfg, tried(nil))
		if err != nil || r.Rounds != want {
			t.Errorf("%+v: %d rounds, want %d, %v", cfg, r.Rounds, want, err)
		}
		if left, _ := os.ReadDir(cfg.Dir); len(left) > 0 {
			t.Errorf("it leaves %v behind", left)
		}
	}
}

func TestAnUnknownNameIsRefused(t *testing.T) {
	if err := Run(t.Context(), Config{Names: []string{"nonsense"}}); !errors.Is(err, ErrUnknown) {
		t.Errorf("a run of nonsense answers %v", err)
	}
	if err := Main(t.Context(), []string{"nonsense/part"}); !errors.Is(err, ErrUnknown) {
		t.Errorf("a part of nonsense answers %v", err)
	}
}

func TestJSONIsOneDocument(t *testing.T) {
	var out bytes.Buffer
	err := Run(t.Context(), Config{Names: []string{"tamper"}, Rounds: 50, Seed: 9, Dir: t.TempDir(), JSON: true, Out: &out})
	var results []Result
	if err := errors.Join(err, json.Unmarshal(out.Bytes(), &results)); err != nil {
		t.Fatal(err)
	}
	if len(results) != 1 || results[0].Program != "tamper" || results[0].Verdict != VerdictHeld || results[0].Rounds < 50 || len(results[0].Figures) == 0 {
		t.Errorf("results %+v", results)
	}
}

func TestNamesAreUniqueAndEveryPartBelongsToOneProgram(t *testing.T) {
	names := map[string]bool{}
	for _, p := range Programs() {
		if names[p.Name] || p.Name == "" || p.Title == "" || p.Unit == "" || p.Quick <= 0 || p.Long <= p.Quick || p.Run == nil {
			t.Errorf("program %q is not whole, or doubled", p.Name)
		}
		names[p.Name] = true
		for part := range p.Parts {
			if names[part] || !strings.HasPrefix(part, p.Name+"/") {
				t.Errorf("part %q is not of %q alone", part, p.Name)
			}
			names[part] = true
		}
	}
}
