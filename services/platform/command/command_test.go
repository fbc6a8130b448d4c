package command_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
)

// A counter is the smallest chamber: it adds, up to a limit.
type (
	counter struct{ Sum int }
	event   = decider.Event[counter]
	added   struct {
		N int `json:"n"`
	}
	add struct{ N, Limit int }
)

func (added) EventType() string          { return "counter.added.v1" }
func (e added) Evolve(c counter) counter { return counter{Sum: c.Sum + e.N} }

func (a add) Decide(c counter) ([]event, error) {
	switch {
	case a.N == 0:
		return nil, nil
	case c.Sum+a.N > a.Limit:
		return nil, &decider.Rejection{Code: "TOO_MUCH", Rule: "X"}
	}
	return []event{added{N: a.N}}, nil
}

func counters(store eventstore.Store) *command.Aggregate[counter, event] {
	return command.New(store, "counter", []event{added{}})
}

func envelope(fingerprint string) command.Envelope {
	return command.Envelope{
		CommandID: uuid.New(), Fingerprint: []byte(fingerprint), Correlation: "r1",
		DecidedAt: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC),
	}
}

const plenty = 1 << 30

func code(err error) string {
	if r, ok := errors.AsType[*decider.Rejection](err); ok {
		return r.Code
	}
	return fmt.Sprint(err)
}

func TestP05TheSameCommandFiftyTimesAtOnceIsOneEvent(t *testing.T) {
	store := memory.New()
	env := envelope("body")
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			got, err := counters(store).Execute(t.Context(), "a", env, add{N: 1, Limit: plenty})
			if err != nil || got.State.Sum != 1 || got.Revision != 0 {
				t.Errorf("%+v (%v)", got, err)
			}
		})
	}
	wg.Wait()
	got, err := counters(store).Load(t.Context(), "a")
	if err != nil || got.State.Sum != 1 || got.Revision != 0 {
		t.Errorf("%+v (%v)", got, err)
	}
}

func TestP05ARepeatGetsTheOldAnswerForEver(t *testing.T) {
	store := memory.New()
	first := envelope("body")
	for _, env := range []command.Envelope{first, envelope("other"), envelope("third")} {
		if _, err := counters(store).Execute(t.Context(), "a", env, add{N: 1, Limit: plenty}); err != nil {
			t.Fatal(err)
		}
	}
	// The rule would refuse it by now; the answer is what it was.
	got, err := counters(store).Execute(t.Context(), "a", first, add{N: 1, Limit: 0})
	if err != nil || got.State.Sum != 1 || got.Revision != 0 || !got.Repeated || len(got.Events) != 1 {
		t.Errorf("%+v (%v)", got, err)
	}
}

func TestP05TheSameKeyWithAnotherBodyIsRefused(t *testing.T) {
	store := memory.New()
	a := counters(store)
	env := envelope("body")
	if _, err := a.Execute(t.Context(), "a", env, add{N: 1, Limit: plenty}); err != nil {
		t.Fatal(err)
	}
	other := env
	other.Fingerprint = []byte("another body")
	if _, err := a.Execute(t.Context(), "a", other, add{N: 2, Limit: plenty}); code(err) != "IDEMPOTENCY_CONFLICT" {
		t.Errorf("same stream: %v", err)
	}
	if _, err := a.Execute(t.Context(), "b", other, add{N: 2, Limit: plenty}); code(err) != "IDEMPOTENCY_CONFLICT" {
		t.Errorf("another entity: %v", err)
	}
	if end, _ := store.End(t.Context()); end != 1 {
		t.Errorf("the log ends at %d", end)
	}
}

func TestP06ExactlyOneOfManyWins(t *testing.T) {
	store := memory.New()
	var mu sync.Mutex
	var won int
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			_, err := counters(store).Execute(t.Context(), "a", envelope("x"), add{N: 1, Limit: 1})
			mu.Lock()
			defer mu.Unlock()
			switch code(err) {
			case "<nil>":
				won++
			case "TOO_MUCH":
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Errorf("%d won", won)
	}
}

func TestP06AStaleRevisionIsRefused(t *testing.T) {
	a := counters(memory.New())
	if _, err := a.Execute(t.Context(), "a", envelope("x"), add{N: 1, Limit: plenty}); err != nil {
		t.Fatal(err)
	}
	env := envelope("y")
	stale := eventstore.NoStream
	env.IfRevision = &stale
	if _, err := a.Execute(t.Context(), "a", env, add{N: 1, Limit: plenty}); code(err) != "REVISION_MISMATCH" {
		t.Error(err)
	}
	current := eventstore.Revision(0)
	env.IfRevision = &current
	if _, err := a.Execute(t.Context(), "a", env, add{N: 1, Limit: plenty}); err != nil {
		t.Error(err)
	}
}

// lossy loses the answer of its first append: stored in one case, not in the other.
type lossy struct {
	eventstore.Store
	stored bool
	once   sync.Once
}

