package consent

import (
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/rpc"
)

const reqID = "0b8f6a0e-6f7e-4a53-9d55-1f1f0a5d2c11"

func TestAnAgreementIsToldOnceItsRequestExistsWhicheverCameFirst(t *testing.T) {
	for name, order := range map[string]struct {
		steps func(*house)
		want  string
	}{
		"given, then submitted": {
			func(h *house) { h.give(form(reqID, h.terms(""))); h.submit(reqID) },
			"consent.given.v1 consent.request_submitted.v1 consent.attached.v1",
		},
		"submitted, then given": {
			func(h *house) { h.submit(reqID); h.give(form(reqID, h.terms(""))) },
			"consent.request_submitted.v1 consent.given.v1 consent.attached.v1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := build(t)
			order.steps(h)
			if got := h.types("consent-" + reqID); got != order.want {
				t.Errorf("recorded %s, want %s", got, order.want)
			}
			told := h.consents(reqID)
			if len(told) != 1 {
				t.Fatalf("told %d times: %v", len(told), told)
			}
			shown, got := h.terms(""), told[0]
			if got.GetConsentId() == "" || !got.GetGivenAt().AsTime().Equal(opened) ||
				got.GetBackup() != consentv1.BackupDeclaration_BACKUP_DECLARATION_MADE {
				t.Errorf("told %v", got)
			}
			refs := got.GetPolicyRefs()
			if len(refs) != 3 || refs[0].GetKind() != "terms.online-support" || refs[1].GetKind() != "terms.general" ||
				refs[2].GetKind() != "tariff" || refs[2].GetSha256() != shown.GetTariff().GetSha256() {
				t.Errorf("it names %v", refs)
			}
		})
	}
}

func TestAnAgreementForNoRequestIsNotTold(t *testing.T) {
	h := build(t)
	h.give(form(reqID, h.terms("")))
	if told := h.consents(reqID); len(told) != 0 {
		t.Errorf("told %v", told)
	}
}

func TestARenewalIsToldAgainAndTheSameAgainIsNot(t *testing.T) {
	h := build(t)
	h.asked.is(intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_SUBMITTED)
	first := form(reqID, h.terms(""))
	first.Backup = consentv1.BackupDeclaration_BACKUP_DECLARATION_UNSPECIFIED
	given := h.give(first)
	h.submit(reqID)

	h.unchanged(func() {
		again := proto.CloneOf(first)
		again.IdempotencyKey = uuid.NewString()
		if same := h.give(again); same.GetConsentId() != given.GetConsentId() {
			t.Errorf("another consent: %v", same)
		}
	})
	now := h.give(form(reqID, h.terms("")))
	told := h.consents(reqID)
	if len(told) != 2 || told[1].GetBackup() != consentv1.BackupDeclaration_BACKUP_DECLARATION_MADE ||
		told[0].GetConsentId() != given.GetConsentId() || told[1].GetConsentId() != now.GetConsentId() ||
		now.GetConsentId() == given.GetConsentId() {
		t.Errorf("told %v", told)
	}
}

func TestP5FiftyAtOnceWithOneKeyAreOneEvent(t *testing.T) {
	h := build(t)
	req, client := form(reqID, h.terms("")), h.public()
	var wg sync.WaitGroup
	answers, errs := make([]*consentv1.GiveConsentResponse, 50), make([]error, 50)
	for i := range answers {
		wg.Go(func() { answers[i], errs[i] = client.GiveConsent(t.Context(), req) })
	}
	wg.Wait()
	for i, a := range answers {
		if errs[i] != nil || !proto.Equal(a, answers[0]) {
			t.Errorf("%v (%v), want %v", a, errs[i], answers[0])
		}
	}
	if got := h.types("consent-" + reqID); got != "consent.given.v1" {
		t.Errorf("recorded %s", got)
	}
	other := proto.CloneOf(req)
	other.Marketing = true
	h.unchanged(func() {
		_, err := client.GiveConsent(t.Context(), other)
		refused(t, err, connect.CodeAlreadyExists, "IDEMPOTENCY_CONFLICT")
	})
}

