package intake

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/vault"
)

func TestW01_AWarrantyClaimIsSentToThePhoneAndLeavesNothing(t *testing.T) {
	d := open(t, monday)
	f := form()
	f.WarrantyClaim = true
	_, err := d.public().SubmitSupportRequest(t.Context(), f)
	details := d.refused(d.end(), err, connect.CodeFailedPrecondition, "USE_PHONE")
	if details["phone"] != "+31497782782" || details["article"] != "4" || details["rule"] != "W-01" {
		t.Fatal(details)
	}
	// Sent again, with the same key or another, it is answered the same, and once told.
	before := d.end()
	_, err = d.public().SubmitSupportRequest(t.Context(), f)
	d.refused(before, err, connect.CodeFailedPrecondition, "USE_PHONE")
	f.IdempotencyKey = uuid.NewString()
	_, err = d.public().SubmitSupportRequest(t.Context(), f)
	d.refused(before, err, connect.CodeFailedPrecondition, "USE_PHONE")

	id := f.GetSupportRequestId()
	if got := d.events(id); len(got) != 1 || got[0].Type != "request.diverted.v1" {
		t.Fatalf("%+v", got)
	}
	for _, purpose := range []vault.Purpose{vault.Operational, vault.Fiscal} {
		made, err := d.vault.Exists(t.Context(), subjectOf(uuid.MustParse(id)), purpose)
		check(t, err)
		if made {
			t.Errorf("a %s key was made", purpose)
		}
	}
	if got := d.state(id, diverted); got.GetPartyKind() != commonv1.PartyKind_PARTY_KIND_UNSPECIFIED {
		t.Fatal(got)
	}
	_, err = d.dispatcher().AcceptSupportRequest(t.Context(), &intakev1.AcceptSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: id,
	})
	details = d.refused(before, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")
	if details["from"] != "DIVERTED" || details["command"] != "accept" {
		t.Fatal(details)
	}
}

func TestR01_ARefusalNeedsNoReasonAndItsNoteStaysInside(t *testing.T) {
	d := open(t, monday)
	silent := d.submit(consumer()).GetSupportRequest().GetSupportRequestId()
	wish := &intakev1.RefuseSupportRequestRequest{IdempotencyKey: uuid.NewString(), SupportRequestId: silent}
	got, err := d.dispatcher().RefuseSupportRequest(t.Context(), wish)
	check(t, err)
	if got.GetSupportRequest().GetState() != refused {
		t.Fatal(got)
	}
	// twice is once, also under another key.
	wish.IdempotencyKey = uuid.NewString()
	before := d.end()
	again, err := d.dispatcher().RefuseSupportRequest(t.Context(), wish)
	check(t, err)
	if again.GetSupportRequest().GetRevision() != 1 || d.end() != before {
		t.Fatal(again)
	}

	sent := d.submit(consumer())
	id := sent.GetSupportRequest().GetSupportRequestId()
	_, err = d.dispatcher().RefuseSupportRequest(t.Context(), &intakev1.RefuseSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: id,
		Reason: "Wij doen geen grasmaaiers", InternalNote: "belt te vaak over grasmaaiers",
	})
	check(t, err)
	ask := &intakev1.GetSupportRequestRequest{SupportRequestId: id, IncludePersonalData: true}
	customer, err := d.with(sent.GetCustomerToken()).GetSupportRequest(t.Context(), ask)
	check(t, err)
	if r := customer.GetSupportRequest(); r.GetReason() != "Wij doen geen grasmaaiers" || r.GetInternalNote() != "" {
		t.Fatalf("the customer sees %v", r)
	}
	staff, err := d.dispatcher().GetSupportRequest(t.Context(), ask)
	check(t, err)
	if r := staff.GetSupportRequest(); r.GetInternalNote() != "belt te vaak over grasmaaiers" {
		t.Fatalf("the staff sees %v", r)
	}
	for _, r := range d.events(id) {
		m, err := publish(r)
		check(t, err)
		if bytes.Contains(r.Data, []byte("grasmaaiers")) || m != nil && strings.Contains(m.(interface{ String() string }).String(), "grasmaaiers") {
			t.Errorf("%s holds what was written", r.Type)
		}
	}
}

func TestR04_AConsumersAgreementIsNotRefusedABusinessIs(t *testing.T) {
	d := open(t, monday)
	private, firm := d.accept(consumer()), d.accept(form())
	before := d.end()
	_, err := d.dispatcher().RefuseSupportRequest(t.Context(), &intakev1.RefuseSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: private,
	})
	details := d.refused(before, err, connect.CodeFailedPrecondition, "USE_TERMINATE")
	if details["article"] != "7" {
		t.Fatal(details)
	}
	got, err := d.dispatcher().RefuseSupportRequest(t.Context(), &intakev1.RefuseSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: firm,
	})
	check(t, err)
	if got.GetSupportRequest().GetState() != refused {
		t.Fatal(got)
	}
}

