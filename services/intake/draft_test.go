package intake

import (
	"bytes"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/intake/internal/request"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/vault"
)

const (
	drafted = intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_DRAFTED
	expired = intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_EXPIRED
)

// call is what a technician writes down of a caller.
func call() *intakev1.DraftSupportRequestRequest {
	return &intakev1.DraftSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: uuid.NewString(), Channel: intakev1.Channel_CHANNEL_PHONE,
		Name: "Wilhelmina Zwartkruis", Email: "wilhelmina@zwartkruis.example", Phone: "+31612345678",
		Problem: "De printer van mevrouw Zwartkruis drukt niets af", DeviceId: "werkplek-7",
	}
}

// mailed is what a technician writes down of a mail.
func mailed(messageID string) *intakev1.DraftSupportRequestRequest {
	return &intakev1.DraftSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: uuid.NewString(), Channel: intakev1.Channel_CHANNEL_EMAIL,
		MessageId: messageID,
	}
}

func (d *desk) draft(c *intakev1.DraftSupportRequestRequest) *intakev1.DraftSupportRequestResponse {
	d.t.Helper()
	got, err := d.technician().DraftSupportRequest(d.t.Context(), c)
	check(d.t, err)
	return got
}

// sending is the form of a customer who holds the link of a draft.
func sending(got *intakev1.DraftSupportRequestResponse) *intakev1.SubmitSupportRequestRequest {
	f := consumer()
	f.SupportRequestId, f.IntakeCode = got.GetSupportRequest().GetSupportRequestId(), got.GetLink().GetCode()
	return f
}

func (d *desk) advance(by time.Duration) {
	d.t.Helper()
	_, err := d.clock.Advance(by)
	check(d.t, err)
}

// holds tells whether the log has some text anywhere, in events or beside them.
func (d *desk) holds(text string) bool {
	d.t.Helper()
	for r, err := range d.store.ReadAll(d.t.Context(), 0, eventstore.Filter{}) {
		check(d.t, err)
		if strings.Contains(r.Stream, text) || bytes.Contains(r.Data, []byte(text)) || bytes.Contains(r.Metadata, []byte(text)) {
			return true
		}
	}
	return false
}

func (d *desk) keyExists(id string, purpose vault.Purpose) bool {
	d.t.Helper()
	made, err := d.vault.Exists(d.t.Context(), subjectOf(uuid.MustParse(id)), purpose)
	check(d.t, err)
	return made
}

// types are the recorded names of a request's events.
func (d *desk) types(id string) string {
	d.t.Helper()
	var names []string
	for _, r := range d.events(id) {
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(r.Type, "request."), ".v1"))
	}
	return strings.Join(names, " ")
}

