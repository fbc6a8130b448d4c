package consent

import (
	"context"
	"errors"
	"fmt"
	"strings"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/consent/internal/agreement"
	"aanvraag.internal/services/consent/internal/terms"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/rpc"
)

// wish is a request to agree, beside the facts by which it is decided: what was in
// force at the instant, and whether what was shown was ever published. They are
// read before the decision, so the decision itself is pure.
func (s *Service) wish(ctx context.Context, req *consentv1.GiveConsentRequest, env command.Envelope) (agreement.Give, error) {
	id, at := req.GetSupportRequestId(), env.DecidedAt
	w := agreement.Give{
		ConsentID: consentID(id, env.CommandID), SupportRequestID: id, Shown: shown(req), At: at, Declarations: declared(req),
		ByToken: rpc.CallerFrom(ctx).Role == commonv1.Role_ROLE_CUSTOMER, // whose token it is was asked before
		Device:  s.deviceHash(id, req.GetDeviceId()),
	}
	w.ByOthers = !w.ByToken && rpc.CallerFrom(ctx).Role != commonv1.Role_ROLE_PUBLIC
	for _, d := range []struct {
		kind    string
		shown   *agreement.Named
		inForce *agreement.Edition
	}{
		{agreement.OnlineSupport, &w.Shown.OnlineSupport, &w.InForce.OnlineSupport},
		{agreement.General, &w.Shown.General, &w.InForce.General},
	} {
		all, inForce, err := s.policies.InForce(ctx, d.kind, at)
		if err != nil {
			return w, err
		}
		version, err := s.library.version(inForce)
		if err != nil {
			return w, err
		}
		if d.shown.Known, err = s.library.has(all, d.shown.Version, d.shown.SHA256); err != nil {
			return w, err
		}
		*d.inForce = edition(version)
	}
	tariff, inForce, err := s.policies.InForce(ctx, tariffPolicy, at)
	if err != nil {
		return w, err
	}
	w.InForce.Tariff = inForce.Ref
	_, w.Shown.Tariff.Known = tariff.BySHA256(w.Shown.Tariff.SHA256)
	practice, _, err := s.practice(ctx, at)
	if err != nil {
		return w, err
	}
	w.Press = agreement.Press{Text: req.GetButtonText(), Accepted: practice.labels(), Required: practice.ButtonTextRequired}
	if req.GetPartyKind() != commonv1.PartyKind_PARTY_KIND_UNSPECIFIED {
		w.PartyKind = partyKind(req.GetPartyKind())
	}
	w.Evidence, err = s.evidence(ctx, req, env)
	return w, err
}

// refs are the policies that a decision on a wish rests on (P2).
func (s *Service) refs(ctx context.Context, wish agreement.Give, a agreement.Agreement) ([]eventstore.PolicyRef, error) {
	refs := a.Refs()
	if wish.Press.Text != "" || wish.PartyKind == agreement.Consumer {
		_, practice, err := s.practice(ctx, wish.At)
		if err != nil {
			return nil, err
		}
		refs = append(refs, practice)
	}
	return policies.Refs(refs...), nil
}

// give executes a wish. The state of the request is asked for only when the
// stream cannot be decided on without it, so a repeat and a first consent never
// wait for intake.
func (s *Service) give(ctx context.Context, env command.Envelope, wish agreement.Give) (command.Result[agreement.Consent], error) {
	var none command.Result[agreement.Consent]
	id := wish.SupportRequestID
	var err error
	if env.Policies, err = s.refs(ctx, wish, wish.Agreement()); err != nil {
		return none, err
	}
	done, err := s.consents.Execute(ctx, id, env, wish)
	if !errors.Is(err, agreement.StateNeeded) {
		return done, err
	}
	if wish.RequestState, err = s.requestState(ctx, id); err != nil {
		return none, err
	}
	found, err := s.consents.Load(ctx, id)
	if err != nil {
		return none, err
	}
	if env.Policies, err = s.refs(ctx, wish, wish.On(found.State)); err != nil {
		return none, err
	}
	return s.consents.Execute(ctx, id, env, wish)
}

// requestState asks intake; its UNAVAILABLE is the caller's.
func (s *Service) requestState(ctx context.Context, id string) (agreement.RequestState, error) {
	answer, err := s.neighbours.Requests.GetSupportRequest(ctx, &intakev1.GetSupportRequestRequest{SupportRequestId: id})
	if err != nil {
		return "", fmt.Errorf("ask intake for the request: %w", err)
	}
	if r := answer.GetSupportRequest(); r.GetState() == intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_SCHEDULED && r.GetWorkedSeconds() > 0 {
		return agreement.Paused, nil // work was done; another appointment is to come
	}
	state := answer.GetSupportRequest().GetState().String()
	return agreement.RequestState(strings.TrimPrefix(state, "SUPPORT_REQUEST_STATE_")), nil
}

// deviceHash is what is compared of a device, the same as in intake: it differs by
// request, so nobody can be followed by it.
func (s *Service) deviceHash(supportRequestID, device string) string {
	return s.house.Vault.Pseudonym("device for "+supportRequestID, device)
}

func edition(v terms.Version) agreement.Edition {
	return agreement.Edition{
		Version: v.Ref.Version, Dutch: v.Texts[terms.Dutch].SHA256, English: v.Texts[english].SHA256,
	}
}

// shown is what the customer names. A kind that he names twice is not named: it
// cannot be told which of the two he agreed to.
func shown(req *consentv1.GiveConsentRequest) agreement.Shown {
	named := map[string][]agreement.Named{}
	for _, d := range req.GetDocuments() {
		kind := documentKinds[d.GetKind()]
		named[kind] = append(named[kind], agreement.Named{Version: int(d.GetVersion()), SHA256: d.GetSha256()})
	}
	one := func(kind string) agreement.Named {
		if len(named[kind]) != 1 {
			return agreement.Named{}
		}
		return named[kind][0]
	}
	return agreement.Shown{
		OnlineSupport: one(agreement.OnlineSupport),
		General:       one(agreement.General),
		Tariff:        agreement.Named{SHA256: req.GetTariffSha256()},
	}
}

func declared(req *consentv1.GiveConsentRequest) agreement.Declarations {
	return agreement.Declarations{
		AgreeTerms:           req.GetAgreeTerms(),
		AgreePrice:           req.GetAgreePrice(),
		NotUnderWarranty:     req.GetNotUnderWarranty(),
		Backup:               backups[req.GetBackup()],
		ProceedWithoutBackup: req.GetProceedWithoutBackup(),
		RecordingNoticeSeen:  req.GetRecordingNoticeSeen(),
		StartImmediately:     req.GetStartImmediately(),
		AuthorityDeclared:    req.GetAuthorityDeclared(),
		Marketing:            req.GetMarketing(),

		WithdrawalLossAcknowledged: req.GetWithdrawalLossAcknowledged(),
	}
}
