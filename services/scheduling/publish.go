package scheduling

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/scheduling/internal/appointment"
	"aanvraag.internal/services/scheduling/internal/assignment"
	"aanvraag.internal/services/scheduling/internal/calendar"
	"aanvraag.internal/services/scheduling/internal/recording"
	"aanvraag.internal/services/scheduling/internal/session"
	"aanvraag.internal/services/scheduling/internal/technician"
)

// publish turns an own event into its public form; nil when it is private. Notes
// and names are sealed and stay here all the same: nobody else needs them (P7).
func publish(r eventstore.Recorded) (proto.Message, error) {
	category, _, _ := strings.Cut(r.Stream, "-")
	public, known := publicForms[category]
	if !known {
		return nil, fmt.Errorf("stream %s is not one of scheduling", r.Stream)
	}
	return public(r)
}

var publicForms = map[string]func(eventstore.Recorded) (proto.Message, error){
	"calendar":    form(calendar.Events(), publicSlot),
	"appointment": form(appointment.Events(), publicAppointment),
	"assignment":  form(assignment.Events(), publicAssignment),
	"session":     form(session.Events(), publicSession),
	"recording":   form(recording.Events(), publicRecording),
	"technician":  form(technician.Events(), func(technician.Event) proto.Message { return nil }),
	"policy":      policies.Public,
}

// form decodes before it asks for the public form, so an unknown type is an error.
func form[S any, E decider.Event[S]](events []E, public func(E) proto.Message) func(eventstore.Recorded) (proto.Message, error) {
	codec := command.NewCodec[S](events)
	return func(r eventstore.Recorded) (proto.Message, error) {
		e, err := codec.Decode(r.Type, r.Data)
		if err != nil {
			return nil, err
		}
		return public(e), nil
	}
}

func publicSlot(e calendar.Event) proto.Message {
	reserved, ok := e.(calendar.SlotReserved)
	if !ok {
		return nil
	}
	return &schedulingv1.SlotReserved{
		AppointmentId: reserved.AppointmentID, SupportRequestId: reserved.SupportRequestID,
		TechnicianId: reserved.TechnicianID, Start: timestamppb.New(reserved.Start), Duration: seconds(reserved.Seconds),
		MoveId: reserved.MoveID, Sequence: reserved.Sequence,
	}
}

func publicAppointment(e appointment.Event) proto.Message {
	switch e := e.(type) {
	case appointment.AppointmentBooked:
		return &schedulingv1.AppointmentBooked{
			AppointmentId: e.AppointmentID, SupportRequestId: e.SupportRequestID,
			TechnicianId: e.TechnicianID, Start: timestamppb.New(e.Start), Duration: seconds(e.Seconds),
		}
	case appointment.AppointmentCancelled:
		return &schedulingv1.AppointmentCancelled{
			AppointmentId: e.AppointmentID, SupportRequestId: e.SupportRequestID,
			TechnicianId: e.TechnicianID, Start: timestamppb.New(e.Start), Duration: seconds(e.Seconds),
			Revoked: e.Revoked, MoveId: e.MoveID, Sequence: e.Sequence, ForceMajeure: e.ForceMajeure,
		}
	case appointment.AppointmentMoved:
		return &schedulingv1.AppointmentMoved{
			AppointmentId: e.AppointmentID, SupportRequestId: e.SupportRequestID,
			TechnicianId: e.TechnicianID, Start: timestamppb.New(e.Start), Duration: seconds(e.Seconds),
			MoveId: e.MoveID, Sequence: e.Sequence,
			FromTechnicianId: e.From.TechnicianID, FromStart: timestamppb.New(e.From.Start),
			FromDuration: seconds(e.From.Seconds), FromMoveId: e.From.MoveID,
		}
	case appointment.AppointmentStarted:
		return &schedulingv1.AppointmentStarted{
			AppointmentId: e.AppointmentID, SupportRequestId: e.SupportRequestID, TechnicianId: e.TechnicianID,
			SessionId: e.SessionID, Recorded: e.Recorded, Location: publicLocation(e.Location),
			StartedAt: timestamppb.New(e.StartedAt), StartedBy: e.StartedBy,
			CapSeconds: e.CapSeconds,
		}
	}
	return nil
}

func publicAssignment(e assignment.Event) proto.Message {
	switch e := e.(type) {
	case assignment.RequestReleased:
		if len(e.AppointmentIDs) == 0 {
			return nil
		}
		return &schedulingv1.AppointmentsRevoked{SupportRequestId: e.SupportRequestID, AppointmentIds: e.AppointmentIDs}
	case assignment.EndingGranted:
		return &schedulingv1.RequestEndingDecided{SupportRequestId: e.SupportRequestID, EndingId: e.EndingID, Granted: true}
	case assignment.EndingDenied:
		return &schedulingv1.RequestEndingDecided{SupportRequestId: e.SupportRequestID, EndingId: e.EndingID}
	case assignment.AppointmentVoided:
		return &schedulingv1.AppointmentsRevoked{SupportRequestId: e.SupportRequestID, AppointmentIds: []string{e.AppointmentID}}
	case assignment.ForceMajeureDeclared:
		return publicDeclared(e)
	case assignment.BudgetCapAgreed:
		return &schedulingv1.BudgetCapAgreed{
			SupportRequestId: e.SupportRequestID, CapCents: int64(e.Cap), CapSeconds: e.Seconds, Raised: e.Raised,
			AppointmentId: e.AppointmentID,
		}
	case assignment.HandlingAgreed:
		return publicAgreed(e)
	}
	return nil
}

