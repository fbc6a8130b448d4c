package intake

import (
	"context"
	"errors"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/intake/internal/party"
	"aanvraag.internal/services/intake/internal/request"
	"aanvraag.internal/services/intake/internal/warranty"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/inbox"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/vault"
)

// Fields of a claim that are sealed; recorded and permanent.
const (
	fieldGrounds = "grounds"
	fieldBasis   = "basis"
)

// claims is the name space of the commands that carry a claim from its request to its
// case and back, whoever gives them: the door for its caller, or a reaction.
var claims = uuid.MustParse("8d1f6f3a-0b3e-5b3c-9d43-0d6c9a0b7f54")

// RaiseWarrantyClaim implements the RPC: on the request first, which decides, and then
// as a case of its own.
func (d *door) RaiseWarrantyClaim(
	ctx context.Context, req *intakev1.RaiseWarrantyClaimRequest,
) (*intakev1.RaiseWarrantyClaimResponse, error) {
	if err := rpc.Own(ctx, req.GetSupportRequestId()); err != nil {
		return nil, err
	}
	id, env, err := d.envelope(ctx, req)
	if err != nil {
		return nil, err
	}
	// What was said is sealed under the customer's key, so that it goes when he is erased.
	grounds, err := d.s.sealText(ctx, id, env.CommandID, fieldGrounds, req.GetGrounds())
	if err != nil {
		return nil, err
	}
	done, err := d.s.requests.Execute(ctx, id.String(), env, request.RaiseWarranty{
		ClaimID: claimOf(id), At: env.DecidedAt,
	})
	if err != nil {
		return nil, err
	}
	if err := d.s.registerFor(ctx, env, id.String(), claimOf(id), grounds); err != nil {
		return nil, err
	}
	return &intakev1.RaiseWarrantyClaimResponse{
		SupportRequest:   shown(ctx, public(id.String(), done.State, done.Revision)),
		ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// claimOf is the one claim of a request: raised twice it is the same (W-04).
func claimOf(id uuid.UUID) string { return uuid.NewSHA1(id, []byte("warranty claim")).String() }

// registerRaised opens the case of a claim whose caller is gone. What he said went
// with him; the desk has his number.
func (s *Service) registerRaised(ctx context.Context, in inbox.Inbound, m *intakev1.WarrantyClaimRaised) error {
	return s.registerFor(ctx, in.Command(0, s.house.Clock.Now()), m.GetSupportRequestId(), m.GetWarrantyClaimId(), sealed.Data{})
}

func (s *Service) registerFor(
	ctx context.Context, env command.Envelope, requestID, claimID string, grounds sealed.Data,
) error {
	env.CommandID, env.Fingerprint, env.IfRevision = uuid.NewSHA1(claims, []byte(claimID)), nil, nil
	_, err := s.claims.Execute(ctx, claimID, env, warranty.Register{
		SupportRequestID: requestID, Grounds: grounds, At: env.DecidedAt,
	})
	return err
}

// RegisterWarrantyClaim implements the RPC.
func (d *door) RegisterWarrantyClaim(
	ctx context.Context, req *intakev1.RegisterWarrantyClaimRequest,
) (*intakev1.RegisterWarrantyClaimResponse, error) {
	env, err := d.claimEnvelope(ctx, req)
	if err != nil {
		return nil, err
	}
	wish := warranty.Register{At: env.DecidedAt}
	if wish.Grounds, err = d.s.sealClaim(ctx, req.GetWarrantyClaimId(), "", env, fieldGrounds, req.GetGrounds()); err != nil {
		return nil, err
	}
	done, err := d.s.claims.Execute(ctx, req.GetWarrantyClaimId(), env, wish)
	if err != nil {
		return nil, err
	}
	return &intakev1.RegisterWarrantyClaimResponse{
		WarrantyClaim:    publicCase(req.GetWarrantyClaimId(), done),
		ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// GrantWarrantyClaim implements the RPC.
func (d *door) GrantWarrantyClaim(
	ctx context.Context, req *intakev1.GrantWarrantyClaimRequest,
) (*intakev1.GrantWarrantyClaimResponse, error) {
	done, err := d.decide(ctx, req, req.GetBasis(), func(basis sealed.Data, env command.Envelope) warranty.Command {
		return warranty.Grant{Basis: basis, At: env.DecidedAt}
	})
	if err != nil {
		return nil, err
	}
	return &intakev1.GrantWarrantyClaimResponse{
		WarrantyClaim:    publicCase(req.GetWarrantyClaimId(), done),
		ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// RejectWarrantyClaim implements the RPC.
func (d *door) RejectWarrantyClaim(
	ctx context.Context, req *intakev1.RejectWarrantyClaimRequest,
) (*intakev1.RejectWarrantyClaimResponse, error) {
	done, err := d.decide(ctx, req, req.GetBasis(), func(basis sealed.Data, env command.Envelope) warranty.Command {
		return warranty.Reject{Basis: basis, At: env.DecidedAt}
	})
	if err != nil {
		return nil, err
	}
	return &intakev1.RejectWarrantyClaimResponse{
		WarrantyClaim:    publicCase(req.GetWarrantyClaimId(), done),
		ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// aboutClaim is a request about one claim.
type aboutClaim interface {
	rpc.Request
	GetWarrantyClaimId() string
}

// decide records a decision on a claim, and then on the request that it was raised on.
func (d *door) decide(
	ctx context.Context, req aboutClaim, basis string, wish func(sealed.Data, command.Envelope) warranty.Command,
) (command.Result[warranty.Claim], error) {
	var none command.Result[warranty.Claim]
	claimID := req.GetWarrantyClaimId()
	env, err := d.claimEnvelope(ctx, req)
	if err != nil {
		return none, err
	}
	standing, err := d.s.claims.Load(ctx, claimID)
	if err != nil {
		return none, err
	}
	if standing.State.Stage == warranty.None {
		return none, warranty.Unknown // no key is made for nobody
	}
	written, err := d.s.sealClaim(ctx, claimID, standing.State.SupportRequestID, env, fieldBasis, basis)
	if err != nil {
		return none, err
	}
	done, err := d.s.claims.Execute(ctx, claimID, env, wish(written, env))
	if err != nil || done.State.SupportRequestID == "" {
		return done, err
	}
	decided := command.Envelope{
		CommandID: uuid.NewSHA1(claims, []byte("decide "+claimID)), Correlation: done.State.SupportRequestID,
		Causation: env.CommandID, Actor: env.Actor, DecidedAt: env.DecidedAt,
	}
	_, err = d.s.requests.Execute(ctx, done.State.SupportRequestID, decided, request.DecideWarranty{
		ClaimID: claimID, Granted: done.State.Stage == warranty.Granted, At: done.State.DecidedAt,
	})
	return done, err
}

func (d *door) claimEnvelope(ctx context.Context, req aboutClaim) (command.Envelope, error) {
	return rpc.NewCommand(ctx, d.s.house.Clock, d.s.house.Vault.Fingerprint, req, req.GetWarrantyClaimId())
}

// claimSubject is whose key a claim's texts are sealed under: the customer's of its
// request or, for a claim by phone, one of its own.
func claimSubject(claimID, requestID string) (string, error) {
	if requestID == "" {
		requestID = claimID
	}
	id, err := uuid.Parse(requestID)
	return subjectOf(id), err
}

func (s *Service) sealClaim(
	ctx context.Context, claimID, requestID string, env command.Envelope, field, text string,
) (sealed.Data, error) {
	text = party.Text(text)
	subject, err := claimSubject(claimID, requestID)
	if err != nil || party.Blank(text) {
		return sealed.Data{}, err
	}
	place := s.claims.Stream(claimID) + "/" + env.CommandID.String()
	data, err := s.house.Vault.Seal(ctx, subject, sealed.Operational, field, place, []byte(text))
	if errors.Is(err, vault.ErrErased) && requestID != "" { // of the customer nothing is left
		return s.sealClaim(ctx, claimID, "", env, field, text)
	}
	return data, err
}

// GetWarrantyClaim implements the RPC.
func (d *door) GetWarrantyClaim(
	ctx context.Context, req *intakev1.GetWarrantyClaimRequest,
) (*intakev1.GetWarrantyClaimResponse, error) {
	// It is folded from the log, which has seen whatever the token names.
	if _, err := rpc.ParseToken(req.GetConsistencyToken()); err != nil {
		return nil, err
	}
	found, err := d.s.claims.Load(ctx, req.GetWarrantyClaimId())
	if err != nil {
		return nil, err
	}
	if found.State.Stage == warranty.None {
		return nil, warranty.Unknown
	}
	out := publicCase(req.GetWarrantyClaimId(), found)
	if !req.GetIncludePersonalData() {
		return &intakev1.GetWarrantyClaimResponse{WarrantyClaim: out}, nil
	}
	caller := rpc.CallerFrom(ctx)
	if !mayOpen[caller.Role] {
		return nil, rpc.Fail(connect.CodePermissionDenied, rpc.ReasonPermissionDenied,
			"your role may not see personal data", map[string]string{"rule": "D-04"})
	}
	o := opener{ctx: ctx, vault: d.s.house.Vault, access: vault.Access{
		Actor: rpc.RoleName(caller.Role) + "/" + caller.Subject, Reason: "warranty claim " + req.GetWarrantyClaimId(),
	}}
	out.Grounds, out.Basis = o.text(found.State.Grounds), o.text(found.State.Basis)
	return &intakev1.GetWarrantyClaimResponse{WarrantyClaim: out}, o.err
}

// publicCase is a claim without anything personal.
func publicCase(id string, c command.Result[warranty.Claim]) *intakev1.WarrantyClaim {
	out := &intakev1.WarrantyClaim{
		WarrantyClaimId: id, SupportRequestId: c.State.SupportRequestID, Revision: int64(c.Revision),
		State:        claimStages[c.State.Stage],
		RegisteredAt: timestamppb.New(c.State.RegisteredAt),
	}
	if !c.State.DecidedAt.IsZero() {
		out.DecidedAt = timestamppb.New(c.State.DecidedAt)
	}
	return out
}

var claimStages = map[warranty.Stage]intakev1.WarrantyClaimState{
	warranty.Open:     intakev1.WarrantyClaimState_WARRANTY_CLAIM_STATE_OPEN,
	warranty.Granted:  intakev1.WarrantyClaimState_WARRANTY_CLAIM_STATE_GRANTED,
	warranty.Rejected: intakev1.WarrantyClaimState_WARRANTY_CLAIM_STATE_REJECTED,
}
