package torture

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Config says what is run, for how long, and where.
type Config struct {
	// Program starts this program again: its file, and whatever must stand before
	// the arguments "torture --part NAME -- …", which lead to [Main].
	Program  []string
	Names    []string      // of programs; none: all of them
	Rounds   int           // of each; default: until Duration is over, or else its long form
	Quick    bool          // each in the form that the tests run
	Duration time.Duration // of each, at most; default: no matter how long
	Seed     uint64        // 0: any
	Dir      string        // on the disk to try; default: the one for temporary files
	JSON     bool          // one document on Out, at the end; default: a line a program
	Out      io.Writer     // results
	Err      io.Writer     // progress, when it is a terminal
}

// Verdict is how a run ended.
type Verdict string

// The verdicts.
const (
	VerdictHeld    Verdict = "held"      // the invariants did
	VerdictBroken  Verdict = "BROKEN"    // one of them did not
	VerdictHarness Verdict = "BLIND"     // a control group did not lose what it must
	VerdictNotRun  Verdict = "not run"   // this machine does not permit it
	VerdictFailed  Verdict = "no result" // something else went wrong
)

// Result is what a run gave. Seconds is how long it took.
type Result struct {
	Program string   `json:"program"`
	Verdict Verdict  `json:"verdict"`
	Why     string   `json:"why,omitempty"` // of a verdict other than held
	Seed    uint64   `json:"seed"`
	Rounds  int      `json:"rounds"`
	Unit    string   `json:"unit"`
	Seconds float64  `json:"seconds"`
	Figures []Figure `json:"figures"`
}

// Run runs the programs, one after another, and answers the errors of all. Where the
// only ones are [*NotRun], so is the answer.
func Run(ctx context.Context, cfg Config) error {
	programs, err := choose(cfg.Names)
	if err != nil {
		return err
	}
	results, errs := []Result{}, []error{}
	for _, p := range programs {
		r, err := RunOne(ctx, cfg, p)
		results = append(results, r)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", p.Name, err))
		}
		if !cfg.JSON {
			fmt.Fprintln(cfg.Out, r)
		}
		if ctx.Err() != nil {
			break
		}
	}
	if cfg.JSON {
		encoder := json.NewEncoder(cfg.Out)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(results); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func choose(names []string) ([]Program, error) {
	all := Programs()
	if len(names) == 0 {
		return all, nil
	}
	var chosen []Program
	for _, name := range names {
		i := slices.IndexFunc(all, func(p Program) bool { return p.Name == name })
		if i < 0 {
			var known []string
			for _, p := range all {
				known = append(known, p.Name)
			}
			return nil, fmt.Errorf("%w: %q is none of %s", ErrUnknown, name, strings.Join(known, ", "))
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// RunOne runs one program. Its error is also what the verdict says.
func RunOne(ctx context.Context, cfg Config, p Program) (Result, error) {
	began := startWatch()
	if cfg.Seed == 0 {
		cfg.Seed = rand.Uint64N(1 << 32) //nolint:gosec // to be repeated, not to be secret
	}
	t := &Try{Seed: cfg.Seed, program: cfg.Program, rounds: rounds(cfg, p)}
	if cfg.Duration > 0 {
		t.until = began.began.Add(cfg.Duration)
	}
	t.bar = newBar(cfg.Err, p.Name, t.rounds)
	err := t.run(ctx, cfg.Dir, p)
	t.bar.end()
	r := Result{
		Program: p.Name, Verdict: VerdictHeld, Seed: t.Seed, Rounds: t.done, Unit: p.Unit,
		Seconds: began.took().Seconds(), Figures: t.figures,
	}
	if err != nil {
		r.Verdict, r.Why = verdict(err), err.Error()
	}
	return r, err
}

func rounds(cfg Config, p Program) int {
	switch {
	case cfg.Rounds > 0:
		return cfg.Rounds
	case cfg.Quick:
		return p.Quick
	case cfg.Duration > 0:
		return int(^uint(0) >> 1)
	}
	return p.Long
}

func (t *Try) run(ctx context.Context, dir string, p Program) (err error) {
	if t.Dir, err = os.MkdirTemp(dir, "aanvraag-torture-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(t.Dir)) }()
	if t.Dir, err = filepath.Abs(t.Dir); err != nil {
		return err
	}
	if err := p.Run(ctx, t); err != nil {
		return err
	}
	return ctx.Err()
}

func verdict(err error) Verdict {
	switch {
	case errors.As(err, new(*Broken)):
		return VerdictBroken
	case errors.As(err, new(*Harness)):
		return VerdictHarness
	case errors.As(err, new(*NotRun)):
		return VerdictNotRun
	}
	return VerdictFailed
}

// OnlyNotRun tells whether all that is wrong is that this machine does not permit
// something.
func OnlyNotRun(err error) bool {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return !slices.ContainsFunc(joined.Unwrap(), func(e error) bool { return !OnlyNotRun(e) })
	}
	return verdict(err) == VerdictNotRun
}

// String is the result's line.
func (r Result) String() string {
	line := fmt.Sprintf("%-13s %-8s %d %s", r.Program, r.Verdict, r.Rounds, r.Unit)
	var lineSb182 strings.Builder
	for _, f := range r.Figures {
		lineSb182.WriteString(", " + f.Name + " " + strconv.FormatFloat(f.Value, 'f', -1, 64))
		if f.Unit != "" {
			lineSb182.WriteString(" " + f.Unit)
		}
	}
	line += lineSb182.String()
	line += fmt.Sprintf(" (%.1f s, seed %d)", r.Seconds, r.Seed)
	if r.Why != "" {
		line += "\n  " + r.Why
	}
	return line
}
