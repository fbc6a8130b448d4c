package torture

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// Try is one run of a program. It is safe for concurrent use.
type Try struct {
	// Dir is an empty directory of the run's own, removed after it.
	Dir string
	// Seed decides what is random; what runs at the same time is not in its hands.
	Seed uint64

	program []string // how to start this program again, see Config
	rounds  int
	until   time.Time // zero: no matter how long
	bar     *bar
	tell    func(word) // of a half that runs aside, else nil

	mu      sync.Mutex
	done    int
	figures []Figure
}

// Figure is one thing that was counted or measured. Units: none for what is
// counted, "ms" for what took time.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit,omitempty"`
}

// Rand is a source of its own for each use, so that one use does not shift another.
func (t *Try) Rand(use uint64) *rand.Rand {
	return rand.New(rand.NewPCG(t.Seed, use)) //nolint:gosec // to be repeated, not to be secret
}

// More tells whether another round is to begin.
func (t *Try) More() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.done < t.rounds && (t.until.IsZero() || time.Until(t.until) > 0)
}

// Left is how many rounds are still to be done.
func (t *Try) Left() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return max(0, t.rounds-t.done)
}

// Did counts rounds.
func (t *Try) Did(rounds int) {
	t.mu.Lock()
	t.done += rounds
	t.mu.Unlock()
	t.bar.add(rounds)
	if t.tell != nil {
		t.tell(word{Did: rounds})
	}
}

// mustBreak runs a control group, whose figures count for nothing. It answers a
// [*Harness] when the group passes for whole.
func (t *Try) mustBreak(group string, run func(*Try) error) error {
	err := run(&Try{Dir: t.Dir, Seed: t.Seed, program: t.program, bar: &bar{}})
	switch {
	case errors.As(err, new(*Broken)):
		t.Count("control groups found out", 1)
		return nil
	case err != nil:
		return fmt.Errorf("control group: %s: %w", group, err)
	}
	return &Harness{group + " passes for whole"}
}

// Count adds to a figure.
func (t *Try) Count(name string, n int) {
	if t.tell != nil {
		t.tell(word{Count: name, N: n})
	}
	t.figure(name, "", func(v float64) float64 { return v + float64(n) })
}

// Longest keeps the greatest duration of a figure.
func (t *Try) Longest(name string, d time.Duration) {
	if t.tell != nil {
		t.tell(word{Longest: name, Took: d})
	}
	t.figure(name, "ms", func(v float64) float64 { return max(v, float64(d.Microseconds())/1000) })
}

// watch measures how long something real takes. It decides nothing.
type watch struct{ began time.Time }

func startWatch() watch { return watch{time.Now()} }

func (w watch) took() time.Duration { return time.Since(w.began) }

func (t *Try) figure(name, unit string, change func(float64) float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.figures {
		if t.figures[i].Name == name {
			t.figures[i].Value = change(t.figures[i].Value)
			return
		}
	}
	t.figures = append(t.figures, Figure{name, change(0), unit})
}

// pause waits, or answers the error of a context that ends before.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
