package billing_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/platform/rpc"
)

// restart lets billing run anew on the house's log.
func (d *desk) restart() {
	d.t.Helper()
	d.stop()
	d.Metrics = prometheus.NewRegistry()
	d.Server = rpc.NewServer(rpc.ServerConfig{Clock: d.Frozen, Authenticator: d.Keys, Log: d.Log})
	d.start()
}

func (d *desk) flag(request, session string) {
	d.Tell("scheduling", "recording-"+session, request, &schedulingv1.RecordingDurationFlagged{
		RecordingId: session, SessionId: session, SupportRequestId: request, MeasuredSeconds: 660, RecordedSeconds: 721, DeltaSeconds: 61,
	})
	d.Stream("clearance-"+request, 1)
}

func (d *desk) resolve(request, session string) {
	d.Tell("scheduling", "recording-"+session, request, &schedulingv1.RecordingDurationResolved{
		RecordingId: session, SessionId: session, SupportRequestId: request,
	})
}

func TestS03AFlaggedInvoiceWaitsForAHuman(t *testing.T) {
	d := open(t)
	request, session := uuid.NewString(), uuid.NewString()
	d.flag(request, session)
	d.close(request, 660)
	d.Stream("clearance-"+request, 2) // withheld
	other := uuid.NewString()
	d.close(other, 660)
	if got := d.invoice(other); got.GetNumber() != "2026-000001" {
		t.Fatalf("the invoice that waits took a number: the next one is %s", got.GetNumber())
	}
	if _, err := d.Frozen.Advance(48 * time.Hour); err != nil {
		t.Fatal(err)
	}
	d.restart() // it waits through that
	d.resolve(request, session)
	got := d.invoice(request)
	if got.GetNumber() != "2026-000002" || got.GetInvoiceDate() != "2026-11-25" || got.GetTotalIncludingVat().GetCents() != 3630 {
		t.Errorf("number %s, date %s, total %v", got.GetNumber(), got.GetInvoiceDate(), got.GetTotalIncludingVat())
	}
}

func TestS03WhatWasResolvedBeforeClosingStopsNothing(t *testing.T) {
	d := open(t)
	request, session := uuid.NewString(), uuid.NewString()
	d.flag(request, session)
	d.resolve(request, session)
	d.Stream("clearance-"+request, 2)
	d.close(request, 660)
	d.invoice(request)
}