func TestG02NobodyAgreesForTheCustomer(t *testing.T) {
	h := build(t)
	req := form(reqID, h.terms(""))
	h.unchanged(func() {
		for number := range commonv1.Role_name {
			role := commonv1.Role(number)
			switch role {
			case commonv1.Role_ROLE_UNSPECIFIED, commonv1.Role_ROLE_PUBLIC, commonv1.Role_ROLE_CUSTOMER:
				continue
			}
			_, err := h.as(role, "").GiveConsent(t.Context(), req)
			refused(t, err, connect.CodePermissionDenied, rpc.ReasonPermissionDenied)
		}
		_, err := h.as(commonv1.Role_ROLE_CUSTOMER, uuid.NewString()).GiveConsent(t.Context(), req)
		refused(t, err, connect.CodePermissionDenied, rpc.ReasonNotYours)
	})
	_, err := h.as(commonv1.Role_ROLE_CUSTOMER, reqID).GiveConsent(t.Context(), req)
	must(t, err)
}

func TestG02ConsentFromADeviceOfTheDeskIsFlagged(t *testing.T) {
	h := build(t)
	for device, same := range map[string]bool{"werkplek-7": true, "thuis": false, "": false} {
		id := uuid.NewString()
		h.tell("intake", "request-"+id, &intakev1.IntakeLinkIssued{
			SupportRequestId: id, DeviceHash: h.service.house.Vault.Pseudonym("device for "+id, "werkplek-7"),
		})
		h.await("consent-"+id, eventstore.NoStream)
		req := form(id, h.terms(""))
		req.DeviceId = device
		h.give(req)
		var given struct {
			SameDevice bool `json:"sameDevice"`
		}
		must(t, json.Unmarshal(h.stream("consent-" + id)[1].Data, &given, json.RejectUnknownMembers(false)))
		if given.SameDevice != same {
			t.Errorf("%q: same is %t", device, given.SameDevice)
		}
	}
}

func TestG03NobodyAgreesForADraftThatExpired(t *testing.T) {
	h := build(t)
	h.tell("intake", "request-"+reqID, &intakev1.SupportRequestExpired{SupportRequestId: reqID})
	h.await("consent-"+reqID, eventstore.NoStream)
	h.unchanged(func() {
		_, err := h.public().GiveConsent(t.Context(), form(reqID, h.terms("")))
		refused(t, err, connect.CodeFailedPrecondition, "EXPIRED")
	})
}

func TestEveryGuardRefusesAtTheDoorAndRecordsNothing(t *testing.T) {
	h := build(t)
	shown := h.terms("")
	for name, tt := range map[string]struct {
		change func(*consentv1.GiveConsentRequest)
		reason string
	}{
		"O-04 terms":      {func(r *consentv1.GiveConsentRequest) { r.AgreeTerms = false }, "CONSENT_REQUIRED"},
		"O-04 price":      {func(r *consentv1.GiveConsentRequest) { r.AgreePrice = false }, "CONSENT_REQUIRED"},
		"W-02":            {func(r *consentv1.GiveConsentRequest) { r.NotUnderWarranty = false }, "WARRANTY_DECLARATION_REQUIRED"},
		"O-01 one of two": {func(r *consentv1.GiveConsentRequest) { r.Documents = r.GetDocuments()[:1] }, "TERMS_INCOMPLETE"},
		"O-01 none":       {func(r *consentv1.GiveConsentRequest) { r.Documents = nil }, "TERMS_INCOMPLETE"},
		"O-01 one twice":  {func(r *consentv1.GiveConsentRequest) { r.Documents = append(r.GetDocuments(), r.GetDocuments()[0]) }, "TERMS_INCOMPLETE"},
		"O-01 unknown":    {func(r *consentv1.GiveConsentRequest) { r.GetDocuments()[1].Sha256 = r.GetDocuments()[0].GetSha256() }, "TERMS_INCOMPLETE"},
		"O-01 no price":   {func(r *consentv1.GiveConsentRequest) { r.TariffSha256 = "" }, "TERMS_INCOMPLETE"},
		"D-01": {func(r *consentv1.GiveConsentRequest) {
			r.Backup = consentv1.BackupDeclaration_BACKUP_DECLARATION_NONE_PROCEED
		}, "BACKUP_CONFIRMATION_REQUIRED"},
	} {
		t.Run(name, func(t *testing.T) {
			req := form(reqID, shown)
			tt.change(req)
			h.unchanged(func() {
				_, err := h.public().GiveConsent(t.Context(), req)
				refused(t, err, connect.CodeInvalidArgument, tt.reason)
				if rpc.Metadata(err)["rule"] == "" {
					t.Errorf("no rule in %v", rpc.Metadata(err))
				}
			})
		})
	}
}

