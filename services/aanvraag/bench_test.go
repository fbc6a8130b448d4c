package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"aanvraag.internal/services/aanvraag/internal/bench"
)

// tiny is each scenario in as little time as it can be run in at all.
func tiny(t *testing.T, out io.Writer) bench.Config {
	t.Helper()
	return bench.Config{
		Program: os.Args[0], Env: append(os.Environ(), asChild+"=1"), Dir: t.TempDir(), Out: out, Err: io.Discard,
		Sizes: bench.Sizes{
			Clients: []int{1, 2}, Rounds: 1, Slice: 100 * time.Millisecond, Warm: 500 * time.Millisecond,
			FewEvents: 100, Events: 600, Starts: 1, Lag: 200 * time.Millisecond,
			Read: 20, Lengths: []int{1, 10}, FewStreams: 20, ManyStreams: 200,
		},
	}
}

// measured is what --json prints.
type measured struct {
	Scenarios []struct {
		Scenario string         `json:"scenario"`
		Results  []bench.Result `json:"results"`
	} `json:"scenarios"`
}

// Every scenario runs, tells figures above zero, and leaves nothing on the disk.
func TestEachScenarioTellsWhatItMeasured(t *testing.T) {
	var out bytes.Buffer
	cfg := tiny(t, &out)
	cfg.Format = bench.JSON
	if err := bench.Run(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	var got measured
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	var names []string
	for _, s := range got.Scenarios {
		names = append(names, s.Scenario)
		if len(s.Results) == 0 {
			t.Errorf("%s has no results", s.Scenario)
		}
		for _, r := range s.Results {
			if r.N <= 0 || len(r.Figures) == 0 {
				t.Errorf("%s: %+v", s.Scenario, r)
			}
		}
	}
	if fmt.Sprint(names) != fmt.Sprint(bench.Names()) {
		t.Errorf("%v, want %v", names, bench.Names())
	}
	for _, want := range []struct{ result, unit string }{
		{"engine=sqlite/clients=2", "commands/s"},
		{"engine=sqlite/clients=2", "p99-us"},
		{"engine=sqlite/clients=2/against=memory", "x-commands/s"},
		{"engine=sqlite", "disk-B/event"},
		{"of=views/", "x-scan-and-decode"},
		{"drain/", "events/s"},
	} {
		if figure(got, want.result, want.unit) <= 0 {
			t.Errorf("%s has no %s:\n%s", want.result, want.unit, out.String())
		}
	}
	left(t, cfg.Dir)
}

func figure(in measured, result, unit string) float64 {
	for _, s := range in.Scenarios {
		for _, r := range s.Results {
			for _, f := range r.Figures {
				if strings.HasPrefix(r.Name, result) && f.Unit == unit {
					return f.Value
				}
			}
		}
	}
	return 0
}

func left(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v (%v)", entries, err)
	}
}

// A line for benchstat is a name, how many, and pairs of value and unit; --count
// repeats them.
func TestBenchstatReadsTheLines(t *testing.T) {
	var out bytes.Buffer
	cfg := tiny(t, &out)
	cfg.Format, cfg.Only, cfg.Count = bench.Benchstat, []string{"read"}, 2
	if err := bench.Run(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for line := range strings.Lines(out.String()) {
		fields := strings.Fields(line)
		if !strings.HasPrefix(line, "Benchmark") {
			if !strings.HasSuffix(fields[0], ":") {
				t.Errorf("a line that is no benchmark and no setting: %s", line)
			}
			continue
		}
		seen[fields[0]]++
		if n, err := strconv.Atoi(fields[1]); err != nil || n <= 0 || len(fields) < 4 || len(fields)%2 != 0 {
			t.Errorf("%s: %v", line, err)
		}
		for i := 2; i < len(fields); i += 2 {
			if _, err := strconv.ParseFloat(fields[i], 64); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
	if seen["BenchmarkRead/stream=cold/events=50"] != 2 || seen["BenchmarkRead/stream=warm/events=50"] != 2 {
		t.Errorf("%v", seen)
	}
}

func TestTheTableHasARowForEachResult(t *testing.T) {
	var out bytes.Buffer
	cfg := tiny(t, &out)
	cfg.Only = []string{"read"}
	if err := bench.Run(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"p50-us", "stream=cold/events=50", "stream=warm/events=50"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in\n%s", want, out.String())
		}
	}
}

// Whoever interrupts finds no server and no file left.
func TestAnInterruptedMeasurementLeavesNothing(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	cfg := tiny(t, io.Discard)
	cfg.Only, cfg.Sizes.Slice = []string{"commands"}, time.Hour
	// The warm-up is over when the first clients begin.
	cfg.Err = writer(func(p []byte) {
		if bytes.Contains(p, []byte("1 clients")) {
			interrupt()
		}
	})
	if err := bench.Run(ctx, cfg); !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
	left(t, cfg.Dir)
	for _, command := range running(t) {
		if strings.Contains(command, cfg.Dir) {
			t.Errorf("still running: %s", command)
		}
	}
}

// running are the command lines of all processes, where the system tells.
func running(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range files {
		if text, err := os.ReadFile(f); err == nil { // it may have ended meanwhile
			out = append(out, string(text))
		}
	}
	return out
}

type writer func([]byte)

func (w writer) Write(p []byte) (int, error) {
	w(p)
	return len(p), nil
}

func TestAnUnknownScenarioIsAskedWrongly(t *testing.T) {
	var errs bytes.Buffer
	if status := execute([]string{"bench", "--only", "nonsense"}, streams{out: &bytes.Buffer{}, err: &errs}); status != 2 ||
		!strings.Contains(errs.String(), "rebuild") || !strings.Contains(errs.String(), "hint: ") {
		t.Errorf("status %d: %s", status, errs.String())
	}
}
