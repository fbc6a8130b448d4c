package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Format is how results are told.
type Format int

// The formats.
const (
	// Table is for people.
	Table Format = iota
	// JSON is one document with every result.
	JSON
	// Benchstat is what golang.org/x/perf/cmd/benchstat reads.
	Benchstat
)

// Result is what was measured of one thing.
type Result struct {
	// Name is "engine=memory/clients=64": key=value parts, divided by slashes.
	Name string `json:"name"`
	// N is how many operations the figures rest on.
	N       int      `json:"n"`
	Figures []Figure `json:"figures"`
}

// Figure is one measured value. Units hold no space; ratios are "x-" and what they
// are against.
type Figure struct {
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

// add takes a figure in, unless it could not be told here.
func (r *Result) add(value float64, unit string) {
	if !math.IsNaN(value) && !math.IsInf(value, 0) {
		r.Figures = append(r.Figures, Figure{value, unit})
	}
}

// value is a figure by its unit; NaN when it could not be told.
func (r *Result) value(unit string) float64 {
	for _, f := range r.Figures {
		if f.Unit == unit {
			return f.Value
		}
	}
	return math.NaN()
}

// told is one scenario's results as JSON has them.
type told struct {
	Scenario string   `json:"scenario"`
	Title    string   `json:"title"`
	Results  []Result `json:"results"`
}

// report tells results as they come; JSON at the end.
type report struct {
	out    io.Writer
	format Format
	all    []told
}

func newReport(out io.Writer, format Format) *report {
	if format == Benchstat {
		fmt.Fprintf(out, "goos: %s\ngoarch: %s\npkg: aanvraag\n", runtime.GOOS, runtime.GOARCH)
	}
	return &report{out: out, format: format, all: []told{}}
}

func (r *report) add(s scenario, results []Result) error {
	switch r.format {
	case JSON:
		r.all = append(r.all, told{s.name, s.title, results})
		return nil
	case Benchstat:
		return benchstat(r.out, s, results)
	case Table:
	}
	return table(r.out, s, results)
}

func (r *report) end() error {
	if r.format != JSON {
		return nil
	}
	encoder := json.NewEncoder(r.out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		OS        string `json:"os"`
		Arch      string `json:"arch"`
		CPUs      int    `json:"cpus"`
		Scenarios []told `json:"scenarios"`
	}{runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), r.all})
}

func benchstat(out io.Writer, s scenario, results []Result) error {
	for _, r := range results {
		parts := []string{strings.ToUpper(s.name[:1]) + s.name[1:] + "/" + r.Name, strconv.Itoa(r.N)}
		for _, f := range r.Figures {
			parts = append(parts, strconv.FormatFloat(f.Value, 'g', 6, 64), f.Unit)
		}
		if _, err := fmt.Fprintln(out, "Benchmark"+strings.Join(parts, " ")); err != nil {
			return err
		}
	}
	return nil
}

// table has a row for each result and a column for each unit. Results whose units
// differ wholly from those before them begin a table of their own.
func table(out io.Writer, s scenario, results []Result) error {
	fmt.Fprintf(out, "\n%s (%s)\n", s.title, s.name)
	for len(results) > 0 {
		n := 1
		for n < len(results) && alike(results[n-1], results[n]) {
			n++
		}
		if err := block(out, results[:n]); err != nil {
			return err
		}
		results = results[n:]
	}
	return nil
}

func alike(a, b Result) bool {
	return slices.ContainsFunc(a.Figures, func(f Figure) bool { return !math.IsNaN(b.value(f.Unit)) })
}

func block(out io.Writer, results []Result) error {
	var units []string
	for _, r := range results {
		for _, f := range r.Figures {
			if !slices.Contains(units, f.Unit) {
				units = append(units, f.Unit)
			}
		}
	}
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s\t%s\n", "", strings.Join(units, "\t"))
	for _, r := range results {
		fmt.Fprintf(w, "%s", r.Name)
		for _, u := range units {
			fmt.Fprintf(w, "\t%s", shown(r.value(u)))
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

// shown is a value to about three digits.
func shown(v float64) string {
	switch {
	case math.IsNaN(v):
		return "n/a"
	case math.Abs(v) >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case math.Abs(v) >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}
