package billing

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/billing/internal/clearance"
	"aanvraag.internal/services/billing/internal/invoice"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/inbox"
)

// An invoice waits for a human while the duration of a session's recording is
// flagged (S-03). A flag that comes when the invoice is made already finds nothing
// to stop: what was issued never changes (B-08).

// flagged follows from a recording whose duration differs too much.
func (s *Service) flagged(ctx context.Context, in inbox.Inbound, m *schedulingv1.RecordingDurationFlagged) error {
	now := s.house.Clock.Now()
	_, err := s.clearances.Execute(ctx, m.GetSupportRequestId(), in.Command(0, now), clearance.Flag{SessionID: m.GetSessionId(), At: now})
	return err
}

// withhold keeps the wish for an invoice that may not be made yet, and tells so.
func (s *Service) withhold(
	ctx context.Context, env command.Envelope, bill invoice.Bill, closedOn string, now time.Time,
) (waiting bool, err error) {
	wish, err := json.Marshal(bill, json.Deterministic(true))
	if err != nil {
		return false, fmt.Errorf("keep the bill of request %s: %w", bill.SupportRequestID, err)
	}
	done, err := s.clearances.Execute(ctx, bill.SupportRequestID, env, clearance.Withhold{
		Withheld: clearance.Withheld{Bill: wish, ClosedOn: closedOn}, At: now,
	})
	return done.State.Waiting(), err
}

// resolved follows from a person who looked. The bill is the one of the day of
// closing; number and date of the invoice are of now.
func (s *Service) resolved(ctx context.Context, in inbox.Inbound, m *schedulingv1.RecordingDurationResolved) error {
	now := s.house.Clock.Now()
	done, err := s.clearances.Execute(ctx, m.GetSupportRequestId(), in.Command(0, now), clearance.Resolve{SessionID: m.GetSessionId(), At: now})
	if err != nil || !done.State.Granted {
		return err
	}
	id := invoiceID(m.GetSupportRequestId())
	decided, err := s.invoices.Load(ctx, id)
	if err != nil || decided.State.State != "" {
		return err
	}
	var bill invoice.Bill
	if err := json.Unmarshal(done.State.Withheld.Bill, &bill); err != nil {
		return fmt.Errorf("read the bill of request %s: %w", m.GetSupportRequestId(), err)
	}
	return s.issue(ctx, in.Command(1, now), id, bill, done.State.Withheld.ClosedOn, now)
}
