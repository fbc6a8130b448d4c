package scheduling

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/inbox"
	"aanvraag.internal/services/platform/vault"
	"aanvraag.internal/services/scheduling/internal/appointment"
	"aanvraag.internal/services/scheduling/internal/assignment"
	"aanvraag.internal/services/scheduling/internal/calendar"
	"aanvraag.internal/services/scheduling/internal/recording"
	"aanvraag.internal/services/scheduling/internal/session"
)

// handlers say which public events lead to something here.
func (s *Service) handlers() map[string]inbox.Handler {
	return inbox.ByType(
		inbox.On(func(ctx context.Context, in inbox.Inbound, m *intakev1.SupportRequestAccepted) error {
			return s.assign(ctx, in, m.GetSupportRequestId(), open(m, s.house.Clock.Now()))
		}),
		inbox.On(func(ctx context.Context, in inbox.Inbound, m *intakev1.SupportRequestRefused) error {
			return s.release(ctx, in, end(m.GetSupportRequestId(), m.GetRefusedAt(), true, s.house.Clock.Now()))
		}),
		inbox.On(func(ctx context.Context, in inbox.Inbound, m *intakev1.SupportRequestCancelled) error {
			return s.release(ctx, in, end(m.GetSupportRequestId(), m.GetCancelledAt(), true, s.house.Clock.Now()))
		}),
		inbox.On(func(ctx context.Context, in inbox.Inbound, m *intakev1.SupportRequestTerminated) error {
			return s.release(ctx, in, end(m.GetSupportRequestId(), m.GetTerminatedAt(), true, s.house.Clock.Now()))
		}),
		inbox.On(s.takeBackTold),
		inbox.On(s.pauseClaimed),
		inbox.On(func(ctx context.Context, in inbox.Inbound, m *intakev1.SupportRequestClosed) error {
			return s.release(ctx, in, end(m.GetSupportRequestId(), m.GetClosedAt(), false, s.house.Clock.Now()))
		}),
		inbox.On(func(ctx context.Context, in inbox.Inbound, m *consentv1.ConsentGiven) error {
			return s.assign(ctx, in, m.GetSupportRequestId(), recordConsent(m, s.house.Clock.Now()))
		}),
		inbox.On(s.withdrawn),
		inbox.On(s.endWithdrawn),
		inbox.On(func(ctx context.Context, in inbox.Inbound, m *schedulingv1.SlotReserved) error {
			if m.GetMoveId() != "" {
				_, err := s.moveReserved(ctx, in, m)
				if refusal(err) {
					return nil // its consequence has been drawn
				}
				return err
			}
			_, err := s.bookReserved(ctx, in, m)
			return unless(err, appointment.ErrExists)
		}),
		inbox.On(func(ctx context.Context, in inbox.Inbound, m *schedulingv1.AppointmentMoved) error {
			_, err := s.freeLeft(ctx, in, m)
			return err
		}),
		inbox.On(func(ctx context.Context, in inbox.Inbound, m *schedulingv1.AppointmentBooked) error {
			_, err := s.planBooked(ctx, in, m)
			return err
		}),
		inbox.On(func(ctx context.Context, in inbox.Inbound, m *schedulingv1.AppointmentStarted) error {
			_, err := s.startSession(ctx, in, m)
			return unless(err, session.ErrExists)
		}),
		inbox.On(s.freeCancelled),
		inbox.On(s.revoke),
		inbox.On(s.record),
		inbox.On(s.finish),
		inbox.On(s.settle),
		inbox.On(s.notInvoiced),
		inbox.On(s.destroy),
		inbox.On(s.deleteFile),
		inbox.On(s.suspend),
		inbox.On(s.handle),
		inbox.On(s.limit),
		s.policies.Adopt(policyTariff),
	)
}

// assign executes the one command that follows for a request.
func (s *Service) assign(ctx context.Context, in inbox.Inbound, id string, cmd assignment.Command) error {
	_, err := s.assignments.Execute(ctx, id, in.Command(0, s.house.Clock.Now()), cmd)
	return err
}

// release ends the planning of a request, and what waits for a bill that is never
// made (S-06).
func (s *Service) release(ctx context.Context, in inbox.Inbound, wish assignment.Release) error {
	released, err := s.assignments.Execute(ctx, wish.SupportRequestID, in.Command(0, wish.At), wish)
	if err != nil {
		return err
	}
	return s.unbilled(ctx, in.Command(1, wish.At), released.State)
}

// unless forgets a rejection whose consequence has been drawn.
func unless(err error, drawn *decider.Rejection) error {
	if errors.Is(err, drawn) {
		return nil
	}
	return err
}

func open(m *intakev1.SupportRequestAccepted, at time.Time) assignment.Open {
	cmd := assignment.Open{
		SupportRequestID: m.GetSupportRequestId(), At: at,
		Consumer: m.GetPartyKind() == commonv1.PartyKind_PARTY_KIND_CONSUMER,
	}
	if m.GetAcceptedAt() != nil {
		cmd.AcceptedAt = m.GetAcceptedAt().AsTime()
	}
	return cmd
}

// end is of a request that intake says is over; after a refusal or a cancellation
// no bill follows.
func end(supportRequestID string, ended *timestamppb.Timestamp, notInvoiced bool, at time.Time) assignment.Release {
	wish := assignment.Release{SupportRequestID: supportRequestID, EndedAt: at, NotInvoiced: notInvoiced, At: at}
	if ended != nil {
		wish.EndedAt = ended.AsTime()
	}
	return wish
}

