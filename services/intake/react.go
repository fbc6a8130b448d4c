package intake

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/intake/internal/request"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/inbox"
)

// handlers are all that intake listens to.
func (s *Service) handlers() map[string]inbox.Handler {
	return inbox.ByType(
		s.policies.Adopt(calendarPolicy),
		reaction(s, onConsentGiven),
		ending(s, onConsentWithdrawn),
		ending(s, onWithdrawalAcknowledged),
		reaction(s, onAppointmentBooked),
		reaction(s, onAppointmentCancelled),
		reaction(s, onSessionStarted),
		reaction(s, onSessionPaused),
		reaction(s, onSessionResumed),
		reaction(s, onSessionEnded),
		reaction(s, onWorkNoted),
		reaction(s, onInvoiceIssued),
		reaction(s, onRequestNotBillable),
		reaction(s, onInvoiceSettled),
		reaction(s, onForceMajeureDeclared),
		reaction(s, onHandlingAgreed),
		reaction(s, onWorkCorrected),
		inbox.On(s.concludeTold),
		inbox.On(s.registerRaised),
		reaction(s, onWarrantyGranted),
		reaction(s, onWarrantyRejected),
	)
}

// about is a public event that names its support request.
type about[T any] interface {
	*T
	proto.Message
	GetSupportRequestId() string
}

// reaction executes the one command that follows from a public event. told is when
// the service that published it decided on it.
func reaction[T any, M about[T]](s *Service, wish func(m M, told time.Time) request.Command) inbox.Handler {
	return inbox.On(func(ctx context.Context, in inbox.Inbound, m M) error {
		if m.GetSupportRequestId() == "" {
			return nil // a claim by phone, which is of no request
		}
		return s.takeIn(ctx, in, m.GetSupportRequestId(), in.Command(0, s.house.Clock.Now()), wish(m, in.Time))
	})
}

// ending is a [reaction] that may end the request: the person is then forgotten after
// the term that the policy gives.
func ending[T any, M about[T]](s *Service, wish func(m M, eraseAfterDays int) request.Command) inbox.Handler {
	return inbox.On(func(ctx context.Context, in inbox.Inbound, m M) error {
		env := in.Command(0, s.house.Clock.Now())
		days, err := s.eraseAfter(ctx, &env)
		if err != nil {
			return err
		}
		return s.takeIn(ctx, in, m.GetSupportRequestId(), env, wish(m, days))
	})
}

// takeIn executes what follows from a public event; nil is nothing.
func (s *Service) takeIn(ctx context.Context, in inbox.Inbound, about string, env command.Envelope, cmd request.Command) error {
	id, err := canonicalID(about)
	if err != nil || cmd == nil {
		return err
	}
	if _, err := s.requests.Execute(ctx, id.String(), env, cmd); err != nil {
		return fmt.Errorf("take in %s: %w", in.Type, err)
	}
	return nil
}

func onConsentGiven(m *consentv1.ConsentGiven, told time.Time) request.Command {
	c := request.Consent{ID: m.GetConsentId(), GivenAt: m.GetGivenAt().AsTime()}
	for _, p := range m.GetPolicyRefs() {
		if ref := policyRef(p); ref.Kind == "tariff" {
			c.Tariff = ref
		} else {
			c.Terms = append(c.Terms, ref)
		}
	}
	return request.AttachConsent{Consent: c, At: told}
}

// onConsentWithdrawn: only the agreement as a whole concerns the request; a purpose of
// its own, such as the recording, does not (O-09).
func onConsentWithdrawn(m *consentv1.ConsentWithdrawn, eraseAfterDays int) request.Command {
	if m.GetPurpose() != consentv1.ConsentPurpose_CONSENT_PURPOSE_AGREEMENT {
		return nil
	}
	return request.TakeBack{EraseAfterDays: eraseAfterDays, At: m.GetWithdrawnAt().AsTime()}
}

// onWithdrawalAcknowledged: where the right had ended, nothing changes.
func onWithdrawalAcknowledged(m *consentv1.WithdrawalAcknowledged, eraseAfterDays int) request.Command {
	if m.GetOutcome() != consentv1.WithdrawalOutcome_WITHDRAWAL_OUTCOME_EFFECTIVE {
		return nil
	}
	return request.Withdraw{
		StartRequested: m.GetStartRequested(), EraseAfterDays: eraseAfterDays, At: m.GetAcknowledgedAt().AsTime(),
	}
}

func onAppointmentBooked(m *schedulingv1.AppointmentBooked, told time.Time) request.Command {
	return request.Schedule{AppointmentID: m.GetAppointmentId(), At: told}
}

