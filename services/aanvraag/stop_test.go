package main

import (
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/aanvraag/internal/desk"
)

// SIGTERM drains and stops with status 0, also while somebody watches a request.
func TestSIGTERMStopsCleanlyWithAWatchOpen(t *testing.T) {
	data := t.TempDir()
	p := launch(t, data, "127.0.0.1:0")
	d := desk.Open("http://"+p.addr, func(role string) (string, error) { return token(t, data, role), nil })
	defer d.Close()
	c := d.NewCase(uuid.NewString())
	if _, err := c.Submit(t.Context()); err != nil {
		t.Fatal(err)
	}
	dispatcher, err := d.As("dispatcher")
	if err != nil {
		t.Fatal(err)
	}
	watch, err := dispatcher.Intake.WatchSupportRequest(t.Context(), &intakev1.WatchSupportRequestRequest{SupportRequestId: c.ID})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := watch.Receive(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if _, err := watch.Receive(); desk.Reason(err) != "UNAVAILABLE" {
		t.Errorf("the watch ended with %v", err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("it ended with %v: %s", err, p.log)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("stopping took %s", took)
	}
}
