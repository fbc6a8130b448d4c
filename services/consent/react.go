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
