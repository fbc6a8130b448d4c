package run_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"aanvraag.internal/services/platform/run"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var quiet = slog.New(slog.DiscardHandler)

// diary is what happened, in order.
type diary struct {
	mu      sync.Mutex
	entries []string
}

func (d *diary) add(entry string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.entries = append(d.entries, entry)
}

// part notes when it starts and stops; it is ready at once.
func (d *diary) part(name string) run.Part {
	ready := make(chan struct{})
	return run.Part{Name: name, Ready: ready, Run: func(ctx context.Context) error {
		d.add("start " + name)
		close(ready)
		<-ctx.Done()
		d.add("stop " + name)
		return nil
	}}
}

func TestPartsStartInOrderAndStopInReverse(t *testing.T) {
	var d diary
	ctx, stop := context.WithCancel(t.Context())
	last := run.Part{Name: "last", Run: func(ctx context.Context) error {
		stop()
		<-ctx.Done()
		return nil
	}}
	if err := run.InOrder(ctx, quiet, d.part("log"), run.Group("services", d.part("intake")), d.part("door"), last); err != nil {
		t.Fatal(err)
	}
	want := []string{"start log", "start intake", "start door", "stop door", "stop intake", "stop log"}
	if !slices.Equal(d.entries, want) {
		t.Errorf("%v", d.entries)
	}
}

func TestAPartThatFailsStopsTheOthers(t *testing.T) {
	broken := errors.New("broken")
	for name, failing := range map[string]run.Part{
		"alone":      {Name: "bad", Run: func(context.Context) error { return broken }},
		"in a group": run.Group("group", run.Part{Name: "bad", Run: func(context.Context) error { return broken }}),
		"unready":    {Name: "bad", Ready: make(chan struct{}), Run: func(context.Context) error { return broken }},
	} {
		var d diary
		err := run.InOrder(t.Context(), quiet, d.part("log"), failing)
		if !errors.Is(err, broken) || !slices.Contains(d.entries, "stop log") {
			t.Errorf("%s: %v, %v", name, err, d.entries)
		}
	}
}

func TestAPartThatEndsByItselfIsAFault(t *testing.T) {
	var d diary
	if err := run.InOrder(t.Context(), quiet, d.part("log"), run.Part{Name: "idle", Run: func(context.Context) error { return nil }}); err == nil {
		t.Error("nobody noticed")
	}
}
