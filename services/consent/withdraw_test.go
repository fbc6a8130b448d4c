package consent

import (
	"bytes"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	"aanvraag.internal/proto/gen/aanvraag/consent/v1/consentv1connect"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/platform/rpc"
)

func (h *house) customer() consentv1connect.ConsentServiceClient {
	return h.as(commonv1.Role_ROLE_CUSTOMER, reqID)
}

func takeBack(p consentv1.ConsentPurpose) *consentv1.WithdrawConsentRequest {
	return &consentv1.WithdrawConsentRequest{IdempotencyKey: uuid.NewString(), SupportRequestId: reqID, Purpose: p}
}

func (h *house) withdraw(p consentv1.ConsentPurpose) *consentv1.Consent {
	h.t.Helper()
	out, err := h.customer().WithdrawConsent(h.t.Context(), takeBack(p))
	must(h.t, err)
	return out.GetConsent()
}

func TestO09EachPurposeIsTakenBackOnItsOwn(t *testing.T) {
	h := bound(t)
	h.asked.is(intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_IN_PROGRESS)
	got := h.withdraw(consentv1.ConsentPurpose_CONSENT_PURPOSE_RECORDING)
	if got.GetRecordingNoticeSeen() || !got.GetMarketing() || !got.GetStartImmediately() || !got.GetAgreeTerms() {
		t.Errorf("after the recording was taken back: %v", got)
	}
	got = h.withdraw(consentv1.ConsentPurpose_CONSENT_PURPOSE_MARKETING)
	if got.GetMarketing() || len(got.GetWithdrawn()) != 2 || !got.GetWithdrawn()[1].GetWithdrawnAt().AsTime().Equal(opened) {
		t.Errorf("after marketing was taken back: %v", got)
	}
	h.unchanged(func() { h.withdraw(consentv1.ConsentPurpose_CONSENT_PURPOSE_RECORDING) })
}