func TestG01_TheDeskDraftsAndTheCustomerPressesTheButton(t *testing.T) {
	d := open(t, monday)
	c := call()
	got := d.draft(c)
	r, code := got.GetSupportRequest(), got.GetLink().GetCode()
	if r.GetState() != drafted || r.GetRevision() != 1 || r.GetSubmittedAt() != nil || len(code) != 19 ||
		!got.GetLink().GetExpiresAt().AsTime().Equal(monday.Add(30*time.Minute)) ||
		!got.GetDraftExpiresAt().AsTime().Equal(monday.Add(24*time.Hour)) {
		t.Fatal(got)
	}
	// The answer to the same call is the same, later too, and the code stands nowhere.
	d.advance(time.Minute)
	if again := d.draft(c); !proto.Equal(got, again) {
		t.Fatalf("first\n %v, again\n %v", got, again)
	}
	for _, text := range []string{code, request.TypedCode(code), "Zwartkruis", "+31612345678", "werkplek-7"} {
		if d.holds(text) {
			t.Errorf("the log holds %q", text)
		}
	}

	seen, err := d.public().GetDraft(t.Context(), &intakev1.GetDraftRequest{
		SupportRequestId: r.GetSupportRequestId(), IntakeCode: strings.ToLower(strings.ReplaceAll(code, "-", " ")),
	})
	check(t, err)
	if seen.GetName() != c.GetName() || seen.GetEmail() != c.GetEmail() || seen.GetPhone() != c.GetPhone() ||
		seen.GetProblem() != c.GetProblem() || seen.GetReference() != r.GetReference() {
		t.Fatal(seen)
	}
	openings, err := d.vault.Openings(t.Context(), subjectOf(uuid.MustParse(r.GetSupportRequestId())))
	check(t, err)
	if len(openings) != 2 || openings[0].Actor != "public/link" {
		t.Fatalf("%+v", openings)
	}

	f := sending(got)
	sent := d.submit(f)
	if s := sent.GetSupportRequest(); s.GetState() != submitted || s.GetReference() != r.GetReference() ||
		s.GetChannel() != intakev1.Channel_CHANNEL_PHONE || sent.GetCustomerToken() == "" {
		t.Fatal(sent)
	}
	if again := d.submit(f); !proto.Equal(sent, again) {
		t.Fatalf("first\n %v, again\n %v", sent, again)
	}
	if got := d.types(r.GetSupportRequestId()); got != "drafted link_issued link_used submitted" {
		t.Fatal(got)
	}
	// It lives on like any other request, past the end of the draft that it was.
	d.agree(r.GetSupportRequestId())
	d.await(r.GetSupportRequestId(), 3)
	d.advance(25 * time.Hour)
	_, err = d.dispatcher().AcceptSupportRequest(t.Context(), &intakev1.AcceptSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: r.GetSupportRequestId(),
	})
	check(t, err)
}

func TestG01_ALinkWorksOnceForItsHolderAndUntilItExpires(t *testing.T) {
	d := open(t, monday)
	got := d.draft(call())
	id := got.GetSupportRequest().GetSupportRequestId()
	refused := func(code connect.Code, reason string, change func(*intakev1.SubmitSupportRequestRequest)) map[string]string {
		t.Helper()
		f := sending(got)
		change(f)
		before := d.end()
		_, err := d.public().SubmitSupportRequest(t.Context(), f)
		return d.refused(before, err, code, reason)
	}
	refused(connect.CodeFailedPrecondition, "LINK_REQUIRED", func(f *intakev1.SubmitSupportRequestRequest) { f.IntakeCode = "" })
	refused(connect.CodePermissionDenied, "LINK_WRONG", func(f *intakev1.SubmitSupportRequestRequest) { f.IntakeCode = "7F3K-29QD-0MXW-V51T" })
	if d.keyExists(id, vault.Fiscal) {
		t.Error("a form that was refused made a key")
	}
	_, err := d.public().GetDraft(t.Context(), &intakev1.GetDraftRequest{SupportRequestId: id, IntakeCode: "7F3K"})
	d.refused(d.end(), err, connect.CodePermissionDenied, "LINK_WRONG")

	d.advance(30 * time.Minute) // exactly at its end
	if details := refused(connect.CodeFailedPrecondition, "EXPIRED", func(*intakev1.SubmitSupportRequestRequest) {}); details["expired"] != "link" {
		t.Error(details)
	}
	wish := &intakev1.ReissueIntakeLinkRequest{IdempotencyKey: uuid.NewString(), SupportRequestId: id}
	second, err := d.as(commonv1.Role_ROLE_RECEPTIONIST).ReissueIntakeLink(t.Context(), wish)
	check(t, err)
	again, err := d.as(commonv1.Role_ROLE_RECEPTIONIST).ReissueIntakeLink(t.Context(), wish)
	check(t, err)
	if !proto.Equal(second, again) || second.GetLink().GetCode() == got.GetLink().GetCode() {
		t.Fatalf("%v, again %v", second, again)
	}
	refused(connect.CodePermissionDenied, "LINK_WRONG", func(*intakev1.SubmitSupportRequestRequest) {}) // the first is void
	got.Link = second.GetLink()
	d.advance(30*time.Minute - time.Second)
	d.submit(sending(got))
	refused(connect.CodeFailedPrecondition, "LINK_USED", func(*intakev1.SubmitSupportRequestRequest) {})
	_, err = d.public().GetDraft(t.Context(), &intakev1.GetDraftRequest{SupportRequestId: id, IntakeCode: got.GetLink().GetCode()})
	d.refused(d.end(), err, connect.CodeFailedPrecondition, "LINK_USED")
}