func publicSession(e session.Event) proto.Message {
	switch e := e.(type) {
	case session.SessionStarted:
		return &schedulingv1.SessionStarted{
			SessionId: e.SessionID, AppointmentId: e.AppointmentID, SupportRequestId: e.SupportRequestID,
			TechnicianId: e.TechnicianID, StartedAt: timestamppb.New(e.StartedAt), Recorded: e.Recorded,
		}
	case session.SessionPaused:
		return &schedulingv1.SessionPaused{
			SessionId: e.SessionID, SupportRequestId: e.SupportRequestID, PausedAt: timestamppb.New(e.PausedAt),
		}
	case session.SessionSuspended:
		if !e.Ran {
			return nil // it stood still already; why is told by ForceMajeureDeclared
		}
		return &schedulingv1.SessionPaused{
			SessionId: e.SessionID, SupportRequestId: e.SupportRequestID, PausedAt: timestamppb.New(e.SuspendedAt),
		}
	case session.SessionResumed:
		return &schedulingv1.SessionResumed{
			SessionId: e.SessionID, SupportRequestId: e.SupportRequestID, ResumedAt: timestamppb.New(e.ResumedAt),
		}
	case session.WorkNoted:
		if !e.Afterwards {
			return nil // how many there are is told at the end
		}
		return &schedulingv1.WorkNoted{
			SessionId: e.SessionID, SupportRequestId: e.SupportRequestID,
			NotedAt: timestamppb.New(e.NotedAt), Notes: int32(e.Number), UnnotedIntervals: int32(min(e.Unnoted, 1<<30)),
		}
	case session.CapReached:
		return &schedulingv1.BudgetCapReached{
			SessionId: e.SessionID, SupportRequestId: e.SupportRequestID, ReachedAt: timestamppb.New(e.ReachedAt),
		}
	case session.WorkCorrected:
		if !e.Ended {
			return nil // its seconds are told at the end
		}
		return &schedulingv1.WorkCorrected{
			SessionId: e.SessionID, SupportRequestId: e.SupportRequestID, Number: int32(min(e.Number, 1<<30)),
			WorkedSeconds: e.WorkedSeconds, RegularSeconds: e.RegularSeconds, OutsideSeconds: e.OutsideSeconds,
			Calendar: policies.Ref(e.Calendar), CorrectedAt: timestamppb.New(e.CorrectedAt),
		}
	case session.SessionEnded:
		return &schedulingv1.SessionEnded{
			SessionId: e.SessionID, AppointmentId: e.AppointmentID, SupportRequestId: e.SupportRequestID,
			StartedAt: timestamppb.New(e.StartedAt), EndedAt: timestamppb.New(e.EndedAt),
			Intervals:     intervals(e.Intervals, time.Time{}),
			WorkedSeconds: e.WorkedSeconds, RegularSeconds: e.RegularSeconds, OutsideSeconds: e.OutsideSeconds,
			Notes: int32(min(e.Notes, 1<<30)), Calendar: policies.Ref(e.Calendar), Recorded: e.Recorded,
			Corrections: int32(min(e.Corrections, 1<<30)), UnnotedIntervals: int32(min(e.Unnoted, 1<<30)),
		}
	}
	return nil
}

func publicRecording(e recording.Event) proto.Message {
	switch e := e.(type) {
	case recording.RecordingStopped:
		return &schedulingv1.RecordingStopped{
			RecordingId: e.SessionID, SessionId: e.SessionID, SupportRequestId: e.SupportRequestID,
			StoppedAt: timestamppb.New(e.StoppedAt),
		}
	case recording.DeletionDue:
		return &schedulingv1.RecordingDeletionDue{
			RecordingId: e.SessionID, SessionId: e.SessionID, SupportRequestId: e.SupportRequestID,
			DueAt: timestamppb.New(e.DueAt), Cause: deletionCauses[e.Cause],
		}
	case recording.RecordingUploaded:
		return &schedulingv1.RecordingUploaded{
			RecordingId: e.SessionID, SessionId: e.SessionID, SupportRequestId: e.SupportRequestID,
			CiphertextSha256: e.CiphertextSHA256, Size: e.Size, UploadedAt: timestamppb.New(e.UploadedAt),
		}
	case recording.DurationVerified:
		if !e.Flagged {
			return nil
		}
		return &schedulingv1.RecordingDurationFlagged{
			RecordingId: e.SessionID, SessionId: e.SessionID, SupportRequestId: e.SupportRequestID,
			MeasuredSeconds: e.MeasuredSeconds, RecordedSeconds: e.RecordedSeconds, DeltaSeconds: e.DeltaSeconds,
		}
	case recording.DurationResolved:
		return &schedulingv1.RecordingDurationResolved{
			RecordingId: e.SessionID, SessionId: e.SessionID, SupportRequestId: e.SupportRequestID,
			ResolvedAt: timestamppb.New(e.ResolvedAt),
		}
	case recording.RecordingDeleted:
		return &schedulingv1.RecordingDeleted{
			RecordingId: e.SessionID, SessionId: e.SessionID, SupportRequestId: e.SupportRequestID,
			CiphertextSha256: e.CiphertextSHA256, Size: e.Size, DeletedAt: timestamppb.New(e.DeletedAt),
		}
	case recording.KeyDestroyed:
		return &schedulingv1.RecordingDestroyed{
			RecordingId: e.SessionID, SessionId: e.SessionID, SupportRequestId: e.SupportRequestID,
			KeyId: e.KeyID, DestroyedAt: timestamppb.New(e.DestroyedAt), LateSeconds: e.LateSeconds,
		}
	}
	return nil
}

func publicLocation(l appointment.Location) schedulingv1.Location {
	if l == appointment.ProviderRemote {
		return schedulingv1.Location_LOCATION_PROVIDER_REMOTE
	}
	return schedulingv1.Location_LOCATION_PROVIDER
}

func seconds(n int64) *durationpb.Duration { return &durationpb.Duration{Seconds: n} }
