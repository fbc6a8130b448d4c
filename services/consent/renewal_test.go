package consent

import (
	"strings"
	"sync"
	"testing"

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

const (
	noBackup = consentv1.BackupDeclaration_BACKUP_DECLARATION_UNSPECIFIED
	made     = consentv1.BackupDeclaration_BACKUP_DECLARATION_MADE

	unreachable = intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_UNSPECIFIED
	submitted   = intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_SUBMITTED
	accepted    = intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_ACCEPTED
	invoiced    = intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_INVOICED
)

// attached is a house with a consent for a submitted request, by that form.
func attached(t *testing.T, backup consentv1.BackupDeclaration) (*house, *consentv1.GiveConsentRequest, *consentv1.GiveConsentResponse) {
	t.Helper()
	h := build(t)
	first := form(reqID, h.terms(""))
	first.Backup = backup
	given := h.give(first)
	h.submit(reqID)
	return h, first, given
}

// again is a form sent another time, under a key of its own.
func again(first *consentv1.GiveConsentRequest, change func(*consentv1.GiveConsentRequest)) *consentv1.GiveConsentRequest {
	out := proto.CloneOf(first)
	out.IdempotencyKey = uuid.NewString()
	change(out)
	return out
}

func TestO07ABackupIsAddedAfterAcceptanceByTheCustomer(t *testing.T) {
	h, first, given := attached(t, noBackup)
	h.asked.is(accepted)
	// The price went up since: he adds to what he agreed to, not to what is in force.
	before := h.revision("adopted-consent.tariff")
	h.policy("tariff", 2, strings.Replace(firstTariff, "10385", "11000", 1), opened)
	h.await("adopted-consent.tariff", before)

	added := again(first, func(r *consentv1.GiveConsentRequest) { r.Backup = made })
	h.unchanged(func() {
		_, err := h.public().GiveConsent(t.Context(), added)
		refused(t, err, connect.CodePermissionDenied, "CUSTOMER_TOKEN_REQUIRED")
	})
	mine := h.as(commonv1.Role_ROLE_CUSTOMER, reqID)
	now, err := mine.GiveConsent(t.Context(), added)
	must(t, err)
	got, err := mine.GetConsent(t.Context(), &consentv1.GetConsentRequest{SupportRequestId: reqID})
	must(t, err)
	c := got.GetConsent()
	if now.GetConsentId() == given.GetConsentId() || c.GetConsentId() != now.GetConsentId() ||
		c.GetBackup() != made || c.GetTariffSha256() != first.GetTariffSha256() {
		t.Errorf("got %v", c)
	}
	recorded := h.acts("consent-" + reqID)
	var meta eventstore.Metadata
	must(t, json.Unmarshal(recorded[len(recorded)-1].Metadata, &meta))
	if p := meta.Policies; len(p) != 3 || p[2].SHA256 != first.GetTariffSha256() || p[2].Version != 1 {
		t.Errorf("decided by %v", p)
	}
	// Scheduling hears of it, so work may start (D-01).
	told := h.consents(reqID)
	if len(told) != 2 || told[1].GetBackup() != made || told[1].GetConsentId() != now.GetConsentId() {
		t.Errorf("told %v", told)
	}
}

func TestO07WhatWasAcceptedIsNotTakenBackAndWhatEndedNotTouched(t *testing.T) {
	h, first, given := attached(t, made)
	mine := h.as(commonv1.Role_ROLE_CUSTOMER, reqID)
	h.unchanged(func() {
		for state, change := range map[intakev1.SupportRequestState]func(*consentv1.GiveConsentRequest){
			accepted: func(r *consentv1.GiveConsentRequest) { r.Backup = noBackup },
			invoiced: func(r *consentv1.GiveConsentRequest) { r.RecordingNoticeSeen = true },
		} {
			h.asked.is(state)
			_, err := mine.GiveConsent(t.Context(), again(first, change))
			refused(t, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")
			want := strings.TrimPrefix(state.String(), "SUPPORT_REQUEST_STATE_")
			if d := rpc.Metadata(err); d["from"] != want || d["command"] != "GiveConsent" || d["rule"] != "O-07" {
				t.Errorf("details %v", d)
			}
			same, err := mine.GiveConsent(t.Context(), again(first, func(*consentv1.GiveConsentRequest) {}))
			must(t, err)
			if same.GetConsentId() != given.GetConsentId() {
				t.Errorf("the same again is %v", same)
			}
		}
	})
}

func TestIntakeIsAskedOnlyForWhatIsAttached(t *testing.T) {
	h, first, given := attached(t, noBackup)
	if times := h.asked.is(unreachable); times != 0 {
		t.Errorf("asked %d times for a first consent", times)
	}
	added := again(first, func(r *consentv1.GiveConsentRequest) { r.Backup = made })
	h.unchanged(func() {
		_, err := h.public().GiveConsent(t.Context(), added)
		refused(t, err, connect.CodeUnavailable, rpc.ReasonUnavailable)
		// A repeat has its answer, whoever cannot be reached and whatever came since.
		if repeat := h.give(first); !proto.Equal(repeat, given) {
			t.Errorf("answered %v, then %v", given, repeat)
		}
		h.asked.is(invoiced)
		if repeat := h.give(first); !proto.Equal(repeat, given) {
			t.Errorf("answered %v, then %v", given, repeat)
		}
	})
	h.asked.is(submitted)
	h.give(added)
}

func TestP5FiftyRenewalsAtOnceAreOneAgreement(t *testing.T) {
	h, first, _ := attached(t, noBackup)
	h.asked.is(accepted)
	mine := h.as(commonv1.Role_ROLE_CUSTOMER, reqID)
	one := again(first, func(r *consentv1.GiveConsentRequest) { r.Backup = made })
	var wg sync.WaitGroup
	answers, errs := make([]*consentv1.GiveConsentResponse, 50), make([]error, 50)
	for i := range answers {
		req := one
		if i%2 == 1 {
			req = again(one, func(*consentv1.GiveConsentRequest) {})
		}
		wg.Go(func() { answers[i], errs[i] = mine.GiveConsent(t.Context(), req) })
	}
	wg.Wait()
	for i, a := range answers {
		if errs[i] != nil || a.GetConsentId() != answers[0].GetConsentId() {
			t.Errorf("%v (%v), want %v", a, errs[i], answers[0])
		}
	}
	want := "consent.given.v1 consent.request_submitted.v1 consent.attached.v1 consent.given.v1 consent.attached.v1"
	if got := h.types("consent-" + reqID); got != want {
		t.Errorf("recorded %s", got)
	}
}
