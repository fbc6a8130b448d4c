package main

import (
	"bytes"
	"strings"
	"testing"

	"aanvraag.internal/services/aanvraag/internal/system"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/sqlite"
	"aanvraag.internal/services/platform/parking"
)

// command runs one command of the program, and answers its status and what it wrote.
func command(args ...string) (status int, out, errs string) {
	var o, e bytes.Buffer
	status = execute(args, streams{out: &o, err: &e})
	return status, o.String(), e.String()
}

// parkedLetters stops a system in which a request was submitted, and records that
// notification could not handle that: as it is (the first id), and an event of
// another request that was never there (the second).
func parkedLetters(t *testing.T, data string) (there, missing parking.ID) {
	t.Helper()
	h := start(t, data)
	r := walk(h).submitted().R
	h.rest()
	h.stop()
	store, err := sqlite.Open(system.LogFile(data))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	lot := parking.New(store, clock.NewFrozen(monday, nil))
	there = parking.ID{Listener: "notification", Service: "intake", Stream: "request-" + r}
	missing = parking.ID{Listener: "notification", Service: "intake", Stream: "request-none"}
	for e, err := range store.ReadStream(t.Context(), there.Stream, eventstore.NoStream) {
		if err != nil {
			t.Fatal(err)
		}
		place := parking.Place{
			EventID: e.ID.String(), Type: "aanvraag.intake.v1.SupportRequestSubmitted", Revision: 0, Previous: -1,
			Tries: 10, Reason: "CONTACT_UNKNOWN (R-02)", Correlation: r,
		}
		for _, id := range []parking.ID{there, missing} {
			if err := lot.Park(t.Context(), id, place, nil); err != nil {
				t.Fatal(err)
			}
		}
		break
	}
	return there, missing
}

// The four commands, against a running system. What the listener does is in its own
// tests; here the program tells of it.
func TestR5AnOperatorListsShowsRetriesAndSkipsWhatIsParked(t *testing.T) {
	data := t.TempDir()
	there, missing := parkedLetters(t, data)
	h := start(t, data)
	operator := func(args ...string) (int, string, string) {
		return command(append(append([]string{"parked"}, args...), "--url", h.url, "--data", data)...)
	}
	want := func(status int, out, errs string, wantStatus int, parts ...string) {
		t.Helper()
		if status != wantStatus {
			t.Errorf("status %d: %s%s", status, out, errs)
		}
		for _, part := range parts {
			if !strings.Contains(out+errs, part) {
				t.Errorf("%q is missing from\n%s%s", part, out, errs)
			}
		}
	}
	status, out, errs := operator("list")
	want(status, out, errs, 0, there.String(), missing.String(), "SupportRequestSubmitted", "CONTACT_UNKNOWN (R-02)", "parked")
	status, out, errs = operator("list", "--listener", "billing")
	want(status, out, errs, 0, "nothing is parked")

	status, out, errs = operator("retry", there.String(), "--subject", "ada")
	want(status, out, errs, 0, "released: everything through revision")
	status, out, errs = operator("show", there.String())
	want(status, out, errs, 0, "state       released", "about       "+strings.TrimPrefix(there.Stream, "request-"),
		"1. 2026-11-23T08:00:00Z  parked at revision 0 by service notification: CONTACT_UNKNOWN (R-02)",
		"2. 2026-11-23T08:00:00Z  retried by administrator ada", "3. 2026-11-23T08:00:00Z  released through revision")

	status, out, errs = operator("retry", missing.String())
	want(status, out, errs, 1, "error: still parked, at revision 0: the event is not on the bus", "hint: ")
	status, out, errs = operator("skip", missing.String(), "--reason", "short")
	want(status, out, errs, 1, "reason")
	status, out, errs = operator("skip", missing.String(), "--reason", "made by a test of the printer", "--revision", "7")
	want(status, out, errs, 1, "not parked at the revision", "hint: ")
	status, out, errs = operator("skip", missing.String(), "--reason", "made by a test of the printer", "--subject", "ada")
	want(status, out, errs, 0, "skipped revision 0 of request-none", "released: everything through revision 0")
	status, out, errs = operator("show", missing.String())
	want(status, out, errs, 0, "skipped     [0]", "skipped at revision 0 by administrator ada: made by a test of the printer")
	status, out, errs = operator("list")
	want(status, out, errs, 0, "nothing is parked")
	status, out, errs = operator("list", "--all")
	want(status, out, errs, 0, there.String(), missing.String(), "released")

	status, out, errs = operator("show", "notification.intake.request-unknown")
	want(status, out, errs, 1, "nothing was ever parked", "hint: aanvraag parked list")
	h.rest()
	if n := len(mails(t, data)); n != 2 { // of the request's arrival, and of what was agreed
		t.Errorf("%d letters after a retry, want 2", n)
	}
}

func TestAnOperatorWhoAsksWronglyIsToldSo(t *testing.T) {
	data := t.TempDir()
	for _, c := range []struct {
		args   string
		status int
		hint   string
	}{
		{"parked", 2, "aanvraag --help"},
		{"parked skip a.b.c", 2, "aanvraag --help"},
		{"parked show", 2, "aanvraag --help"},
		{"parked list --url nonsense", 2, "write it like http"},
		{"parked list --url ftp://127.0.0.1", 2, "write it like http"},
		{"parked list --url http://" + freePort(t), 1, "say where it is with --url"},
		{"parked list --data " + data + "/none", 1, "--data"},
	} {
		args := strings.Fields(c.args)
		if len(args) > 1 && !strings.Contains(c.args, "--data") {
			args = append(args, "--data", data)
		}
		status, _, errs := command(args...)
		if status != c.status || !strings.Contains(errs, "error: ") || !strings.Contains(errs, c.hint) {
			t.Errorf("%s: status %d: %s", c.args, status, errs)
		}
	}
}

// What stands in the log must not steer the terminal of whoever looks at it.
func TestWhatIsShownOfTheLogIsPlain(t *testing.T) {
	if got := plain("a\x1b[2Jb\u202ec\n"); strings.ContainsAny(got, "\x1b\u202e\n") {
		t.Errorf("%q", got)
	}
}
