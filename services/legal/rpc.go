package legal

import (
	"context"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"

	legalv1 "aanvraag.internal/proto/gen/aanvraag/legal/v1"
	"aanvraag.internal/proto/gen/aanvraag/legal/v1/legalv1connect"
	"aanvraag.internal/services/legal/internal/referral"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/rpc"
)

// door is legal's RPCs: message to command to message. No rule lives here.
type door struct {
	legalv1connect.UnimplementedLegalServiceHandler
	s *Service
}

// RaiseReferral implements the RPC.
func (d *door) RaiseReferral(ctx context.Context, req *legalv1.RaiseReferralRequest) (*legalv1.RaiseReferralResponse, error) {
	request, err := uuid.Parse(req.GetSupportRequestId())
	if err != nil {
		return nil, rpc.InvalidField("support_request_id", "string.uuid", "must be a UUID")
	}
	id := d.s.idOf(request)
	env, err := d.envelope(ctx, req, id)
	if err != nil {
		return nil, err
	}
	wish := referral.Raise{By: env.Actor.ID, ReviewAt: req.GetReviewAt().AsTime(), At: env.DecidedAt}
	about := matter{SupportRequestID: request.String(), Grounds: req.GetGrounds(), ReviewAt: wish.ReviewAt}
	if wish.Matter, err = seal(ctx, d.s, id, env.CommandID, fieldMatter, about); err != nil {
		return nil, err
	}
	out, token, err := d.execute(ctx, id, env, wish)
	if err != nil {
		return nil, err
	}
	return &legalv1.RaiseReferralResponse{Referral: out, ConsistencyToken: token}, nil
}

// ApproveReferral implements the RPC.
func (d *door) ApproveReferral(ctx context.Context, req *legalv1.ApproveReferralRequest) (*legalv1.ApproveReferralResponse, error) {
	id, env, err := d.known(ctx, req)
	if err != nil {
		return nil, err
	}
	out, token, err := d.execute(ctx, id, env, referral.Approve{By: env.Actor.ID, At: env.DecidedAt})
	if err != nil {
		return nil, err
	}
	return &legalv1.ApproveReferralResponse{Referral: out, ConsistencyToken: token}, nil
}

// WithdrawReferral implements the RPC.
func (d *door) WithdrawReferral(ctx context.Context, req *legalv1.WithdrawReferralRequest) (*legalv1.WithdrawReferralResponse, error) {
	id, env, err := d.known(ctx, req)
	if err != nil {
		return nil, err
	}
	reason, err := seal(ctx, d.s, id, env.CommandID, fieldReason, explanation{req.GetReason()})
	if err != nil {
		return nil, err
	}
	out, token, err := d.execute(ctx, id, env, referral.Withdraw{Reason: reason, At: env.DecidedAt})
	if err != nil {
		return nil, err
	}
	return &legalv1.WithdrawReferralResponse{Referral: out, ConsistencyToken: token}, nil
}

// RecordHandOver implements the RPC.
func (d *door) RecordHandOver(ctx context.Context, req *legalv1.RecordHandOverRequest) (*legalv1.RecordHandOverResponse, error) {
	id, env, err := d.known(ctx, req)
	if err != nil {
		return nil, err
	}
	slip, err := seal(ctx, d.s, id, env.CommandID, fieldReceipt, receipt{req.GetAuthority(), req.GetReference()})
	if err != nil {
		return nil, err
	}
	out, token, err := d.execute(ctx, id, env, referral.HandOver{Receipt: slip, At: env.DecidedAt})
	if err != nil {
		return nil, err
	}
	return &legalv1.RecordHandOverResponse{Referral: out, ConsistencyToken: token}, nil
}

// ReleaseReferral implements the RPC.
func (d *door) ReleaseReferral(ctx context.Context, req *legalv1.ReleaseReferralRequest) (*legalv1.ReleaseReferralResponse, error) {
	id, env, err := d.known(ctx, req)
	if err != nil {
		return nil, err
	}
	reason, err := seal(ctx, d.s, id, env.CommandID, fieldReason, explanation{req.GetReason()})
	if err != nil {
		return nil, err
	}
	out, token, err := d.execute(ctx, id, env, referral.Release{Reason: reason, At: env.DecidedAt})
	if err != nil {
		return nil, err
	}
	return &legalv1.ReleaseReferralResponse{Referral: out, ConsistencyToken: token}, nil
}