// The evidence is the server's: its clock, its hashes, who was authenticated how,
// and the versions that it decided by (O-05, P2, P8).
func TestO05TheServerWritesTheEvidence(t *testing.T) {
	h := build(t)
	req := form(reqID, h.terms("en"))
	h.give(req)
	recorded := h.stream("consent-" + reqID)[0]
	var meta eventstore.Metadata
	must(t, json.Unmarshal(recorded.Metadata, &meta))
	if !meta.DecidedAt.Equal(opened) || meta.CorrelationID != reqID || meta.Actor.Kind != "public" || meta.Actor.Authentication != "none" {
		t.Errorf("recorded by %+v", meta)
	}
	want := []eventstore.PolicyRef{
		{Kind: "terms.online-support", Version: 1, SHA256: req.GetDocuments()[0].GetSha256()},
		{Kind: "terms.general", Version: 1, SHA256: req.GetDocuments()[1].GetSha256()},
		{Kind: "tariff", Version: 1, SHA256: req.GetTariffSha256()},
	}
	if len(meta.Policies) != len(want) {
		t.Fatalf("decided by %+v", meta.Policies)
	}
	for i := range want {
		if meta.Policies[i] != want[i] {
			t.Errorf("decided by %+v, want %+v", meta.Policies[i], want[i])
		}
	}
}

func TestGetConsentTellsTheNewestFlagByFlag(t *testing.T) {
	h := build(t)
	mine := h.as(commonv1.Role_ROLE_CUSTOMER, reqID)
	ask := &consentv1.GetConsentRequest{SupportRequestId: reqID}
	_, err := mine.GetConsent(t.Context(), ask)
	refused(t, err, connect.CodeNotFound, "CONSENT_UNKNOWN")
	h.submit(reqID)
	_, err = mine.GetConsent(t.Context(), ask)
	refused(t, err, connect.CodeNotFound, "CONSENT_UNKNOWN")

	req := form(reqID, h.terms(""))
	req.Backup, req.ProceedWithoutBackup = consentv1.BackupDeclaration_BACKUP_DECLARATION_NONE_PROCEED, true
	req.RecordingNoticeSeen, req.StartImmediately, req.AuthorityDeclared = true, true, true
	given := h.give(req)
	h.receipt(reqID)
	_, err = h.clock.Advance(time.Hour)
	must(t, err)
	ask.ConsistencyToken = given.GetConsistencyToken()
	got, err := mine.GetConsent(t.Context(), ask)
	must(t, err)
	want := &consentv1.Consent{
		ConsentId: given.GetConsentId(), SupportRequestId: reqID, Documents: req.GetDocuments(), TariffSha256: req.GetTariffSha256(),
		AgreeTerms: true, AgreePrice: true, NotUnderWarranty: true, Backup: req.GetBackup(),
		RecordingNoticeSeen: true, StartImmediately: true, AuthorityDeclared: true, Revision: 3,
	}
	if at := got.GetConsent().GetGivenAt().AsTime(); !at.Equal(opened) {
		t.Errorf("given at %s", at)
	}
	got.GetConsent().GivenAt = nil
	if !proto.Equal(got.GetConsent(), want) {
		t.Errorf("got %v\nwant %v", got.GetConsent(), want)
	}

	_, err = h.as(commonv1.Role_ROLE_CUSTOMER, uuid.NewString()).GetConsent(t.Context(), ask)
	refused(t, err, connect.CodePermissionDenied, rpc.ReasonNotYours)
	_, err = h.public().GetConsent(t.Context(), ask)
	refused(t, err, connect.CodePermissionDenied, rpc.ReasonPermissionDenied)
	ask.ConsistencyToken = "x"
	_, err = mine.GetConsent(t.Context(), ask)
	refused(t, err, connect.CodeInvalidArgument, rpc.ReasonConsistencyTokenInvalid)
}

func TestARequestHasOneConsentInWhicheverCaseItsIDIsWritten(t *testing.T) {
	h := build(t)
	upper := form("0B8F6A0E-6F7E-4A53-9D55-1F1F0A5D2C11", h.terms(""))
	given := h.give(upper)
	lower := proto.CloneOf(upper)
	lower.SupportRequestId, lower.IdempotencyKey = reqID, uuid.NewString()
	if same := h.give(lower); same.GetConsentId() != given.GetConsentId() {
		t.Errorf("consent %s, then %s", given.GetConsentId(), same.GetConsentId())
	}
	h.submit(reqID)
	if told := h.consents(reqID); len(told) != 1 {
		t.Errorf("told %v", told)
	}
}