func (l *lossy) Append(ctx context.Context, stream string, after eventstore.Head, events []eventstore.Proposed) (done eventstore.Appended, err error) {
	lost := false
	l.once.Do(func() {
		lost = true
		if l.stored {
			_, err = l.Store.Append(ctx, stream, after, events)
		}
	})
	if lost {
		return done, errors.Join(err, eventstore.ErrOutcomeUnknown)
	}
	return l.Store.Append(ctx, stream, after, events)
}

func TestR3AnUnknownOutcomeIsLookedUpNotRepeated(t *testing.T) {
	for _, stored := range []bool{false, true} {
		store := &lossy{Store: memory.New(), stored: stored}
		got, err := counters(store).Execute(t.Context(), "a", envelope("x"), add{N: 1, Limit: plenty})
		if err != nil || got.State.Sum != 1 || got.Revision != 0 {
			t.Errorf("stored %v: %+v (%v)", stored, got, err)
		}
	}
}

func TestR2EventIdsFollowFromTheCommand(t *testing.T) {
	store := memory.New()
	env := envelope("x")
	got, err := counters(store).Execute(t.Context(), "a", env, add{N: 1, Limit: plenty})
	if err != nil {
		t.Fatal(err)
	}
	if want := eventstore.EventID("counter-a", env.CommandID, 0); got.Events[0].ID != want {
		t.Errorf("event %s, want %s", got.Events[0].ID, want)
	}
}

func TestNothingToDoRecordsNothing(t *testing.T) {
	store := memory.New()
	got, err := counters(store).Execute(t.Context(), "a", envelope("x"), add{})
	if err != nil || got.Revision != eventstore.NoStream || got.Position != 0 {
		t.Errorf("%+v (%v)", got, err)
	}
}

func TestAnUnknownEventTypeStopsTheReader(t *testing.T) {
	store := memory.New()
	_, err := store.Append(t.Context(), "counter-a", eventstore.Empty, []eventstore.Proposed{{
		ID: uuid.New(), Type: "counter.unknown.v1", Data: []byte("{}"), Metadata: []byte("{}"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := counters(store).Load(t.Context(), "a"); err == nil {
		t.Error("an unknown event was skipped")
	}
}

func TestAMemberThatNobodyReadsStopsTheReader(t *testing.T) {
	codec := command.NewCodec[counter]([]event{added{}})
	if _, err := codec.Decode("counter.added.v1", []byte(`{"n":1,"m":2}`)); err == nil {
		t.Error("an unknown member was dropped")
	}
	e, err := codec.Decode("counter.added.v1", []byte(`{"n":1}`))
	if err != nil || !slices.Equal([]event{e}, []event{added{N: 1}}) {
		t.Errorf("%+v (%v)", e, err)
	}
}

// damaged flips a byte of what it reads.
type damaged struct{ eventstore.Store }

func (d damaged) ReadStream(ctx context.Context, stream string, after eventstore.Revision) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		for r, err := range d.Store.ReadStream(ctx, stream, after) {
			r.Data = slices.Clone(r.Data)
			r.Data[len(r.Data)-2]++
			if !yield(r, err) {
				return
			}
		}
	}
}

func TestADamagedEventIsNamedNotUsed(t *testing.T) {
	store := memory.New()
	if _, err := counters(store).Execute(t.Context(), "a", envelope("x"), add{N: 1, Limit: plenty}); err != nil {
		t.Fatal(err)
	}
	_, err := counters(damaged{store}).Execute(t.Context(), "a", envelope("y"), add{N: 1, Limit: plenty})
	var corrupt *eventstore.Corrupt
	if !errors.As(err, &corrupt) || corrupt.Stream != "counter-a" || corrupt.Revision != 0 {
		t.Errorf("%v", err)
	}
}

// What is remembered of a stream is a hint (R6): two processes over one log decide
// on what the log holds, and a command is recognised wherever it was executed.
func TestR6WhatIsRememberedNeverDecides(t *testing.T) {
	store := memory.New()
	here, there := counters(store), counters(store)
	first, second := envelope("one"), envelope("two")
	for _, step := range []struct {
		at   *command.Aggregate[counter, event]
		env  command.Envelope
		cmd  add
		sum  int
		code string
	}{
		{here, first, add{N: 1, Limit: 2}, 1, ""},
		{there, second, add{N: 1, Limit: 2}, 2, ""},
		{here, envelope("three"), add{N: 1, Limit: 2}, 0, "TOO_MUCH"}, // remembered: 1
		{here, second, add{N: 1, Limit: 2}, 2, ""},                    // of the other process
		{there, first, add{N: 1, Limit: 2}, 1, ""},                    // as it was answered then
	} {
		got, err := step.at.Execute(t.Context(), "a", step.env, step.cmd)
		if step.code != "" {
			if code(err) != step.code {
				t.Errorf("%+v: %v", step, err)
			}
			continue
		}
		if err != nil || got.State.Sum != step.sum {
			t.Errorf("%+v: %+v (%v)", step, got, err)
		}
	}
	if end, _ := store.End(t.Context()); end != 2 {
		t.Errorf("the log ends at %d", end)
	}
}