// GetReferral implements the RPC. It folds the stream itself, so it has seen whatever
// any token stands for.
func (d *door) GetReferral(ctx context.Context, req *legalv1.GetReferralRequest) (*legalv1.GetReferralResponse, error) {
	if _, err := rpc.ParseToken(req.GetConsistencyToken()); err != nil {
		return nil, err
	}
	id, err := uuid.Parse(req.GetReferralId())
	if err != nil {
		return nil, referral.Unknown
	}
	found, err := d.s.referrals.Load(ctx, id.String())
	if err != nil {
		return nil, err
	}
	if found.State.State == referral.None {
		return nil, referral.Unknown
	}
	out, err := d.s.opened(ctx, id.String(), found.State, found.Revision)
	if err != nil {
		return nil, err
	}
	return &legalv1.GetReferralResponse{Referral: out}, nil
}

// ListReferrals implements the RPC.
func (d *door) ListReferrals(ctx context.Context, req *legalv1.ListReferralsRequest) (*legalv1.ListReferralsResponse, error) {
	page, err := rpc.NewPage(req)
	if err != nil {
		return nil, err
	}
	below, err := page.Position()
	if err != nil {
		return nil, err
	}
	if err := d.s.View().WaitFor(ctx, page.Seen); err != nil {
		return nil, err
	}
	rows, err := d.s.list(ctx, req.GetStates(), below, page.Size+1) // one more tells whether a page follows
	if err != nil {
		return nil, err
	}
	out := &legalv1.ListReferralsResponse{}
	for i, row := range rows {
		if i == page.Size {
			out.NextPageToken = page.NextPosition(rows[i-1].position)
			break
		}
		found, err := d.s.referrals.Load(ctx, row.id)
		if err != nil {
			return nil, err
		}
		opened, err := d.s.opened(ctx, row.id, found.State, found.Revision)
		if err != nil {
			return nil, err
		}
		out.Referrals = append(out.Referrals, opened)
	}
	return out, nil
}

// askers are the services that destroy keys. Other systems may have a token of the
// role service too, and nobody else is to learn anything here.
var askers = map[string]bool{"scheduling": true, "intake": true, "consent": true, "billing": true, "notification": true}

// IsHeld implements the RPC (D-06). It reads the referral's own stream: a list could
// be behind.
func (d *door) IsHeld(ctx context.Context, req *legalv1.IsHeldRequest) (*legalv1.IsHeldResponse, error) {
	if !askers[rpc.CallerFrom(ctx).Subject] {
		return nil, rpc.Fail(connect.CodePermissionDenied, rpc.ReasonPermissionDenied, "your role may not call this", nil)
	}
	request, err := uuid.Parse(req.GetSupportRequestId())
	if err != nil {
		return nil, rpc.InvalidField("support_request_id", "string.uuid", "must be a UUID")
	}
	found, err := d.s.referrals.Load(ctx, d.s.idOf(request))
	if err != nil {
		return nil, err
	}
	return &legalv1.IsHeldResponse{Held: found.State.Held()}, nil
}

// wish is a request that changes a referral which exists.
type wish interface {
	rpc.Request
	GetReferralId() string
}

// known is what such a wish is for. One for a referral that was never raised is
// refused before a key is made for it.
func (d *door) known(ctx context.Context, req wish) (string, command.Envelope, error) {
	parsed, err := uuid.Parse(req.GetReferralId())
	if err != nil {
		return "", command.Envelope{}, referral.Unknown
	}
	id := parsed.String()
	env, err := d.envelope(ctx, req, id)
	if err != nil {
		return "", env, err
	}
	found, err := d.s.referrals.Load(ctx, id)
	if err == nil && found.State.State == referral.None {
		err = referral.Unknown
	}
	return id, env, err
}

// envelope names the referral as what the command is about: the request's id stands
// nowhere in clear (D-05).
func (d *door) envelope(ctx context.Context, req rpc.Request, id string) (command.Envelope, error) {
	return rpc.NewCommand(ctx, d.s.house.Clock, d.s.house.Vault.Fingerprint, req, id)
}

func (d *door) execute(
	ctx context.Context, id string, env command.Envelope, cmd referral.Command,
) (*legalv1.Referral, string, error) {
	done, err := d.s.referrals.Execute(ctx, id, env, cmd)
	if err != nil {
		return nil, "", err
	}
	out, err := d.s.opened(ctx, id, done.State, done.Revision)
	return out, rpc.Token(done.Position), err
}
