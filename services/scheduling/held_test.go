package scheduling

import (
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"

	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/vault"
	"aanvraag.internal/services/scheduling/internal/recording"
)

// refer makes the legal role's service answer for a request, and tells each time that
// it was asked.
func (d *desk) refer(request string, answer func() (bool, error)) (asked chan struct{}) {
	asked = make(chan struct{}, 1000)
	d.asked.mu.Lock()
	defer d.asked.mu.Unlock()
	d.asked.held = func(id string) (bool, error) {
		if id != request {
			return false, nil
		}
		asked <- struct{}{}
		return answer()
	}
	return asked
}

func await(t *testing.T, asked <-chan struct{}) {
	t.Helper()
	select {
	case <-asked:
	case <-time.After(20 * time.Second):
		t.Fatal("it was not asked")
	}
}

func (d *desk) keyed(session string) bool {
	d.t.Helper()
	there, err := d.Vault.Exists(d.t.Context(), session, vault.Recording)
	check(d.t, err)
	return there
}

// other lets another request's recording be destroyed, which shows that what was told
// before it was handled, and that only the held one waits.
func (d *desk) other() {
	d.t.Helper()
	r := d.accepted()
	_, err := d.Frozen.Advance(24 * time.Hour)
	check(d.t, err)
	req := starting(d.booked(r, d.Frozen.Now().Add(time.Hour)), true)
	_, err = d.technician().StartSession(d.t.Context(), req)
	check(d.t, err)
	d.has("recording-"+req.GetSessionId(), "recording.started.v1")
	d.settle(r)
	d.has("recording-"+req.GetSessionId(), "recording.key_destroyed.v1")
}

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

func TestD06AHeldRecordingIsNotDestroyedAndNothingSaysWhy(t *testing.T) {
	d := newDesk(t)
	d.stop()
	var log said
	d.Log = slog.New(slog.NewTextHandler(&log, nil))
	d.start()
	r := d.accepted()
	id := d.worked(r, true)
	d.has("recording-"+id, "recording.ended.v1")
	var released atomic.Bool
	asked := d.refer(r, func() (bool, error) { return !released.Load(), nil })
	d.settle(r)
	d.has("recording-"+id, "recording.deletion_due.v1")
	d.other() // a day later
	if len(asked) == 0 || !d.keyed(id) {
		t.Fatalf("the key is there: %v, asked %d times", d.keyed(id), len(asked))
	}
	if log := d.Types("recording-"+id, 3); strings.Join(log, " ") != "recording.started.v1 recording.ended.v1 recording.deletion_due.v1" {
		t.Errorf("the log holds %v", log)
	}
	released.Store(true)
	_, err := d.Frozen.Advance(24 * time.Hour)
	check(t, err)
	d.has("recording-"+id, "recording.key_destroyed.v1")
	if d.keyed(id) {
		t.Error("the key is there")
	}
	if text := log.String(); strings.Contains(text, id) || strings.Contains(text, dueDestroy) {
		t.Errorf("it logs %s", text)
	}
	// The whole trail says that it was destroyed, when and by whom, as any other's does.
	trail := d.Stream("recording-"+id, 5)
	for _, r := range trail {
		for _, word := range []string{"legal", "held", "hold", "referral"} {
			if strings.Contains(strings.ToLower(string(r.Data)+string(r.Metadata)), word) {
				t.Errorf("%s says %s %s", r.Type, r.Data, r.Metadata)
			}
		}
	}
}

// Within a day of the release means: at the next try, an hour at most after it.
func TestD06WhatWasHeldIsDestroyedWithinADayOfTheRelease(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	id := d.worked(r, true)
	d.has("recording-"+id, "recording.ended.v1")
	var released atomic.Bool
	asked := d.refer(r, func() (bool, error) { return !released.Load(), nil })
	d.settle(r)
	d.has("recording-"+id, "recording.deletion_due.v1")
	for n := range 4 { // at once, and then every hour
		await(t, asked)
		if n == 3 {
			released.Store(true)
		}
		_, err := d.Frozen.Advance(tryAgain)
		check(t, err)
	}
	d.has("recording-"+id, "recording.key_destroyed.v1")
	if tryAgain > 24*time.Hour {
		t.Error("the next try comes too late")
	}
}

// The key is there for as long as its destruction was not carried out: what was raised
// after an interruption is in time.
func TestD06AnInterruptedDestructionWaitsToo(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	id := d.worked(r, true)
	d.has("recording-"+id, "recording.ended.v1")
	var released atomic.Bool
	asked := d.refer(r, func() (bool, error) { return !released.Load(), nil })
	d.settle(r)
	d.has("recording-"+id, "recording.deletion_due.v1")
	await(t, asked)
	env := command.Envelope{
		CommandID: uuid.New(), DecidedAt: d.Frozen.Now(),
		Actor: eventstore.Actor{Kind: "service", ID: Name, Authentication: "in-process"},
	}
	_, err := d.s.recordings.Execute(t.Context(), id, env, recording.Begin{At: env.DecidedAt})
	check(t, err)
	d.other() // a day later
	if !d.keyed(id) {
		t.Error("the key is gone")
	}
	released.Store(true)
	d.advance(tryAgain)
	d.has("recording-"+id, "recording.key_destroyed.v1")
	if d.keyed(id) {
		t.Error("the key is there")
	}
}

func TestD06WithoutAnAnswerNothingIsDestroyed(t *testing.T) {
	for name, fault := range map[string]error{
		"away":    connect.NewError(connect.CodeUnavailable, "away"),
		"refused": connect.NewError(connect.CodePermissionDenied, "no"),
		"broken":  errors.New("broken"),
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			r := d.accepted()
			id := d.worked(r, true)
			d.has("recording-"+id, "recording.ended.v1")
			var back atomic.Bool
			asked := d.refer(r, func() (bool, error) {
				if back.Load() {
					return false, nil
				}
				return true, fault
			})
			d.settle(r)
			d.has("recording-"+id, "recording.deletion_due.v1")
			await(t, asked)
			await(t, asked) // the answer of the first try did not let it go
			if !d.keyed(id) {
				t.Error("the key is gone")
			}
			back.Store(true)
			d.has("recording-"+id, "recording.key_destroyed.v1")
		})
	}
}
