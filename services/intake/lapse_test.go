package intake

import (
	"slices"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/vault"
)

// lapses is when a request of monday lapses: five opening days later, at closing time.
var lapses = time.Date(2026, 11, 30, 16, 0, 0, 0, time.UTC)

func (d *desk) until(at time.Time) {
	d.t.Helper()
	_, err := d.clock.Advance(at.Sub(d.clock.Now()))
	check(d.t, err)
}

func TestR02_WhatNobodyAnswersLapses(t *testing.T) {
	d := open(t, monday)
	sent := d.submit(form()).GetSupportRequest()
	if !sent.GetLapsesAt().AsTime().Equal(lapses) {
		t.Fatal(sent)
	}
	id := sent.GetSupportRequestId()
	d.until(lapses.Add(-time.Microsecond))
	answered := d.accept(form()) // at that instant it is still time
	d.until(lapses)
	got := d.state(id, lapsed)
	if got.GetLapsesAt() != nil {
		t.Fatal(got)
	}
	before := d.end()
	_, err := d.dispatcher().AcceptSupportRequest(t.Context(), &intakev1.AcceptSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: id,
	})
	d.refused(before, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")
	var meta eventstore.Metadata
	decode(t, d.events(id)[1].Metadata, &meta)
	if len(meta.Policies) != 1 || meta.Policies[0].Kind != "requests" || meta.Actor.Kind != "service" {
		t.Fatalf("decided under %+v by %+v", meta.Policies, meta.Actor)
	}
	d.until(lapses.AddDate(0, 0, 20))
	d.state(answered, accepted)
}

// At the very instant one of the two is first in the log, and only that one happens.
func TestR02_AcceptedAtTheInstantExactlyOneWins(t *testing.T) {
	d := open(t, monday)
	var ids []string
	for range 8 {
		id := d.submit(form()).GetSupportRequest().GetSupportRequestId()
		d.agree(id)
		ids = append(ids, id)
	}
	advanced := make(chan struct{})
	go func() {
		defer close(advanced)
		d.until(lapses)
	}()
	outcomes := map[intakev1.SupportRequestState]int{}
	for _, id := range ids {
		_, _ = d.dispatcher().AcceptSupportRequest(t.Context(), &intakev1.AcceptSupportRequestRequest{
			IdempotencyKey: uuid.NewString(), SupportRequestId: id,
		})
	}
	<-advanced
	for _, id := range ids {
		got, err := d.dispatcher().GetSupportRequest(t.Context(), &intakev1.GetSupportRequestRequest{SupportRequestId: id})
		check(t, err)
		outcomes[got.GetSupportRequest().GetState()]++
		both := d.recorded(id)
		if slices.Contains(both, "request.lapsed.v1") == slices.Contains(both, "request.accepted.v1") {
			t.Errorf("%v", both)
		}
	}
	if outcomes[accepted]+outcomes[lapsed] != len(ids) {
		t.Error(outcomes)
	}
}

func TestR03_ThePersonOfWhatCameToNothingIsErased(t *testing.T) {
	d := open(t, monday)
	id := d.submit(consumer()).GetSupportRequest().GetSupportRequestId()
	stays := d.accept(consumer())
	_, err := d.dispatcher().RefuseSupportRequest(t.Context(), &intakev1.RefuseSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: id, Reason: "Wij doen geen grasmaaiers",
	})
	check(t, err)
	_, err = d.dispatcher().CancelSupportRequest(t.Context(), cancel(d.accept(form())))
	check(t, err)
	has := func(id string, purpose vault.Purpose) bool {
		made, err := d.vault.Exists(t.Context(), subjectOf(uuid.MustParse(id)), purpose)
		check(t, err)
		return made
	}
	d.until(monday.Add(30*24*time.Hour - time.Microsecond))
	if !has(id, vault.Operational) {
		t.Fatal("erased before its term was over")
	}
	d.until(monday.Add(30 * 24 * time.Hour))
	for len(d.recorded(id)) < 3 { // the last event is awaited
		check(t, eventstore.Await(t.Context(), d.store, "request-"+id, 1))
	}
	if has(id, vault.Operational) || has(id, vault.Fiscal) {
		t.Error("a key is still there")
	}
	if !has(stays, vault.Operational) || !has(stays, vault.Fiscal) {
		t.Error("the key of a request that goes on is gone")
	}
	// Read again from the log, it is there, and of the person nothing is.
	got, err := d.dispatcher().GetSupportRequest(t.Context(), &intakev1.GetSupportRequestRequest{
		SupportRequestId: id, IncludePersonalData: true,
	})
	check(t, err)
	r := got.GetSupportRequest()
	if r.GetState() != refused || r.GetErasedAt() == nil || r.GetParty() != nil || r.GetProblem() != "" || r.GetReason() != "" {
		t.Errorf("after erasure it shows %v", r)
	}
	last := d.events(id)[2]
	var erased struct {
		KeyIDs []string `json:"keyIds"`
	}
	decode(t, last.Data, &erased)
	if last.Type != "request.erased.v1" || len(erased.KeyIDs) != 2 {
		t.Errorf("the proof is %s %s", last.Type, last.Data)
	}
}
