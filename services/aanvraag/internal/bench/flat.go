package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"aanvraag.internal/services/aanvraag/internal/bench/tally"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore/sqlite"
)

// flat measures whether a command (load, fold, decide, append) costs the same on a
// long stream as on a short one, and in a log of many streams as in one of few. It
// runs on the engine in this process, one command after another. The time of one is
// mostly that of its sync, so its processor time stands beside it and tells more.
//
// "cold" is the first command on a stream since the log was opened, which reads all
// of it; "warm" are later ones. Commands on streams of different lengths take turns.
func flat(ctx context.Context, b *bench) ([]Result, error) {
	out, err := b.byLength(ctx)
	if err != nil {
		return nil, fmt.Errorf("by length: %w", err)
	}
	more, err := b.byNumber(ctx)
	if err != nil {
		return nil, fmt.Errorf("by number: %w", err)
	}
	return append(out, more...), nil
}

// flatStreams are how many streams there are of each length: enough that the
// commands measured do not make them longer by more than a few events.
const flatStreams = 64

func (b *bench) byLength(ctx context.Context) (_ []Result, err error) {
	path, lengths, all := b.path("lengths.db"), b.Sizes.Lengths, 0
	for _, n := range lengths {
		all += n * flatStreams
	}
	store, err := sqlite.Open(path)
	if err != nil {
		return nil, err
	}
	bar := b.bar("write long streams", all)
	for _, n := range lengths {
		err = errors.Join(err, fill(ctx, store, fmt.Sprintf("%d-", n), flatStreams, n, bar))
	}
	bar.end()
	if err := errors.Join(err, store.Close()); err != nil {
		return nil, err
	}
	if store, err = sqlite.Open(path); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	commands := tallies(store)
	cold, warm := make([]effort, len(lengths)), make([]effort, len(lengths))
	bar = b.bar("commands on them", len(lengths)*(1+b.Sizes.Rounds))
	defer bar.end()
	for round := range 1 + b.Sizes.Rounds {
		for i, n := range lengths {
			into := &warm[i]
			if round == 0 {
				into = &cold[i]
			}
			for stream := range flatStreams {
				if err := into.count(ctx, commands, fmt.Sprintf("%d-%d", n, stream)); err != nil {
					return nil, err
				}
			}
			bar.add(1)
		}
	}
	var out []Result
	for _, each := range []struct {
		name    string
		efforts []effort
	}{{"cold", cold}, {"warm", warm}} {
		var results []Result
		for i, n := range lengths {
			results = append(results, each.efforts[i].result(fmt.Sprintf("stream=%s/length=%d", each.name, n)))
		}
		out = append(out, againstFirst(results)...)
	}
	return out, nil
}

// byNumber measures commands on streams that nobody used since the log was opened,
// and that follow no order, and on new ones.
func (b *bench) byNumber(ctx context.Context) (_ []Result, err error) {
	numbers := []int{b.Sizes.FewStreams, b.Sizes.ManyStreams}
	bar := b.bar("write many streams", numbers[0]+numbers[1])
	defer bar.end()
	var logs []*command.Aggregate[tally.State, tally.Event]
	for _, n := range numbers {
		path := b.path(fmt.Sprintf("streams-%d.db", n))
		store, err := sqlite.Open(path)
		if err != nil {
			return nil, err
		}
		if err := errors.Join(fill(ctx, store, "", n, 1, bar), store.Close()); err != nil {
			return nil, err
		}
		if store, err = sqlite.Open(path); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, store.Close()) }()
		logs = append(logs, tallies(store))
	}
	standing, fresh := make([]effort, len(numbers)), make([]effort, len(numbers))
	for at := range b.Sizes.FewStreams {
		for i, n := range numbers {
			// A prime steps through all streams in no order that a page would follow.
			if err := standing[i].count(ctx, logs[i], strconv.Itoa(at*7919%n)); err != nil {
				return nil, err
			}
			if err := fresh[i].count(ctx, logs[i], strconv.Itoa(n+at)); err != nil {
				return nil, err
			}
		}
	}
	var out []Result
	for _, each := range []struct {
		name    string
		efforts []effort
	}{{"standing", standing}, {"new", fresh}} {
		var results []Result
		for i, n := range numbers {
			results = append(results, each.efforts[i].result(fmt.Sprintf("stream=%s/streams=%d", each.name, n)))
		}
		out = append(out, againstFirst(results)...)
	}
	return out, nil
}

// effort is what some commands took.
type effort struct {
	times []time.Duration
	cpu   time.Duration
}

// count executes one command.
func (e *effort) count(ctx context.Context, on *command.Aggregate[tally.State, tally.Event], id string) error {
	began, cpu := now(), ownCPU()
	if _, err := on.Execute(ctx, id, envelope(uuid.New()), tally.Count{Counted: note}); err != nil {
		return err
	}
	e.times = append(e.times, time.Since(began))
	e.cpu += ownCPU() - cpu
	return nil
}

func (e *effort) result(name string) Result {
	slices.Sort(e.times)
	r := Result{Name: name, N: len(e.times)}
	r.add(quantile(e.times, 0.5), "p50-us")
	r.add(micros(e.cpu)/float64(len(e.times)), "cpu-us/command")
	return r
}

// againstFirst adds how the results compare with the first of them.
func againstFirst(results []Result) []Result {
	for i := range results {
		for _, unit := range []string{"p50-us", "cpu-us/command"} {
			results[i].add(results[i].value(unit)/results[0].value(unit), "x-first-"+unit)
		}
	}
	return results
}