func TestR06_TheCustomerCancelsHisOwnRequestUntilWorkStarts(t *testing.T) {
	d := open(t, monday)
	sent := d.submit(consumer())
	id := sent.GetSupportRequest().GetSupportRequestId()
	mine := d.with(sent.GetCustomerToken())
	got, err := mine.CancelSupportRequest(t.Context(), &intakev1.CancelSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: id, Reason: "Het is al opgelost",
	})
	check(t, err)
	if got.GetSupportRequest().GetState() != cancelled {
		t.Fatal(got)
	}

	working := d.accept(consumer())
	d.start(working)
	before := d.end()
	_, err = d.dispatcher().CancelSupportRequest(t.Context(), &intakev1.CancelSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: working,
	})
	d.refused(before, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")

	// Somebody else's, and one that does not exist, get the same answer.
	for _, other := range []string{working, uuid.NewString()} {
		_, err = mine.CancelSupportRequest(t.Context(), &intakev1.CancelSupportRequestRequest{
			IdempotencyKey: uuid.NewString(), SupportRequestId: other,
		})
		d.refused(before, err, connect.CodePermissionDenied, "NOT_YOURS")
		_, err = mine.GetSupportRequest(t.Context(), &intakev1.GetSupportRequestRequest{SupportRequestId: other})
		d.refused(before, err, connect.CodePermissionDenied, "NOT_YOURS")
		watch, err := mine.WatchSupportRequest(t.Context(), &intakev1.WatchSupportRequestRequest{SupportRequestId: other})
		if err == nil {
			_, err = watch.Receive()
			_ = watch.Close()
		}
		d.refused(before, err, connect.CodePermissionDenied, "NOT_YOURS")
	}
}

func TestARequestThatNobodySubmittedIsUnknown(t *testing.T) {
	d := open(t, monday)
	id, before := uuid.NewString(), d.end()
	_, err := d.dispatcher().AcceptSupportRequest(t.Context(), &intakev1.AcceptSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: id,
	})
	d.refused(before, err, connect.CodeNotFound, "SUPPORT_REQUEST_UNKNOWN")
	_, err = d.dispatcher().RefuseSupportRequest(t.Context(), &intakev1.RefuseSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: id, Reason: "nee",
	})
	d.refused(before, err, connect.CodeNotFound, "SUPPORT_REQUEST_UNKNOWN")
	_, err = d.dispatcher().GetSupportRequest(t.Context(), &intakev1.GetSupportRequestRequest{SupportRequestId: id})
	d.refused(before, err, connect.CodeNotFound, "SUPPORT_REQUEST_UNKNOWN")
}

func TestP6_AStaleRevisionChangesNothing(t *testing.T) {
	d := open(t, monday)
	id := d.submit(form()).GetSupportRequest().GetSupportRequestId()
	d.agree(id)
	before := d.end()
	stale := int64(0)
	_, err := d.dispatcher().RefuseSupportRequest(t.Context(), &intakev1.RefuseSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: id, IfRevision: &stale,
	})
	d.refused(before, err, connect.CodeAborted, "REVISION_MISMATCH")
}

func TestG16_AfterHoursTheNextOpeningIsTold(t *testing.T) {
	friday := time.Date(2026, 11, 27, 16, 0, 0, 0, time.UTC) // 17:00:00 in Amsterdam
	d := open(t, friday)
	got := d.submit(form()).GetSupportRequest()
	if !got.GetNextOpening().AsTime().Equal(time.Date(2026, 11, 30, 6, 30, 0, 0, time.UTC)) {
		t.Fatal(got)
	}
	var meta eventstore.Metadata
	decode(t, d.events(got.GetSupportRequestId())[0].Metadata, &meta)
	if len(meta.Policies) != 2 || meta.Policies[0].Kind != "calendar" || meta.Policies[1].Kind != "requests" || meta.TZData == "" {
		t.Fatalf("decided under %+v, time zone rules %q", meta.Policies, meta.TZData)
	}
}

func TestG13_TheDirectoryIsDataWithTheFiguresOfTheTerms(t *testing.T) {
	d := open(t, time.Date(2026, 12, 24, 16, 0, 0, 0, time.UTC))
	got, err := d.public().GetContactDirectory(t.Context(), &intakev1.GetContactDirectoryRequest{})
	check(t, err)
	var menu []string
	for i, c := range got.GetMainMenu() {
		if int(c.GetKey()) != i+1 {
			t.Errorf("key %d at place %d", c.GetKey(), i+1)
		}
		menu = append(menu, c.GetPurpose())
	}
	switch {
	case got.GetBusinessSupportPhone() != "+31497782782", got.GetMainPhone() != "+31497360036",
		got.GetEmail() != "support@libra.nl", got.GetVersion() != 1,
		strings.Join(menu, " ") != "reception support sales repair-information",
		got.GetOpens() != "07:30", got.GetCloses() != "17:00", got.GetTimeZone() != "Europe/Amsterdam",
		got.GetOpenNow(), !got.GetNextOpening().AsTime().Equal(time.Date(2026, 12, 28, 6, 30, 0, 0, time.UTC)):
		t.Fatal(got)
	}
}