func recordConsent(m *consentv1.ConsentGiven, at time.Time) assignment.RecordConsent {
	tariff := ""
	for _, p := range m.GetPolicyRefs() {
		if p.GetKind() == policyTariff {
			tariff = p.GetSha256()
		}
	}
	var declared time.Time
	if m.GetGivenAt() != nil {
		declared = m.GetGivenAt().AsTime()
	}
	return assignment.RecordConsent{
		SupportRequestID: m.GetSupportRequestId(),
		Consent: assignment.Consent{
			Backup: string(backups[m.GetBackup()]), RecordingNoticeSeen: m.GetRecordingNoticeSeen(),
			TariffSHA256: tariff, DeclaredAt: declared,
			StartImmediately: m.GetStartImmediately(), WithdrawalLossAcknowledged: m.GetWithdrawalLossAcknowledged(),
		},
		At: at,
	}
}

// withdraw is the wish that follows from a purpose that was taken back; false when
// work does not depend on it.
func withdraw(m *consentv1.ConsentWithdrawn, at time.Time) (assignment.WithdrawConsent, bool) {
	purpose, concerned := purposes[m.GetPurpose()]
	return assignment.WithdrawConsent{SupportRequestID: m.GetSupportRequestId(), Purpose: purpose, At: at}, concerned
}

var purposes = map[consentv1.ConsentPurpose]assignment.Purpose{
	consentv1.ConsentPurpose_CONSENT_PURPOSE_RECORDING:       assignment.Recording,
	consentv1.ConsentPurpose_CONSENT_PURPOSE_IMMEDIATE_START: assignment.ImmediateStart,
}

var backups = map[consentv1.BackupDeclaration]appointment.Backup{
	consentv1.BackupDeclaration_BACKUP_DECLARATION_MADE:         appointment.BackupMade,
	consentv1.BackupDeclaration_BACKUP_DECLARATION_NOT_NEEDED:   appointment.BackupNotNeeded,
	consentv1.BackupDeclaration_BACKUP_DECLARATION_NONE_PROCEED: appointment.BackupNoneProceed,
}

func book(m *schedulingv1.SlotReserved, at time.Time) appointment.Book {
	return appointment.Book{
		Slot: appointment.Slot{
			AppointmentID: m.GetAppointmentId(), SupportRequestID: m.GetSupportRequestId(),
			TechnicianID: m.GetTechnicianId(), Start: m.GetStart().AsTime(), Seconds: m.GetDuration().GetSeconds(),
		},
		At: at,
	}
}

func plan(m *schedulingv1.AppointmentBooked, at time.Time) assignment.Plan {
	return assignment.Plan{SupportRequestID: m.GetSupportRequestId(), AppointmentID: m.GetAppointmentId(), At: at}
}

func release(m *schedulingv1.AppointmentCancelled, at time.Time) calendar.Release {
	return calendar.Release{AppointmentID: m.GetAppointmentId(), MoveID: m.GetMoveId(), At: at}
}

func move(m *schedulingv1.SlotReserved, at time.Time) appointment.Move {
	return appointment.Move{Slot: book(m, at).Slot, MoveID: m.GetMoveId(), Sequence: m.GetSequence(), At: at}
}

// leave frees what an appointment moved away from.
func leave(m *schedulingv1.AppointmentMoved, at time.Time) calendar.Release {
	return calendar.Release{AppointmentID: m.GetAppointmentId(), MoveID: m.GetFromMoveId(), At: at}
}

func drop(supportRequestID, appointmentID string, at time.Time) assignment.Drop {
	return assignment.Drop{SupportRequestID: supportRequestID, AppointmentID: appointmentID, At: at}
}

// begin starts the measured time when the appointment started, however late the
// session follows (T-02).
func begin(m *schedulingv1.AppointmentStarted) session.Start {
	return session.Start{
		SessionID: m.GetSessionId(), AppointmentID: m.GetAppointmentId(), SupportRequestID: m.GetSupportRequestId(),
		TechnicianID: m.GetTechnicianId(), Recorded: m.GetRecorded(), At: m.GetStartedAt().AsTime(),
		StartedBy: m.GetStartedBy(), LimitSeconds: m.GetCapSeconds(),
	}
}

func record(m *schedulingv1.SessionStarted, capSeconds int64) recording.Start {
	return recording.Start{
		CapSeconds: capSeconds,
		SessionID:  m.GetSessionId(), SupportRequestID: m.GetSupportRequestId(),
		KeyID: vault.KeyID(m.GetSessionId(), vault.Recording), At: m.GetStartedAt().AsTime(),
	}
}

func keep(m *schedulingv1.SessionStarted, at time.Time) assignment.KeepRecording {
	return assignment.KeepRecording{SupportRequestID: m.GetSupportRequestId(), SessionID: m.GetSessionId(), At: at}
}

func complete(m *schedulingv1.SessionEnded) appointment.Complete {
	return appointment.Complete{SessionID: m.GetSessionId(), At: m.GetEndedAt().AsTime()}
}

func settle(m *billingv1.InvoiceSettled, at time.Time) assignment.Settle {
	return assignment.Settle{SupportRequestID: m.GetSupportRequestId(), InvoiceID: m.GetInvoiceId(), At: at}
}