func TestG02_NobodyOfTheDeskSendsForTheCustomerAndHisDeviceIsFlagged(t *testing.T) {
	d := open(t, monday)
	got := d.draft(call())
	before := d.end()
	for number := range commonv1.Role_name {
		role := commonv1.Role(number)
		if !byStaff(role) || role == commonv1.Role_ROLE_UNSPECIFIED {
			continue
		}
		_, err := d.as(role).SubmitSupportRequest(t.Context(), sending(got))
		d.refused(before, err, connect.CodePermissionDenied, "PERMISSION_DENIED")
	}
	for _, device := range []struct {
		id   string
		same string
	}{{"werkplek-7", `"sameDevice":true`}, {"thuis", `"sameDevice":false`}, {"", `"sameDevice":false`}} {
		got := d.draft(call())
		f := sending(got)
		f.DeviceId = device.id
		d.submit(f)
		used := d.events(f.GetSupportRequestId())[2]
		if used.Type != "request.link_used.v1" || !strings.Contains(string(used.Data), device.same) {
			t.Errorf("%q: %s %s", device.id, used.Type, used.Data)
		}
	}
}

func TestG03_ADraftThatIsNotSentExpiresAndLeavesNothingOfThePerson(t *testing.T) {
	d := open(t, monday)
	got := d.draft(call())
	id := got.GetSupportRequest().GetSupportRequestId()
	d.advance(24*time.Hour - time.Second)
	second, err := d.technician().ReissueIntakeLink(t.Context(), &intakev1.ReissueIntakeLinkRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: id,
	})
	check(t, err)
	if at := second.GetLink().GetExpiresAt().AsTime(); !at.Equal(monday.Add(24 * time.Hour)) {
		t.Errorf("the link outlives the draft: %s", at)
	}
	d.advance(time.Second)
	d.await(id, 3) // link, expiry, keys
	if got := d.types(id); got != "drafted link_issued link_issued expired keys_destroyed" {
		t.Fatal(got)
	}
	if d.keyExists(id, vault.Operational) || d.keyExists(id, vault.Fiscal) {
		t.Error("there is a key left")
	}
	ask := &intakev1.GetSupportRequestRequest{SupportRequestId: id, IncludePersonalData: true}
	left, err := d.dispatcher().GetSupportRequest(t.Context(), ask)
	check(t, err)
	if r := left.GetSupportRequest(); r.GetState() != expired || r.GetParty() != nil || r.GetProblem() != "" {
		t.Fatal(r)
	}

	before := d.end()
	f := sending(got)
	f.IntakeCode = second.GetLink().GetCode()
	_, err = d.public().SubmitSupportRequest(t.Context(), f)
	if details := d.refused(before, err, connect.CodeFailedPrecondition, "EXPIRED"); details["expired"] != "draft" {
		t.Error(details)
	}
	_, err = d.technician().ReissueIntakeLink(t.Context(), &intakev1.ReissueIntakeLinkRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: id,
	})
	d.refused(before, err, connect.CodeFailedPrecondition, "EXPIRED")
	_, err = d.public().GetDraft(t.Context(), &intakev1.GetDraftRequest{SupportRequestId: id, IntakeCode: f.GetIntakeCode()})
	d.refused(before, err, connect.CodeFailedPrecondition, "EXPIRED")
	if d.keyExists(id, vault.Operational) || d.keyExists(id, vault.Fiscal) {
		t.Error("a late form made a key")
	}
}

