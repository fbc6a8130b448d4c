package consent

import (
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	"aanvraag.internal/services/consent/internal/agreement"
	"aanvraag.internal/services/kernel/withdrawal"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/vault"
)

// WithdrawConsent implements the RPC. As in [Service.give], intake is asked only
// where the stream cannot be decided on without it.
func (d *door) WithdrawConsent(
	ctx context.Context, req *consentv1.WithdrawConsentRequest,
) (*consentv1.WithdrawConsentResponse, error) {
	id := req.GetSupportRequestId()
	if err := rpc.Own(ctx, id); err != nil {
		return nil, err
	}
	env, err := rpc.NewCommand(ctx, d.s.house.Clock, d.s.house.Vault.Fingerprint, req, id)
	if err != nil {
		return nil, err
	}
	wish := agreement.Withdraw{SupportRequestID: id, Purpose: purposes[req.GetPurpose()], At: env.DecidedAt}
	done, err := d.s.consents.Execute(ctx, id, env, wish)
	if errors.Is(err, agreement.StateNeeded) {
		if wish.RequestState, err = d.s.requestState(ctx, id); err != nil {
			return nil, err
		}
		done, err = d.s.consents.Execute(ctx, id, env, wish)
	}
	if err != nil {
		return nil, err
	}
	return &consentv1.WithdrawConsentResponse{
		Consent: public(done.State, done.Revision), ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// DeclareWithdrawal implements the RPC.
func (d *door) DeclareWithdrawal(
	ctx context.Context, req *consentv1.DeclareWithdrawalRequest,
) (*consentv1.DeclareWithdrawalResponse, error) {
	id, err := d.s.contract(ctx, req.GetContractId())
	if err != nil {
		return nil, err
	}
	env, err := rpc.NewCommand(ctx, d.s.house.Clock, d.s.house.Vault.Fingerprint, req, id)
	if err != nil {
		return nil, err
	}
	practice, ref, err := d.s.practice(ctx, env.DecidedAt)
	if err != nil {
		return nil, err
	}
	wish := agreement.Declare{
		WithdrawalID:     uuid.NewSHA1(ids, []byte("withdrawal "+id+" "+env.CommandID.String())).String(),
		SupportRequestID: id, ConfirmWithin: practice.ConfirmWithinSeconds, At: env.DecidedAt,
	}
	known, err := d.s.consents.Load(ctx, id)
	if err != nil {
		return nil, err
	}
	if known.State.Submitted { // of what was never submitted, nobody is the subject
		wish.Name, err = d.s.house.Vault.Seal(ctx, subject(id), vault.Operational, "withdrawalName",
			d.s.place(id, env.CommandID), []byte(req.GetName()))
		if err != nil {
			return nil, err
		}
	}
	env.Policies = policies.Refs(ref)
	done, err := d.s.consents.Execute(ctx, id, env, wish)
	if err != nil {
		return nil, err
	}
	c := done.State
	out := &consentv1.DeclareWithdrawalResponse{
		WithdrawalId: c.Contract.WithdrawalID, SupportRequestId: id,
		DeclaredAt: timestamppb.New(c.Contract.DeclaredAt), ConfirmBefore: timestamppb.New(c.Contract.ConfirmBefore),
		Outcome: outcomes[c.WithdrawalOutcome(c.Contract.DeclaredAt)], ConsistencyToken: rpc.Token(done.Position),
	}
	if !c.ConcludedAt.IsZero() {
		out.PeriodEndsAt = timestamppb.New(withdrawal.Ends(c.ConcludedAt))
	}
	return out, nil
}

// ConfirmWithdrawal implements the RPC.
func (d *door) ConfirmWithdrawal(
	ctx context.Context, req *consentv1.ConfirmWithdrawalRequest,
) (*consentv1.ConfirmWithdrawalResponse, error) {
	id := req.GetSupportRequestId()
	if err := rpc.Own(ctx, id); err != nil {
		return nil, err
	}
	env, err := rpc.NewCommand(ctx, d.s.house.Clock, d.s.house.Vault.Fingerprint, req, id)
	if err != nil {
		return nil, err
	}
	done, err := d.s.consents.Execute(ctx, id, env, agreement.Confirm{
		WithdrawalID: req.GetWithdrawalId(), SupportRequestID: id, At: env.DecidedAt,
	})
	if err != nil {
		return nil, err
	}
	c := done.State.Contract
	return &consentv1.ConfirmWithdrawalResponse{
		Outcome: outcomes[c.Outcome], DeclaredAt: timestamppb.New(c.DeclaredAt), AcknowledgedAt: timestamppb.New(c.ConfirmedAt),
		WorkedPartOwed: c.Outcome == agreement.Effective && c.StartRequested, ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// contract is the support request that a contract id names: the id itself, or, to the
// customer whose token is for it, its reference.
func (s *Service) contract(ctx context.Context, named string) (string, error) {
	caller := rpc.CallerFrom(ctx)
	if caller.Role != commonv1.Role_ROLE_CUSTOMER {
		parsed, err := uuid.Parse(named)
		if err != nil {
			return "", rpc.InvalidField("contract_id", "string.uuid", "must be the id of a support request")
		}
		return parsed.String(), nil
	}
	id := strings.ToLower(caller.SupportRequestID)
	found, err := s.consents.Load(ctx, id)
	if err != nil {
		return "", err
	}
	if !strings.EqualFold(named, id) && (found.State.Reference == "" || !strings.EqualFold(strings.TrimSpace(named), found.State.Reference)) {
		return "", rpc.Own(ctx, "")
	}
	return id, nil
}

var purposes = map[consentv1.ConsentPurpose]agreement.Purpose{
	consentv1.ConsentPurpose_CONSENT_PURPOSE_AGREEMENT:       agreement.WholeAgreement,
	consentv1.ConsentPurpose_CONSENT_PURPOSE_RECORDING:       agreement.SessionRecord,
	consentv1.ConsentPurpose_CONSENT_PURPOSE_MARKETING:       agreement.Marketing,
	consentv1.ConsentPurpose_CONSENT_PURPOSE_IMMEDIATE_START: agreement.ImmediateStart,
}

func purposeOf(p agreement.Purpose) consentv1.ConsentPurpose {
	for public, known := range purposes {
		if known == p {
			return public
		}
	}
	return consentv1.ConsentPurpose_CONSENT_PURPOSE_UNSPECIFIED
}
