package intake

import (
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/platform/vault"
)

// said keeps what the service logs.
type said struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// legal answers for the legal role's service, and tells each time that it was asked.
type legal struct {
	mu    sync.Mutex
	held  bool
	fault error
	asked chan string
}

func (l *legal) answer(id string) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.asked <- id:
	default:
	}
	return l.held, l.fault
}

func (l *legal) say(held bool, fault error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held, l.fault = held, fault
}

func (l *legal) await(t *testing.T, id string) {
	t.Helper()
	select {
	case got := <-l.asked:
		if got != id {
			t.Fatalf("asked for %s, not %s", got, id)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it was not asked")
	}
}

func (d *desk) refer(held bool, fault error) *legal {
	d.t.Helper()
	d.stop()
	l := &legal{held: held, fault: fault, asked: make(chan string, 1000)}
	d.asked.held = l.answer
	d.begin()
	return l
}

func TestD06TheKeysOfAHeldDraftWaitAndNothingSaysWhy(t *testing.T) {
	d := open(t, monday)
	var log said
	d.house.Log = slog.New(slog.NewTextHandler(&log, nil))
	l := d.refer(true, nil)
	id := d.draft(call()).GetSupportRequest().GetSupportRequestId()
	d.advance(24 * time.Hour)
	for range 3 { // at once, and then every hour
		l.await(t, id)
		d.advance(tryAgain)
	}
	if !d.keyExists(id, vault.Operational) {
		t.Fatal("the key is gone")
	}
	if got := d.types(id); got != "drafted link_issued expired" {
		t.Fatal(got)
	}
	// Whoever looks sees what he would see if they were gone.
	ask := &intakev1.GetSupportRequestRequest{SupportRequestId: id, IncludePersonalData: true}
	left, err := d.dispatcher().GetSupportRequest(t.Context(), ask)
	check(t, err)
	if r := left.GetSupportRequest(); r.GetState() != expired || r.GetParty() != nil || r.GetProblem() != "" {
		t.Error(r)
	}
	if text := log.String(); strings.Contains(text, id) {
		t.Errorf("it logs %s", text)
	}
	l.say(false, nil)
	d.advance(tryAgain)
	d.await(id, 2)
	if got := d.types(id); got != "drafted link_issued expired keys_destroyed" {
		t.Fatal(got)
	}
	if d.keyExists(id, vault.Operational) || d.keyExists(id, vault.Fiscal) {
		t.Error("there is a key left")
	}
}

func TestD06WithoutAnAnswerTheKeysOfADraftStay(t *testing.T) {
	d := open(t, monday)
	l := d.refer(false, errors.New("away"))
	id := d.draft(call()).GetSupportRequest().GetSupportRequestId()
	d.advance(24 * time.Hour)
	l.await(t, id)
	l.await(t, id) // the answer of the first try did not let them go
	if !d.keyExists(id, vault.Operational) {
		t.Error("the key is gone")
	}
	l.say(false, nil)
	d.await(id, 2)
	if got := d.types(id); got != "drafted link_issued expired keys_destroyed" {
		t.Fatal(got)
	}
}
