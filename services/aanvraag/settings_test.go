package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aanvraag.internal/services/sandbox"
)

// Whoever asks for what cannot be is told so in two lines and by status 2, before
// anything is opened.
func TestWrongSettingsEndWithStatusTwoAndAHint(t *testing.T) {
	for _, args := range []string{
		"--listen 0.0.0.0:0", "--listen 127.0.0.1", "--listen example.org:80", "--sandbox --sandbox-start 2026-11-23",
		"--sandbox-start 2026-11-23T08:00:00Z", "--smtp foo", "--allow-origin foo", "--no-such-flag",
		"token king", "token customer", "token dispatcher --request 11111111-1111-4111-8111-111111111111",
		"token customer --request abc", "token technician --for 0s", "audit replay", "nonsense",
	} {
		data := filepath.Join(t.TempDir(), "data")
		var out, errs bytes.Buffer
		full := append(strings.Fields(args), "--data", data)
		if status := execute(full, streams{out: &out, err: &errs}); status != 2 {
			t.Errorf("%s: status %d", args, status)
		}
		if !strings.Contains(errs.String(), "error: ") || !strings.Contains(errs.String(), "hint: ") {
			t.Errorf("%s: %s", args, errs.String())
		}
		if _, err := os.Stat(data); err == nil {
			t.Errorf("%s: the data directory was made", args)
		}
	}
}

func TestATokenNeedsAnExistingDataDirectory(t *testing.T) {
	var errs bytes.Buffer
	data := filepath.Join(t.TempDir(), "mistyped")
	if status := execute([]string{"token", "technician", "--data", data}, streams{out: &bytes.Buffer{}, err: &errs}); status != 1 {
		t.Errorf("status %d: %s", status, errs.String())
	}
	if _, err := os.Stat(data); err == nil {
		t.Error("the directory was made, with a key that nobody serves by")
	}
}

func TestABusyPortIsNoticedBeforeAnythingIsOpened(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	data := filepath.Join(t.TempDir(), "data")
	var errs bytes.Buffer
	if status := execute([]string{"--listen", l.Addr().String(), "--data", data}, streams{out: &bytes.Buffer{}, err: &errs}); status != 1 {
		t.Errorf("status %d: %s", status, errs.String())
	}
	if _, err := os.Stat(data); err == nil || !strings.Contains(errs.String(), "hint: something else listens there") {
		t.Errorf("%v: %s", err, errs.String())
	}
}

// A sandbox goes on where its clock stood, also when nobody ever moved it, and is
// never mixed with a clock that runs.
func TestASandboxStaysASandbox(t *testing.T) {
	data := t.TempDir()
	start(t, data).stop()
	frozen, err := sandbox.Open(data, monday.AddDate(-1, 0, 0), true)
	if err != nil || !frozen.Now().Equal(monday) {
		t.Fatalf("it stands at %v (%v)", frozen.Now(), err)
	}
	var errs bytes.Buffer
	if status := execute([]string{"--listen", "127.0.0.1:0", "--data", data}, streams{out: &bytes.Buffer{}, err: &errs}); status != 1 ||
		!strings.Contains(errs.String(), "hint: add --sandbox") {
		t.Errorf("status %d: %s", status, errs.String())
	}
	if _, err := sandbox.Open(t.TempDir(), monday, true); err == nil {
		t.Error("a log of a running clock was frozen")
	}
}

// The desk is open on a Monday at nine: nobody is told that it is closed (G-16).
func TestG16TheAcknowledgementTellsWhetherTheDeskIsOpen(t *testing.T) {
	h := start(t, t.TempDir())
	p := walk(h).submitted()
	h.rest()
	got := h.ok(p.dispatcher, "intake.v1.IntakeService/GetSupportRequest", `{"supportRequestId":"`+p.R+`"}`)
	if next := got.at("supportRequest", "nextOpening"); next != nil {
		t.Errorf("open, and the next opening is %v", next)
	}
	for _, m := range mails(t, h.data) {
		if strings.Contains(m, "gesloten") {
			t.Errorf("the letter says that the desk is closed:\n%s", m)
		}
	}
	h.ok("", "sandbox.v1.SandboxService/AdvanceClock", `{"by":"36000s"}`) // 19:00
	q := walk(h).submitted()
	got = h.ok(q.dispatcher, "intake.v1.IntakeService/GetSupportRequest", `{"supportRequestId":"`+q.R+`"}`)
	if next, want := got.at("supportRequest", "nextOpening"), monday.AddDate(0, 0, 1).Add(-90*time.Minute).Format(time.RFC3339); next != want {
		t.Errorf("closed, and the next opening is %v, want %s", next, want)
	}
}
