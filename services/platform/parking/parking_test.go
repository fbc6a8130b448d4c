package parking_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/parking"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	pair = parking.ID{Listener: "notification", Service: "billing", Stream: "invoice-1"}
)

func place(revision int64) parking.Place {
	return parking.Place{
		EventID: eventstore.EventID("invoice-1", uuid.Nil, int(revision)).String(), Type: "aanvraag.billing.v1.InvoiceIssued",
		Revision: revision, Previous: revision - 1, Tries: 10, Reason: "CONSENT_MISSING (O-07)", Correlation: "7f3c",
	}
}

func open(t *testing.T) (*memory.Store, *parking.Lot) {
	t.Helper()
	store := memory.New()
	t.Cleanup(func() { _ = store.Close() })
	return store, parking.New(store, clock.NewFrozen(noon, nil))
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func operator() command.Envelope {
	return command.Envelope{
		CommandID: uuid.New(), Fingerprint: []byte{1}, Correlation: "7f3c", DecidedAt: noon.Add(time.Hour),
		Actor: eventstore.Actor{Kind: "administrator", ID: "ada", Authentication: "token"},
	}
}

func TestAnIDIsReadAsItIsWritten(t *testing.T) {
	for _, stream := range []string{"invoice-1", "adopted-intake.calendar", "a.b.c", "unreadable-1-2", "."} {
		id := parking.ID{Listener: "notification", Service: "billing", Stream: stream}
		if got, err := parking.ParseID(id.String()); err != nil || got != id {
			t.Errorf("%s became %+v (%v)", id, got, err)
		}
		_, lot := open(t)
		if got, err := parking.ParseStream(lot.Stream(id)); err != nil || got != id {
			t.Errorf("%s became %+v (%v)", lot.Stream(id), got, err)
		}
	}
	for _, text := range []string{"", ".", "a.b", "a.b.", "a..c", ".b.c", "Notification.billing.x", "a b.c.d", "invoice-1"} {
		if got, err := parking.ParseID(text); err == nil {
			t.Errorf("%q became %+v", text, got)
		}
	}
	if _, err := parking.ParseStream("invoice-1"); err == nil {
		t.Error("an invoice is a pair")
	}
}

// Protection: the command's id follows from the event (R2), and the chamber parks
// a pair that is held no more.
func TestR5ReplicasParkAnEventOnce(t *testing.T) {
	store, lot := open(t)
	other := parking.New(store, clock.NewFrozen(noon.Add(time.Second), nil))
	check(t, lot.Park(t.Context(), pair, place(3), nil))
	check(t, other.Park(t.Context(), pair, place(3), nil))
	check(t, other.Park(t.Context(), pair, place(4), nil))
	steps, err := lot.History(t.Context(), pair)
	check(t, err)
	if len(steps) != 1 || steps[0].Pair.Place != place(3) {
		t.Errorf("recorded %+v", steps)
	}
}

func TestR5TheHistoryTellsWhoDidWhatWhenAndWhy(t *testing.T) {
	_, lot := open(t)
	check(t, lot.Park(t.Context(), pair, place(3), nil))
	_, err := lot.Retry(t.Context(), pair, operator())
	check(t, err)
	failed := place(5)
	failed.Reason = "ILLEGAL_STATE (E-01)"
	check(t, lot.Fail(t.Context(), pair, 1, failed))
	_, err = lot.Skip(t.Context(), pair, operator(), 5, "made by a test of the printer")
	check(t, err)
	check(t, lot.Release(t.Context(), pair, 2, place(9)))
	steps, err := lot.History(t.Context(), pair)
	check(t, err)
	listener := eventstore.Actor{Kind: "service", ID: "notification", Authentication: "in-process"}
	want := []struct {
		name     string
		revision int64
		reason   string
		actor    eventstore.Actor
		at       time.Time
	}{
		{"parking.parked.v1", 3, "CONSENT_MISSING (O-07)", listener, noon},
		{"parking.retried.v1", -1, "", operator().Actor, noon.Add(time.Hour)},
		{"parking.failed.v1", 5, "ILLEGAL_STATE (E-01)", listener, noon},
		{"parking.skipped.v1", 5, "made by a test of the printer", operator().Actor, noon.Add(time.Hour)},
		{"parking.released.v1", 9, "", listener, noon},
	}
	if len(steps) != len(want) {
		t.Fatalf("%d steps", len(steps))
	}
	for i, s := range steps {
		w := want[i]
		if s.Type != w.name || s.Revision != w.revision || s.Reason != w.reason || s.Metadata.Actor != w.actor ||
			!s.Metadata.DecidedAt.Equal(w.at) || s.Metadata.CorrelationID != "7f3c" {
			t.Errorf("step %d is %+v", i, s)
		}
	}
	if p := steps[4].Pair; p.State != parking.Released || p.Through() != 9 || !p.Skips(5) {
		t.Errorf("it ends as %+v", p)
	}
}

func TestNothingIsKnownOfWhatWasNeverParked(t *testing.T) {
	_, lot := open(t)
	_, retry := lot.Retry(t.Context(), pair, operator())
	_, skip := lot.Skip(t.Context(), pair, operator(), 3, "made by a test")
	if !errors.Is(retry, parking.ErrUnknown) || !errors.Is(skip, parking.ErrUnknown) {
		t.Errorf("%v, %v", retry, skip)
	}
	steps, err := lot.History(t.Context(), pair)
	if len(steps) != 0 || err != nil {
		t.Errorf("%v %v", steps, err)
	}
}

// The same wish of an operator is recorded once, and answered alike (P5).
func TestARepeatedWishIsOneWish(t *testing.T) {
	_, lot := open(t)
	check(t, lot.Park(t.Context(), pair, place(3), nil))
	env := operator()
	first, err := lot.Skip(t.Context(), pair, env, 3, "made by a test of the printer")
	check(t, err)
	check(t, lot.Release(t.Context(), pair, 1, place(3)))
	again, err := lot.Skip(t.Context(), pair, env, 3, "made by a test of the printer")
	check(t, err)
	if again.Revision != first.Revision || again.State.State != parking.Retrying {
		t.Errorf("answered %+v, then %+v", first, again)
	}
	env.Fingerprint = []byte{2}
	_, err = lot.Skip(t.Context(), pair, env, 3, "another reason")
	if r, ok := errors.AsType[*decider.Rejection](err); !ok || r.Code != "IDEMPOTENCY_CONFLICT" {
		t.Errorf("answered %v", err)
	}
}

// An unreadable message is about nothing but itself.
func TestWhatNamesNoRequestIsAboutItself(t *testing.T) {
	_, lot := open(t)
	m := parking.Message{Sequence: 17, StoredAt: noon}
	id := parking.ID{Listener: "notification", Service: "billing", Stream: "unreadable-17-1"}
	check(t, lot.Park(t.Context(), id, parking.Place{
		EventID: parking.MessageID("billing", m).String(), Previous: -1, Tries: 1, Reason: "header ce-id is missing",
	}, &m))
	steps, err := lot.History(t.Context(), id)
	check(t, err)
	if got := steps[0].Metadata.CorrelationID; got != "parking-notification.billing.unreadable-17-1" {
		t.Errorf("it is about %q", got)
	}
	later := m
	later.StoredAt = noon.Add(time.Nanosecond)
	if parking.MessageID("billing", m) == parking.MessageID("billing", later) {
		t.Error("two messages share an id")
	}
}
