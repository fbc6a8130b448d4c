package consent

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/consent/internal/agreement"
	"aanvraag.internal/services/platform/inbox"
)

// submitted learns that a request exists, and so attaches what was agreed for it.
func (s *Service) submitted(ctx context.Context, in inbox.Inbound, m *intakev1.SupportRequestSubmitted) error {
	now := s.house.Clock.Now()
	wish := noteSubmission(m, now)
	_, err := s.consents.Execute(ctx, wish.SupportRequestID, in.Command(0, now), wish)
	return err
}

// noteSubmission is the wish that follows from a submitted request.
func noteSubmission(m *intakev1.SupportRequestSubmitted, at time.Time) agreement.NoteSubmission {
	return agreement.NoteSubmission{
		SupportRequestID: m.GetSupportRequestId(),
		SubmittedAt:      m.GetSubmittedAt().AsTime(),
		PartyKind:        partyKind(m.GetPartyKind()),
		Reference:        m.GetReference(),
		At:               at,
	}
}

// accepted learns that the contract came about.
func (s *Service) accepted(ctx context.Context, in inbox.Inbound, m *intakev1.SupportRequestAccepted) error {
	return s.note(ctx, in, m.GetSupportRequestId(), agreement.NoteConclusion{
		SupportRequestID: m.GetSupportRequestId(), ConcludedAt: m.GetAcceptedAt().AsTime(),
	})
}

// refused, cancelled and closed learn how the request ended.
func (s *Service) refused(ctx context.Context, in inbox.Inbound, m *intakev1.SupportRequestRefused) error {
	return s.note(ctx, in, m.GetSupportRequestId(), ended(m.GetSupportRequestId(), agreement.Refused, m.GetRefusedAt()))
}

func (s *Service) cancelled(ctx context.Context, in inbox.Inbound, m *intakev1.SupportRequestCancelled) error {
	return s.note(ctx, in, m.GetSupportRequestId(), ended(m.GetSupportRequestId(), agreement.Cancelled, m.GetCancelledAt()))
}

func (s *Service) closed(ctx context.Context, in inbox.Inbound, m *intakev1.SupportRequestClosed) error {
	return s.note(ctx, in, m.GetSupportRequestId(), ended(m.GetSupportRequestId(), agreement.Performed, m.GetClosedAt()))
}

func ended(id string, how agreement.End, at *timestamppb.Timestamp) agreement.NoteEnd {
	return agreement.NoteEnd{SupportRequestID: id, How: how, EndedAt: at.AsTime()}
}

// note takes a fact of intake in.
func (s *Service) note(ctx context.Context, in inbox.Inbound, id string, fact agreement.Command) error {
	_, err := s.consents.Execute(ctx, id, in.Command(0, s.house.Clock.Now()), fact)
	return err
}

// partyKind protects whoever is not surely a business.
func partyKind(k commonv1.PartyKind) agreement.PartyKind {
	if k == commonv1.PartyKind_PARTY_KIND_BUSINESS {
		return agreement.Business
	}
	return agreement.Consumer
}

// linkIssued learns on which device the desk made a link (G-02).
func (s *Service) linkIssued(ctx context.Context, in inbox.Inbound, m *intakev1.IntakeLinkIssued) error {
	now := s.house.Clock.Now()
	wish := agreement.NoteLink{SupportRequestID: m.GetSupportRequestId(), Device: m.GetDeviceHash(), At: now}
	_, err := s.consents.Execute(ctx, wish.SupportRequestID, in.Command(0, now), wish)
	return err
}

// expired learns that a request will never be sent (G-03).
func (s *Service) expired(ctx context.Context, in inbox.Inbound, m *intakev1.SupportRequestExpired) error {
	wish := agreement.NoteExpiry{SupportRequestID: m.GetSupportRequestId(), ExpiredAt: m.GetExpiredAt().AsTime()}
	_, err := s.consents.Execute(ctx, wish.SupportRequestID, in.Command(0, s.house.Clock.Now()), wish)
	return err
}
