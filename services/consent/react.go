package consent

import (
	"context"
	"time"

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
		At:               at,
	}
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