func onAppointmentCancelled(m *schedulingv1.AppointmentCancelled, told time.Time) request.Command {
	return request.Unschedule{AppointmentID: m.GetAppointmentId(), At: told}
}

func onSessionStarted(m *schedulingv1.SessionStarted, _ time.Time) request.Command {
	return request.StartWork{
		SessionID: m.GetSessionId(), AppointmentID: m.GetAppointmentId(), At: m.GetStartedAt().AsTime(),
	}
}

func onSessionPaused(m *schedulingv1.SessionPaused, _ time.Time) request.Command {
	return request.PauseWork{SessionID: m.GetSessionId(), At: m.GetPausedAt().AsTime()}
}

func onSessionResumed(m *schedulingv1.SessionResumed, _ time.Time) request.Command {
	return request.ResumeWork{SessionID: m.GetSessionId(), At: m.GetResumedAt().AsTime()}
}

func onSessionEnded(m *schedulingv1.SessionEnded, _ time.Time) request.Command {
	return request.EndWork{
		Worked: request.Worked{
			SessionID:      m.GetSessionId(),
			WorkedSeconds:  m.GetWorkedSeconds(),
			RegularSeconds: m.GetRegularSeconds(),
			OutsideSeconds: m.GetOutsideSeconds(),
			StartedAt:      m.GetStartedAt().AsTime(),
			EndedAt:        m.GetEndedAt().AsTime(),
			Calendar:       policyRef(m.GetCalendar()),
		},
		Notes: int(m.GetNotes()), Corrections: int(m.GetCorrections()), Unnoted: int(m.GetUnnotedIntervals()),
	}
}

func onWorkNoted(m *schedulingv1.WorkNoted, _ time.Time) request.Command {
	return request.NoteWork{SessionID: m.GetSessionId(), Notes: int(m.GetNotes()), Unnoted: int(m.GetUnnotedIntervals()), At: m.GetNotedAt().AsTime()}
}

func onForceMajeureDeclared(m *schedulingv1.ForceMajeureDeclared, _ time.Time) request.Command {
	return request.Suspend{Number: int(m.GetNumber()), From: m.GetAt().AsTime(), At: m.GetDeclaredAt().AsTime()}
}

func onHandlingAgreed(m *schedulingv1.HandlingAgreed, _ time.Time) request.Command {
	return request.GoOn{Number: int(m.GetNumber()), Handling: handlings[m.GetHandling()], At: m.GetAgreedAt().AsTime()}
}

var handlings = map[schedulingv1.Handling]request.Handling{
	schedulingv1.Handling_HANDLING_RESUME:     request.HandlingResume,
	schedulingv1.Handling_HANDLING_RESCHEDULE: request.HandlingReschedule,
	schedulingv1.Handling_HANDLING_END:        request.HandlingEnd,
}

func onWorkCorrected(m *schedulingv1.WorkCorrected, _ time.Time) request.Command {
	return request.CorrectWork{WorkCorrected: request.WorkCorrected{
		SessionID: m.GetSessionId(), Number: int(m.GetNumber()),
		WorkedSeconds: m.GetWorkedSeconds(), RegularSeconds: m.GetRegularSeconds(), OutsideSeconds: m.GetOutsideSeconds(),
		Calendar: policyRef(m.GetCalendar()), CorrectedAt: m.GetCorrectedAt().AsTime(),
	}}
}

func onInvoiceIssued(m *billingv1.InvoiceIssued, told time.Time) request.Command {
	return request.MarkInvoiced{InvoiceID: m.GetInvoiceId(), Number: m.GetNumber(), At: told}
}

func onRequestNotBillable(m *billingv1.RequestNotBillable, told time.Time) request.Command {
	return request.MarkNotBillable{Reason: m.GetReason(), At: told}
}

func onInvoiceSettled(m *billingv1.InvoiceSettled, _ time.Time) request.Command {
	return request.Settle{InvoiceID: m.GetInvoiceId(), At: m.GetSettledAt().AsTime()}
}

func onWarrantyGranted(m *intakev1.WarrantyClaimGranted, _ time.Time) request.Command {
	return request.DecideWarranty{ClaimID: m.GetWarrantyClaimId(), Granted: true, At: m.GetGrantedAt().AsTime()}
}

func onWarrantyRejected(m *intakev1.WarrantyClaimRejected, _ time.Time) request.Command {
	return request.DecideWarranty{ClaimID: m.GetWarrantyClaimId(), At: m.GetRejectedAt().AsTime()}
}

func policyRef(r *commonv1.PolicyRef) policy.Ref {
	return policy.Ref{Kind: r.GetKind(), Version: int(r.GetVersion()), SHA256: r.GetSha256()}
}
