package scheduling

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/scheduling/internal/appointment"
	"aanvraag.internal/services/scheduling/internal/recording"
	"aanvraag.internal/services/scheduling/internal/session"
)

var appointmentStates = map[appointment.Stage]schedulingv1.AppointmentState{
	appointment.Booked:    schedulingv1.AppointmentState_APPOINTMENT_STATE_BOOKED,
	appointment.Started:   schedulingv1.AppointmentState_APPOINTMENT_STATE_STARTED,
	appointment.Completed: schedulingv1.AppointmentState_APPOINTMENT_STATE_COMPLETED,
	appointment.Cancelled: schedulingv1.AppointmentState_APPOINTMENT_STATE_CANCELLED,
}

var sessionStates = map[session.Stage]schedulingv1.SessionState{
	session.Running: schedulingv1.SessionState_SESSION_STATE_RUNNING,
	session.Paused:  schedulingv1.SessionState_SESSION_STATE_PAUSED,
	session.Ended:   schedulingv1.SessionState_SESSION_STATE_ENDED,

	session.Suspended: schedulingv1.SessionState_SESSION_STATE_SUSPENDED,
}

func appointmentMessage(a appointment.Appointment, revision eventstore.Revision) *schedulingv1.Appointment {
	return &schedulingv1.Appointment{
		AppointmentId: a.AppointmentID, SupportRequestId: a.SupportRequestID, TechnicianId: a.TechnicianID,
		Start: timestamppb.New(a.Start), Duration: seconds(a.Seconds),
		State: appointmentStates[a.Stage], SessionId: a.SessionID, Revision: int64(revision),
		Sequence: a.Sequence,
	}
}

// sessionMessage is a session without its notes. The recording's state is the one
// that a session by itself knows: made, or not (S-01).
func sessionMessage(s session.Session, revision eventstore.Revision) *schedulingv1.Session {
	m := &schedulingv1.Session{
		SessionId: s.SessionID, AppointmentId: s.AppointmentID, SupportRequestId: s.SupportRequestID,
		TechnicianId: s.TechnicianID, State: sessionStates[s.Stage], StartedAt: timestamppb.New(s.StartedAt),
		Intervals: intervals(s.Intervals, s.Since), WorkedSeconds: s.Seconds(),
		Recorded: s.Recorded, RecordingState: schedulingv1.RecordingState_RECORDING_STATE_NONE,
		Revision: int64(revision), NoteCount: int32(len(s.Notes)),
		Corrections: int32(min(s.Corrections, 1<<30)), PendingCorrection: pendingMessage(s.Pending),
		UnnotedIntervals: int32(min(s.Unnoted, 1<<30)), DeviceIds: s.Devices,
	}
	if !s.RecordingStoppedAt.IsZero() {
		m.RecordingStoppedAt = timestamppb.New(s.RecordingStoppedAt)
	}
	if s.Stage == session.Ended {
		m.EndedAt = timestamppb.New(s.EndedAt)
	}
	if s.Recorded {
		m.RecordingState = schedulingv1.RecordingState_RECORDING_STATE_KEPT
	}
	return m
}

func pendingMessage(c *session.Correction) *schedulingv1.Correction {
	if c == nil {
		return nil
	}
	return &schedulingv1.Correction{
		Number: int32(min(c.Number, 1<<30)), OldSeconds: c.OldSeconds, NewSeconds: c.NewSeconds,
		ChangedSeconds: c.ChangedSeconds, Pending: true,
	}
}

func intervals(ended []session.Interval, since time.Time) []*schedulingv1.Interval {
	var out []*schedulingv1.Interval
	for _, i := range ended {
		out = append(out, &schedulingv1.Interval{Start: timestamppb.New(i.From), End: timestamppb.New(i.To)})
	}
	if !since.IsZero() {
		out = append(out, &schedulingv1.Interval{Start: timestamppb.New(since)})
	}
	return out
}

// recordingState is where the recording of a recorded session stands. One whose
// stream is still on its way is kept.
func recordingState(r recording.Recording) schedulingv1.RecordingState {
	switch r.Stage {
	case recording.Due, recording.Destroying:
		return schedulingv1.RecordingState_RECORDING_STATE_DELETION_DUE
	case recording.Destroyed:
		return schedulingv1.RecordingState_RECORDING_STATE_DESTROYED
	}
	return schedulingv1.RecordingState_RECORDING_STATE_KEPT
}

func location(l schedulingv1.Location) appointment.Location {
	switch l {
	case schedulingv1.Location_LOCATION_PROVIDER_REMOTE:
		return appointment.ProviderRemote
	case schedulingv1.Location_LOCATION_ONSITE:
		return appointment.OnSite
	}
	return appointment.Provider
}