func TestG03_ADraftExpiresAlsoWhenNobodyWasThereAtThatInstant(t *testing.T) {
	d := open(t, monday)
	id := d.draft(call()).GetSupportRequest().GetSupportRequestId()
	sent := d.draft(call())
	d.submit(sending(sent))
	d.stop()
	d.advance(72 * time.Hour)
	d.house.ViewDir = t.TempDir() // the view is built anew
	d.begin()
	d.state(id, expired)
	d.await(id, 2)
	if got := d.types(id); got != "drafted link_issued expired keys_destroyed" {
		t.Fatal(got)
	}
	if at := d.get(id).GetChangedAt().AsTime(); at.Before(monday.Add(24 * time.Hour)) {
		t.Error(at)
	}
	if got := d.get(sent.GetSupportRequest().GetSupportRequestId()); got.GetState() != submitted {
		t.Error(got)
	}
	d.stop()
	d.begin()
	if got := d.types(id); got != "drafted link_issued expired keys_destroyed" {
		t.Fatal(got)
	}
}

// The log takes nothing while the draft expires, and again when its keys are gone;
// what is due is tried until it is done.
func TestG03_WhatInterruptsAnExpiryOnlyDelaysIt(t *testing.T) {
	d := open(t, monday)
	d.stop()
	away := &interrupted{Store: d.store}
	d.house.Store = away
	d.begin()
	id := d.draft(call()).GetSupportRequest().GetSupportRequestId()
	away.refuse("request.expired.v1")
	d.advance(24 * time.Hour)
	away.awaitRefusal(t)
	if !d.keyExists(id, vault.Operational) {
		t.Error("a key went before its draft")
	}
	away.refuse("request.keys_destroyed.v1")
	away.awaitRefusal(t)
	if got := d.types(id); got != "drafted link_issued expired" {
		t.Error(got)
	}
	d.stop() // and the process ends in between
	away.refuse("")
	d.begin()
	d.await(id, 2)
	if got := d.types(id); got != "drafted link_issued expired keys_destroyed" || d.keyExists(id, vault.Operational) {
		t.Error(got)
	}
}

func (d *desk) get(id string) *intakev1.SupportRequest {
	d.t.Helper()
	got, err := d.dispatcher().GetSupportRequest(d.t.Context(), &intakev1.GetSupportRequestRequest{SupportRequestId: id})
	check(d.t, err)
	return got.GetSupportRequest()
}

func TestW01_AWarrantyClaimFromADraftDestroysItsKeys(t *testing.T) {
	d := open(t, monday)
	f := sending(d.draft(call()))
	f.WarrantyClaim = true
	_, err := d.public().SubmitSupportRequest(t.Context(), f)
	d.await(f.GetSupportRequestId(), 3)
	d.refused(d.end(), err, connect.CodeFailedPrecondition, "USE_PHONE")
	if got := d.types(f.GetSupportRequestId()); got != "drafted link_issued link_used diverted keys_destroyed" {
		t.Fatal(got)
	}
	if d.keyExists(f.GetSupportRequestId(), vault.Operational) {
		t.Error("there is a key left")
	}
}