func TestO09TheAgreementGoesBeforeTheWorkAndNotAfter(t *testing.T) {
	h := bound(t)
	for _, p := range []consentv1.ConsentPurpose{
		consentv1.ConsentPurpose_CONSENT_PURPOSE_AGREEMENT, consentv1.ConsentPurpose_CONSENT_PURPOSE_IMMEDIATE_START,
	} {
		h.asked.is(intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_PAUSED)
		h.unchanged(func() {
			_, err := h.customer().WithdrawConsent(t.Context(), takeBack(p))
			refused(t, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")
		})
	}
	h.asked.is(intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_SCHEDULED)
	if got := h.withdraw(consentv1.ConsentPurpose_CONSENT_PURPOSE_IMMEDIATE_START); got.GetStartImmediately() || got.GetWithdrawalLossAcknowledged() {
		t.Errorf("he still asks to start at once: %v", got)
	}
	h.withdraw(consentv1.ConsentPurpose_CONSENT_PURPOSE_AGREEMENT)
	_, err := h.customer().GiveConsent(t.Context(), consumerForm(reqID, h.terms("")))
	refused(t, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")
}

func TestO09OnlyTheCustomerTakesBackAndOnlyHisOwn(t *testing.T) {
	h := bound(t)
	h.unchanged(func() {
		for number := range commonv1.Role_name {
			if role := commonv1.Role(number); role != commonv1.Role_ROLE_CUSTOMER && role != commonv1.Role_ROLE_UNSPECIFIED {
				_, err := h.as(role, "").WithdrawConsent(t.Context(), takeBack(consentv1.ConsentPurpose_CONSENT_PURPOSE_MARKETING))
				refused(t, err, connect.CodePermissionDenied, rpc.ReasonPermissionDenied)
			}
		}
		_, err := h.as(commonv1.Role_ROLE_CUSTOMER, uuid.NewString()).
			WithdrawConsent(t.Context(), takeBack(consentv1.ConsentPurpose_CONSENT_PURPOSE_MARKETING))
		refused(t, err, connect.CodePermissionDenied, rpc.ReasonNotYours)
	})
}

func TestP5TakingBackTwiceWithOneKeyIsOneEvent(t *testing.T) {
	h := bound(t)
	req := takeBack(consentv1.ConsentPurpose_CONSENT_PURPOSE_MARKETING)
	for range 2 {
		_, err := h.customer().WithdrawConsent(t.Context(), req)
		must(t, err)
	}
	req.Purpose = consentv1.ConsentPurpose_CONSENT_PURPOSE_RECORDING
	_, err := h.customer().WithdrawConsent(t.Context(), req)
	refused(t, err, connect.CodeAlreadyExists, "IDEMPOTENCY_CONFLICT")
}

func TestX03AConsumersButtonSaysThatHeWillHaveToPay(t *testing.T) {
	h := build(t)
	shown := h.terms("")
	for _, label := range []string{"", "versturen", "Versturen", "Verstuur aanvraag", "Bestellen", "Betalingsverplichting"} {
		req := consumerForm(reqID, shown)
		req.ButtonText = label
		h.unchanged(func() {
			_, err := h.public().GiveConsent(t.Context(), req)
			refused(t, err, connect.CodeInvalidArgument, "BUTTON_TEXT_INSUFFICIENT")
			if rpc.Metadata(err)["accepted"] == "" {
				t.Errorf("%q: no label is offered in %v", label, rpc.Metadata(err))
			}
		})
	}
	for _, label := range []string{" aanvraag  MET betalingsverplichting ", "Request with obligation to pay"} {
		req := consumerForm(uuid.NewString(), shown)
		req.ButtonText = label
		h.give(req)
	}
	// A business may be shown any label; it is recorded.
	business := form(reqID, shown)
	business.ButtonText, business.PartyKind = "Versturen", commonv1.PartyKind_PARTY_KIND_BUSINESS
	h.give(business)
	got, err := h.as(commonv1.Role_ROLE_AUDITOR, "").GetConsent(t.Context(), &consentv1.GetConsentRequest{SupportRequestId: reqID})
	must(t, err)
	if got.GetConsent().GetButtonText() != "Versturen" {
		t.Errorf("recorded %v", got)
	}
}

// Who agreed before his request said that he is a consumer is not bound by a button
// that did not say it: nothing is told, and he can agree anew.
func TestX03AnAgreementByAnInsufficientButtonIsNotAttachedToAConsumersRequest(t *testing.T) {
	h := build(t)
	send := form(reqID, h.terms(""))
	send.ButtonText = "Versturen"
	h.give(send)
	h.submitAs(reqID, commonv1.PartyKind_PARTY_KIND_CONSUMER)
	if got, want := h.types("consent-"+reqID), "consent.given.v1 consent.request_submitted.v1 consent.withheld.v1"; got != want {
		t.Errorf("recorded %s, want %s", got, want)
	}
	if told := h.consents(reqID); len(told) != 0 {
		t.Errorf("told %v", told)
	}
	send.IdempotencyKey = uuid.NewString()
	_, err := h.public().GiveConsent(t.Context(), send)
	refused(t, err, connect.CodeInvalidArgument, "BUTTON_TEXT_INSUFFICIENT")
	h.give(consumerForm(reqID, h.terms("")))
	if told := h.consents(reqID); len(told) != 1 || !told[0].GetWithdrawalLossAcknowledged() {
		t.Errorf("told %v", told)
	}
}

func declaration(contract string) *consentv1.DeclareWithdrawalRequest {
	return &consentv1.DeclareWithdrawalRequest{IdempotencyKey: uuid.NewString(), Name: "Noor de Wit", ContractId: contract}
}

func confirmation(id string) *consentv1.ConfirmWithdrawalRequest {
	return &consentv1.ConfirmWithdrawalRequest{IdempotencyKey: uuid.NewString(), SupportRequestId: reqID, WithdrawalId: id}
}

func (h *house) conclude() {
	h.t.Helper()
	h.intake(reqID, &intakev1.SupportRequestAccepted{SupportRequestId: reqID, AcceptedAt: timestamppb.New(h.clock.Now())})
}

func TestX05WithdrawingTakesTwoStepsAndIsAcknowledged(t *testing.T) {
	h := bound(t)
	h.conclude()
	declared, err := h.customer().DeclareWithdrawal(t.Context(), declaration("a-7f3k-29qd"))
	must(t, err)
	if declared.GetOutcome() != consentv1.WithdrawalOutcome_WITHDRAWAL_OUTCOME_EFFECTIVE || declared.GetSupportRequestId() != reqID ||
		declared.GetPeriodEndsAt().AsTime().Format(time.RFC3339) != "2026-12-07T23:00:00Z" {
		t.Errorf("declared %v", declared)
	}
	_, err = h.customer().ConfirmWithdrawal(t.Context(), confirmation(uuid.NewString()))
	refused(t, err, connect.CodeFailedPrecondition, "WITHDRAWAL_NOT_DECLARED")
	req := confirmation(declared.GetWithdrawalId())
	confirmed, err := h.customer().ConfirmWithdrawal(t.Context(), req)
	must(t, err)
	if confirmed.GetOutcome() != consentv1.WithdrawalOutcome_WITHDRAWAL_OUTCOME_EFFECTIVE || !confirmed.GetWorkedPartOwed() ||
		!confirmed.GetAcknowledgedAt().AsTime().Equal(opened) {
		t.Errorf("confirmed %v", confirmed)
	}
	h.unchanged(func() {
		_, err := h.customer().ConfirmWithdrawal(t.Context(), confirmation(declared.GetWithdrawalId()))
		must(t, err)
	})
	for _, r := range h.stream("consent-" + reqID) {
		if bytes.Contains(r.Data, []byte("Noor")) {
			t.Errorf("the name stands in clear in %s", r.Type)
		}
	}
}

func TestX05TheLastSecondOfDayFourteenCounts(t *testing.T) {
	for name, tt := range map[string]struct {
		after time.Duration
		want  consentv1.WithdrawalOutcome
	}{
		"the last second": {14*24*time.Hour + 7*time.Hour + 59*time.Second, consentv1.WithdrawalOutcome_WITHDRAWAL_OUTCOME_EFFECTIVE},
		"a second later":  {14*24*time.Hour + 7*time.Hour + 60*time.Second, consentv1.WithdrawalOutcome_WITHDRAWAL_OUTCOME_PERIOD_OVER},
	} {
		t.Run(name, func(t *testing.T) {
			h := bound(t)
			h.conclude() // 15:59 UTC, 16:59 in Amsterdam
			_, err := h.clock.Advance(tt.after)
			must(t, err)
			declared, err := h.customer().DeclareWithdrawal(t.Context(), declaration(reqID))
			must(t, err)
			_, err = h.clock.Advance(time.Hour) // the declaration's instant counts
			must(t, err)
			confirmed, err := h.customer().ConfirmWithdrawal(t.Context(), confirmation(declared.GetWithdrawalId()))
			must(t, err)
			if declared.GetOutcome() != tt.want || confirmed.GetOutcome() != tt.want {
				t.Errorf("%v, then %v, want %v", declared.GetOutcome(), confirmed.GetOutcome(), tt.want)
			}
		})
	}
}

func TestX05ADeclarationIsConfirmedWithinADay(t *testing.T) {
	h := bound(t)
	declared, err := h.customer().DeclareWithdrawal(t.Context(), declaration(reqID))
	must(t, err)
	_, err = h.clock.Advance(24 * time.Hour)
	must(t, err)
	_, err = h.customer().ConfirmWithdrawal(t.Context(), confirmation(declared.GetWithdrawalId()))
	refused(t, err, connect.CodeFailedPrecondition, "WITHDRAWAL_OVERDUE")
}

func TestX05AfterFullPerformanceTheRightHasEndedAndThatIsAcknowledged(t *testing.T) {
	h := bound(t)
	h.conclude()
	h.intake(reqID, &intakev1.SupportRequestClosed{SupportRequestId: reqID, ClosedAt: timestamppb.New(opened)})
	declared, err := h.customer().DeclareWithdrawal(t.Context(), declaration(reqID))
	must(t, err)
	confirmed, err := h.customer().ConfirmWithdrawal(t.Context(), confirmation(declared.GetWithdrawalId()))
	must(t, err)
	if confirmed.GetOutcome() != consentv1.WithdrawalOutcome_WITHDRAWAL_OUTCOME_PERFORMED || confirmed.GetWorkedPartOwed() {
		t.Errorf("confirmed %v", confirmed)
	}
}

func TestX05TheRightIsAConsumersAndAForeignContractIsNot(t *testing.T) {
	h := build(t)
	_, err := h.customer().DeclareWithdrawal(t.Context(), declaration(reqID))
	refused(t, err, connect.CodeNotFound, "CONTRACT_UNKNOWN")
	h.submit(reqID)
	_, err = h.customer().DeclareWithdrawal(t.Context(), declaration(reqID))
	refused(t, err, connect.CodeFailedPrecondition, "WITHDRAWAL_NOT_AVAILABLE")
	_, err = h.customer().DeclareWithdrawal(t.Context(), declaration("A-0000-0000"))
	refused(t, err, connect.CodePermissionDenied, rpc.ReasonNotYours)
	_, err = h.as(commonv1.Role_ROLE_DISPATCHER, "").DeclareWithdrawal(t.Context(), declaration("A-7F3K-29QD"))
	refused(t, err, connect.CodeInvalidArgument, rpc.ReasonInvalidRequest)
}
