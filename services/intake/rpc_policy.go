package intake

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/intake/internal/contact"
	"aanvraag.internal/services/intake/internal/limits"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/rpc"
)

// PublishContactDirectory implements the RPC.
func (d *door) PublishContactDirectory(
	ctx context.Context, req *intakev1.PublishContactDirectoryRequest,
) (*intakev1.PublishContactDirectoryResponse, error) {
	directory := contact.Directory{
		BusinessSupportPhone: req.GetBusinessSupportPhone(),
		MainPhone:            req.GetMainPhone(),
		DirectDial:           req.GetDirectDial(),
		Email:                req.GetEmail(),
	}
	for _, c := range req.GetMainMenu() {
		directory.MainMenu = append(directory.MainMenu, contact.Choice{Key: int(c.GetKey()), Purpose: c.GetPurpose()})
	}
	version, token, err := d.publish(ctx, req, contactPolicy, func(at time.Time) policy.Command {
		return contact.Publish{Directory: directory, EffectiveFrom: instant(req.GetEffectiveFrom()), At: at}
	})
	if err != nil {
		return nil, err
	}
	return &intakev1.PublishContactDirectoryResponse{
		Directory: policies.Ref(version.Ref), EffectiveFrom: timestamppb.New(version.EffectiveFrom), ConsistencyToken: token,
	}, nil
}

// PublishSubmissionLimits implements the RPC.
func (d *door) PublishSubmissionLimits(
	ctx context.Context, req *intakev1.PublishSubmissionLimitsRequest,
) (*intakev1.PublishSubmissionLimitsResponse, error) {
	wanted := limits.Limits{
		PerEmail: int(req.GetPerEmail()), PerAddress: int(req.GetPerAddress()), WindowSeconds: req.GetWindow().GetSeconds(),
		ProofBits: int(req.GetProofBits()),
	}
	if req.GetWindow().GetNanos() != 0 {
		wanted.WindowSeconds = 0 // not whole seconds: no window
	}
	version, token, err := d.publish(ctx, req, limitsPolicy, func(at time.Time) policy.Command {
		return limits.Publish{Limits: wanted, EffectiveFrom: instant(req.GetEffectiveFrom()), At: at}
	})
	if err != nil {
		return nil, err
	}
	return &intakev1.PublishSubmissionLimitsResponse{
		Limits: policies.Ref(version.Ref), EffectiveFrom: timestamppb.New(version.EffectiveFrom), ConsistencyToken: token,
	}, nil
}

func (d *door) publish(
	ctx context.Context, req rpc.Request, kind string, wish func(at time.Time) policy.Command,
) (policy.Version, string, error) {
	env, err := rpc.NewCommand(ctx, d.s.house.Clock, d.s.house.Vault.Fingerprint, req, "policy-"+kind)
	if err != nil {
		return policy.Version{}, "", err
	}
	version, position, err := d.s.policies.PublishBy(ctx, env, kind, wish(env.DecidedAt))
	return version, rpc.Token(position), err
}

// instant is a timestamp; zero when absent.
func instant(ts *timestamppb.Timestamp) time.Time {
	if ts == nil {
		return time.Time{}
	}
	return ts.AsTime()
}