func TestG15_AMailOpensOneDraftAndAMachinesNone(t *testing.T) {
	d := open(t, monday)
	first := mailed("<CAF=1234@zwartkruis.example>")
	got := d.draft(first)
	if got.GetSupportRequest().GetChannel() != intakev1.Channel_CHANNEL_EMAIL || d.holds("zwartkruis") {
		t.Fatal(got)
	}
	if again := d.draft(first); !proto.Equal(got, again) {
		t.Fatalf("first\n %v, again\n %v", got, again)
	}
	before := d.end()
	_, err := d.technician().DraftSupportRequest(t.Context(), mailed(" CAF=1234@zwartkruis.example"))
	details := d.refused(before, err, connect.CodeAlreadyExists, "MAIL_ALREADY_TAKEN")
	if details["support_request_id"] != first.GetSupportRequestId() {
		t.Fatal(details)
	}
	if other := d.draft(mailed("<CAF=5678@zwartkruis.example>")); other.GetSupportRequest().GetState() != drafted {
		t.Fatal(other)
	}

	before = d.end()
	for _, spoil := range []func(*intakev1.DraftSupportRequestRequest){
		func(c *intakev1.DraftSupportRequestRequest) { c.AutoSubmitted = "auto-replied" },
		func(c *intakev1.DraftSupportRequestRequest) { c.Bounce = true },
	} {
		c := mailed("<auto@zwartkruis.example>")
		c.Name = "Postmaster"
		spoil(c)
		_, err := d.technician().DraftSupportRequest(t.Context(), c)
		d.refused(before, err, connect.CodeFailedPrecondition, "AUTOMATIC_MAIL")
		if d.keyExists(c.GetSupportRequestId(), vault.Operational) {
			t.Error("a key was made")
		}
	}
	// The same mail by many hands at once is one draft.
	technician := d.technician()
	if drafts := succeeded(20, func() error {
		_, err := technician.DraftSupportRequest(t.Context(), mailed("<once@zwartkruis.example>"))
		return err
	}); drafts != 1 {
		t.Errorf("%d drafts of one mail", drafts)
	}
}

// succeeded calls f so often at once, and counts the calls that did.
func succeeded(calls int, f func() error) int {
	var group sync.WaitGroup
	var n atomic.Int32
	for range calls {
		group.Go(func() {
			if f() == nil {
				n.Add(1)
			}
		})
	}
	group.Wait()
	return int(n.Load())
}

func TestG01_OfManyWhoShowALinkAtOnceOneSends(t *testing.T) {
	d := open(t, monday)
	got := d.draft(call())
	public := d.public()
	if sent := succeeded(50, func() error {
		_, err := public.SubmitSupportRequest(t.Context(), sending(got))
		return err
	}); sent != 1 {
		t.Errorf("%d sent", sent)
	}
	if got := d.types(got.GetSupportRequest().GetSupportRequestId()); got != "drafted link_issued link_used submitted" {
		t.Error(got)
	}
}

func TestG15_AMailIsNotConsentAndItsDraftCannotBeAccepted(t *testing.T) {
	d := open(t, monday)
	got := d.draft(mailed("<CAF=1234@zwartkruis.example>"))
	accept := &intakev1.AcceptSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: got.GetSupportRequest().GetSupportRequestId(),
	}
	before := d.end()
	_, err := d.dispatcher().AcceptSupportRequest(t.Context(), accept)
	d.refused(before, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")
	d.submit(sending(got))
	before = d.end()
	_, err = d.dispatcher().AcceptSupportRequest(t.Context(), accept)
	d.refused(before, err, connect.CodeFailedPrecondition, "CONSENT_MISSING")
}

func TestP5_TwentyDraftsOfOneKeyAreOne(t *testing.T) {
	d := open(t, monday)
	c, technician := call(), d.technician()
	for i, got := range together(t, func() (*intakev1.DraftSupportRequestResponse, error) {
		return technician.DraftSupportRequest(t.Context(), c)
	}) {
		if i > 0 && got.GetLink().GetCode() != d.draft(c).GetLink().GetCode() {
			t.Fatal(got)
		}
	}
	if got := d.types(c.GetSupportRequestId()); got != "drafted link_issued" {
		t.Fatal(got)
	}
	before := d.end()
	c.Problem = "Iets anders"
	_, err := d.technician().DraftSupportRequest(t.Context(), c)
	d.refused(before, err, connect.CodeAlreadyExists, "IDEMPOTENCY_CONFLICT")
	c.IdempotencyKey = uuid.NewString()
	_, err = d.technician().DraftSupportRequest(t.Context(), c)
	d.refused(before, err, connect.CodeAlreadyExists, "ALREADY_SUBMITTED")
}
