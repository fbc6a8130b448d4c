package legal

import (
	"context"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	legalv1 "aanvraag.internal/proto/gen/aanvraag/legal/v1"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/legal/internal/referral"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/vault"
)

// Fields that are sealed; recorded and permanent.
const (
	fieldMatter  = "matter"
	fieldReceipt = "receipt"
	fieldReason  = "reason"
)

// matter is what a referral is about. As JSON it is what is sealed: members are only
// added.
type matter struct {
	SupportRequestID string    `json:"supportRequestId"`
	Grounds          string    `json:"grounds"`
	ReviewAt         time.Time `json:"reviewAt"`
}

// receipt says who has it.
type receipt struct {
	Authority string `json:"authority"`
	Reference string `json:"reference"`
}

// explanation of an end.
type explanation struct {
	Reason string `json:"reason"`
}

// seal seals content under the referral's own key. The grounds, and their length,
// are the referral's alone.
func seal[T any](ctx context.Context, s *Service, id string, commandID uuid.UUID, field string, content T) (sealed.Data, error) {
	return vault.SealJSON(ctx, s.house.Vault, id, sealed.Legal, field, s.referrals.Stream(id)+"/"+commandID.String(), content)
}

// opened is a referral as the legal role sees it. Each opening is recorded (D-04).
func (s *Service) opened(ctx context.Context, id string, r referral.Referral, revision eventstore.Revision) (*legalv1.Referral, error) {
	caller := rpc.CallerFrom(ctx)
	access := vault.Access{Actor: rpc.RoleName(caller.Role) + "/" + caller.Subject, Reason: "referral " + id}
	about, err := unseal[matter](ctx, s, r.Matter, access)
	if err != nil {
		return nil, err
	}
	handed, err := unseal[receipt](ctx, s, r.Receipt, access)
	if err != nil {
		return nil, err
	}
	ended, err := unseal[explanation](ctx, s, r.EndReason, access)
	if err != nil {
		return nil, err
	}
	return &legalv1.Referral{
		ReferralId: id, State: states[r.State], Revision: int64(revision),
		SupportRequestId: about.SupportRequestID, Grounds: about.Grounds, ReviewAt: instant(about.ReviewAt),
		RaisedBy: r.RaisedBy, RaisedAt: instant(r.RaisedAt),
		ApprovedBy: r.ApprovedBy, ApprovedAt: instant(r.ApprovedAt),
		Authority: handed.Authority, Reference: handed.Reference, HandedOverAt: instant(r.HandedOverAt),
		EndReason: ended.Reason, EndedAt: instant(r.EndedAt),
	}, nil
}

func unseal[T any](ctx context.Context, s *Service, d sealed.Data, access vault.Access) (T, error) {
	if d.IsZero() {
		return *new(T), nil
	}
	return vault.OpenJSON[T](ctx, s.house.Vault, d, access)
}

// instant is absent for one that never came.
func instant(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

var states = map[referral.State]legalv1.ReferralState{
	referral.Raised:     legalv1.ReferralState_REFERRAL_STATE_RAISED,
	referral.Approved:   legalv1.ReferralState_REFERRAL_STATE_APPROVED,
	referral.HandedOver: legalv1.ReferralState_REFERRAL_STATE_HANDED_OVER,
	referral.Withdrawn:  legalv1.ReferralState_REFERRAL_STATE_WITHDRAWN,
	referral.Released:   legalv1.ReferralState_REFERRAL_STATE_RELEASED,
}

func stateOf(public legalv1.ReferralState) referral.State {
	for state, p := range states {
		if p == public {
			return state
		}
	}
	return referral.None
}
