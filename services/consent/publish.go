package consent

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	"aanvraag.internal/services/consent/internal/agreement"
	"aanvraag.internal/services/consent/internal/receipt"
	"aanvraag.internal/services/consent/internal/terms"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/vault"
)

var (
	termsCodec   = command.NewCodec[policy.Policy](policy.Events())
	consentCodec = command.NewCodec[agreement.Consent](agreement.Events())
)

// publish gives the public form of an own event; nil for a private one. Others
// hear of an agreement once its request exists, of terms by their hashes.
func publish(r eventstore.Recorded) (proto.Message, error) {
	category, _, _ := strings.Cut(r.Stream, "-")
	switch category {
	case "consent":
		e, err := consentCodec.Decode(r.Type, r.Data)
		if err != nil {
			return nil, err
		}
		return publicConsent(e)
	case "policy":
		if r.Stream == "policy-"+consentPolicy {
			return policies.Public(r)
		}
		e, err := termsCodec.Decode(r.Type, r.Data)
		if err != nil {
			return nil, err
		}
		return publicTerms(e)
	}
	return nil, fmt.Errorf("stream %s is not consent's", r.Stream)
}

func publicConsent(e agreement.Event) (proto.Message, error) {
	switch e := e.(type) {
	case agreement.Attached:
		return publicAgreement(e), nil
	case agreement.Withdrawn:
		return &consentv1.ConsentWithdrawn{
			ConsentId: e.ConsentID, SupportRequestId: e.SupportRequestID, Purpose: purposeOf(e.Purpose),
			WithdrawnAt: timestamppb.New(e.WithdrawnAt),
		}, nil
	case agreement.ReceiptIssued:
		return publicReceipt(e)
	case agreement.WithdrawalDeclared:
		return &consentv1.WithdrawalDeclared{
			WithdrawalId: e.WithdrawalID, SupportRequestId: e.SupportRequestID, DeclaredAt: timestamppb.New(e.DeclaredAt),
		}, nil
	case agreement.WithdrawalAcknowledged:
		m := &consentv1.WithdrawalAcknowledged{
			WithdrawalId: e.WithdrawalID, SupportRequestId: e.SupportRequestID,
			DeclaredAt: timestamppb.New(e.DeclaredAt), AcknowledgedAt: timestamppb.New(e.AcknowledgedAt),
			Outcome: outcomes[e.Outcome], StartRequested: e.StartRequested, Name: vault.Public(e.Name),
		}
		if !e.ConcludedAt.IsZero() {
			m.ConcludedAt = timestamppb.New(e.ConcludedAt)
		}
		return m, nil
	}
	return nil, nil
}

func publicAgreement(a agreement.Attached) proto.Message {
	m := &consentv1.ConsentGiven{
		ConsentId: a.ConsentID, SupportRequestId: a.SupportRequestID, GivenAt: timestamppb.New(a.GivenAt),
		Backup: backupOf(a.Backup), RecordingNoticeSeen: a.RecordingNoticeSeen, StartImmediately: a.StartImmediately,
		WithdrawalLossAcknowledged: a.WithdrawalLossAcknowledged,
	}
	for _, ref := range a.Refs() {
		m.PolicyRefs = append(m.PolicyRefs, policies.Ref(ref))
	}
	return m
}

// publicReceipt tells, beside the receipt, what a letter about it says: it is read
// from the receipt itself, so the two cannot differ.
func publicReceipt(e agreement.ReceiptIssued) (proto.Message, error) {
	r, err := receipt.Read(e.JWS)
	if err != nil {
		return nil, err
	}
	m := &consentv1.ConsentReceiptIssued{
		ConsentId: e.ConsentID, SupportRequestId: e.SupportRequestID, RecordId: e.RecordID,
		Receipt: e.JWS, KeyId: e.KeyID, IssuedAt: timestamppb.New(e.IssuedAt),
		StartImmediately: r.Contract.ImmediateStart, WithdrawalLossAcknowledged: r.Contract.LossOfWithdrawal,
		ButtonText: r.Contract.ButtonText, Withdrawn: purposeOf(agreement.Purpose(r.Withdrawn())),
		HourlyRateCents: int64(r.Contract.Price.HourlyRate), HourlyRateIncludingVatCents: int64(r.Contract.Price.HourlyRateIncl),
		MinimumSupportCents: int64(r.Contract.Price.Support), MinimumSupportIncludingVatCents: int64(r.Contract.Price.SupportIncl),
		MinimumInvoiceCents: int64(r.Contract.Price.Invoice), MinimumInvoiceIncludingVatCents: int64(r.Contract.Price.InvoiceIncl),
	}
	for _, n := range r.Contract.Notices {
		m.Documents = append(m.Documents, &consentv1.TermsDocumentRef{
			Kind: kindOf(n.Reference), Version: int32(n.Version), Sha256: n.SHA256,
		})
	}
	return m, nil
}

var outcomes = map[agreement.Outcome]consentv1.WithdrawalOutcome{
	agreement.Effective:   consentv1.WithdrawalOutcome_WITHDRAWAL_OUTCOME_EFFECTIVE,
	agreement.Done:        consentv1.WithdrawalOutcome_WITHDRAWAL_OUTCOME_PERFORMED,
	agreement.PeriodOver:  consentv1.WithdrawalOutcome_WITHDRAWAL_OUTCOME_PERIOD_OVER,
	agreement.EndedBefore: consentv1.WithdrawalOutcome_WITHDRAWAL_OUTCOME_ENDED_BEFORE,
}

func publicTerms(e policy.Event) (proto.Message, error) {
	p, ok := e.(policy.Published)
	if !ok {
		return nil, nil
	}
	v, err := terms.Read(p.Version)
	if err != nil {
		return nil, err
	}
	m := &consentv1.TermsPublished{
		Kind: kindOf(v.Ref.Kind), Version: int32(v.Ref.Version),
		EffectiveFrom: timestamppb.New(v.EffectiveFrom), Sha256ByLanguage: map[string]string{},
	}
	for language, text := range v.Texts {
		m.Sha256ByLanguage[language] = text.SHA256
	}
	return m, nil
}
