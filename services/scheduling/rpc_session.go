package scheduling

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/vault"
	"aanvraag.internal/services/scheduling/internal/appointment"
	"aanvraag.internal/services/scheduling/internal/assignment"
	"aanvraag.internal/services/scheduling/internal/session"
)

// StartSession starts the appointment, which is the commit point, and then at
// once the session that follows.
func (h *handler) StartSession(
	ctx context.Context, req *schedulingv1.StartSessionRequest,
) (*schedulingv1.StartSessionResponse, error) {
	started, err := h.start(ctx, req)
	if err != nil {
		return nil, err
	}
	in, news, err := inbound[*schedulingv1.AppointmentStarted](started.Events[0])
	if err != nil {
		return nil, err
	}
	done, err := h.startSession(ctx, in, news)
	if err != nil {
		return nil, err
	}
	return &schedulingv1.StartSessionResponse{
		Session: sessionMessage(done.State, done.Revision), ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// start records the commit point; its one event is in the answer, at first and at
// every repeat.
func (h *handler) start(
	ctx context.Context, req *schedulingv1.StartSessionRequest,
) (command.Result[appointment.Appointment], error) {
	var none command.Result[appointment.Appointment]
	appointmentID, sessionID := req.GetAppointmentId(), req.GetSessionId()
	known, err := h.appointments.Load(ctx, appointmentID)
	if err != nil {
		return none, err
	}
	env, err := h.command(ctx, req, known.State.SupportRequestID)
	if err != nil {
		return none, err
	}
	cmd := appointment.Start{
		SessionID: sessionID, Recorded: req.GetRecorded(), Location: location(req.GetLocation()), At: env.DecidedAt,
		StartedBy: person(env),
	}
	if known.State.Stage == appointment.Booked { // in any other state what is learned decides nothing
		if err := h.learn(ctx, req, known.State.SupportRequestID, &env, &cmd); err != nil {
			return none, err
		}
	}
	return h.appointments.Execute(ctx, appointmentID, env, cmd)
}

// learn adds to a start what is known of the request, once news of it that is on its
// way has come.
func (h *handler) learn(
	ctx context.Context, req *schedulingv1.StartSessionRequest, requestID string, env *command.Envelope, cmd *appointment.Start,
) error {
	appointmentID := req.GetAppointmentId()
	if err := h.expectPlanned(ctx, requestID, appointmentID); err != nil {
		return err
	}
	request, err := h.expectDeclared(ctx, requestID, req.GetRecorded(), env.DecidedAt)
	if err != nil {
		return err
	}
	work, err := h.sessions.Load(ctx, req.GetSessionId())
	if err != nil {
		return err
	}
	cmd.RequestEnded, cmd.Suspended = request.State() == assignment.Ended, request.State() == assignment.Suspended
	cmd.Unplanned = request.Appointment != appointmentID
	cmd.Consumer, cmd.ConcludedAt, cmd.Express = request.Consumer, request.ConcludedAt, request.Consent.Express()
	cmd.SessionTaken = work.State.Stage != session.None && work.State.AppointmentID != appointmentID
	if c := request.Consent; c != nil {
		cmd.Backup, cmd.RecordingNoticeSeen = appointment.Backup(c.Backup), c.RecordingNoticeSeen
		cmd.BackupDeclaredAt = c.DeclaredAt
	} else {
		given, err := h.consent(ctx, requestID)
		if err != nil {
			return err
		}
		cmd.ConsentMissing = given == nil
	}
	return h.known(ctx, request, env, cmd)
}

// known adds what depends on the sessions before: what is left of the cap (T-11), and
// whether the backup is to be declared again (D-01).
func (h *handler) known(ctx context.Context, a assignment.Assignment, env *command.Envelope, cmd *appointment.Start) error {
	before, sessions, _, err := h.workOf(ctx, a)
	if err != nil {
		return err
	}
	if a.Cap != 0 {
		cmd.Capped, cmd.CapSeconds = true, a.CapSeconds-before
	}
	if cmd.Again = sessions > 0; !cmd.Again {
		return nil
	}
	var rules sessionRules
	ref, err := h.policies.At(ctx, policySessions, env.DecidedAt, &rules)
	cmd.BackupValidSeconds, env.Policies = rules.BackupValidSeconds, policies.Refs(ref)
	return err
}

// person is the subject of whoever gives a command, spelled one way. It is a
// pseudonym.
func person(env command.Envelope) string { return strings.ToLower(env.Actor.ID) }

// who makes the call, as far as a session asks for it.
func who(ctx context.Context) session.Person {
	caller := rpc.CallerFrom(ctx)
	return session.Person{Subject: strings.ToLower(caller.Subject), Dispatcher: caller.Role == commonv1.Role_ROLE_DISPATCHER}
}

// DeclareBackup records the customer's declaration for a later session (D-01).
func (h *handler) DeclareBackup(
	ctx context.Context, req *schedulingv1.DeclareBackupRequest,
) (*schedulingv1.DeclareBackupResponse, error) {
	id := req.GetSupportRequestId()
	if err := rpc.Own(ctx, id); err != nil {
		return nil, err
	}
	env, err := h.command(ctx, req, id)
	if err != nil {
		return nil, err
	}
	done, err := h.assignments.Execute(ctx, id, env, assignment.DeclareBackup{
		SupportRequestID: id, Backup: string(backups[req.GetBackup()]), Confirmed: req.GetProceedWithoutBackup(), At: env.DecidedAt,
	})
	if err != nil {
		return nil, err
	}
	return &schedulingv1.DeclareBackupResponse{
		DeclaredAt: timestamppb.New(done.State.Consent.DeclaredAt), ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// PauseSession stops the measured time.
func (h *handler) PauseSession(
	ctx context.Context, req *schedulingv1.PauseSessionRequest,
) (*schedulingv1.PauseSessionResponse, error) {
	env, _, err := h.sessionCommand(ctx, req, req.GetSessionId())
	if err != nil {
		return nil, err
	}
	done, err := h.sessions.Execute(ctx, req.GetSessionId(), env, session.Pause{By: who(ctx), At: env.DecidedAt})
	if err != nil {
		return nil, err
	}
	return &schedulingv1.PauseSessionResponse{
		Session: sessionMessage(done.State, done.Revision), ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// ResumeSession lets the measured time run again.
func (h *handler) ResumeSession(
	ctx context.Context, req *schedulingv1.ResumeSessionRequest,
) (*schedulingv1.ResumeSessionResponse, error) {
	env, _, err := h.sessionCommand(ctx, req, req.GetSessionId())
	if err != nil {
		return nil, err
	}
	done, err := h.sessions.Execute(ctx, req.GetSessionId(), env, session.Resume{By: who(ctx), At: env.DecidedAt})
	if err != nil {
		return nil, err
	}
	return &schedulingv1.ResumeSessionResponse{
		Session: sessionMessage(done.State, done.Revision), ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// NoteWork seals the note under the customer's key: it may speak of him (P7).
func (h *handler) NoteWork(ctx context.Context, req *schedulingv1.NoteWorkRequest) (*schedulingv1.NoteWorkResponse, error) {
	sessionID := req.GetSessionId()
	env, work, err := h.sessionCommand(ctx, req, sessionID)
	if err != nil {
		return nil, err
	}
	cmd := session.Note{DeviceID: strings.ToLower(req.GetDeviceId()), At: env.DecidedAt}
	if work.Stage != session.None { // of a session that is not there, nobody is the subject
		cmd.Note, err = h.house.Vault.Seal(ctx, subject(work.SupportRequestID), vault.Operational, "workNote",
			place(h.sessions.Stream(sessionID), env.CommandID), []byte(req.GetNote()))
		if err != nil {
			return nil, err
		}
	}
	done, err := h.sessions.Execute(ctx, sessionID, env, cmd)
	if err != nil {
		return nil, err
	}
	return &schedulingv1.NoteWorkResponse{
		Session: sessionMessage(done.State, done.Revision), ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// AddDevice names a device that will be worked on (D-02).
func (h *handler) AddDevice(ctx context.Context, req *schedulingv1.AddDeviceRequest) (*schedulingv1.AddDeviceResponse, error) {
	id := req.GetSessionId()
	env, work, err := h.sessionCommand(ctx, req, id)
	if err != nil {
		return nil, err
	}
	cmd := session.AddDevice{DeviceID: strings.ToLower(req.GetDeviceId()), At: env.DecidedAt}
	if work.Stage != session.None && req.GetDescription() != "" {
		cmd.Description, err = h.house.Vault.Seal(ctx, subject(work.SupportRequestID), vault.Operational, "device",
			place(h.sessions.Stream(id), env.CommandID), []byte(req.GetDescription()))
		if err != nil {
			return nil, err
		}
	}
	done, err := h.sessions.Execute(ctx, id, env, cmd)
	if err != nil {
		return nil, err
	}
	return &schedulingv1.AddDeviceResponse{
		Session: sessionMessage(done.State, done.Revision), ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// subject is the pseudonymous id of the customer of a request, the same in every
// service. Whatever is not a UUID gets the id of the nil name space: no request has
// such an id.
func subject(supportRequestID string) string {
	space, _ := uuid.Parse(supportRequestID)
	return uuid.NewSHA1(space, []byte("subject")).String()
}

// EndSession ends the work under the hours in force now.
func (h *handler) EndSession(ctx context.Context, req *schedulingv1.EndSessionRequest) (*schedulingv1.EndSessionResponse, error) {
	env, _, err := h.sessionCommand(ctx, req, req.GetSessionId())
	if err != nil {
		return nil, err
	}
	cmd := session.End{By: who(ctx), At: env.DecidedAt}
	if cmd.Ref, err = h.policies.At(ctx, policyCalendar, env.DecidedAt, &cmd.Calendar); err != nil {
		return nil, err
	}
	if err := cmd.Calendar.Check(); err != nil {
		return nil, fmt.Errorf("hours of version %d: %w", cmd.Ref.Version, err)
	}
	env.Policies, env.TZData = policies.Refs(cmd.Ref), hours.TZData()
	done, err := h.sessions.Execute(ctx, req.GetSessionId(), env, cmd)
	if err != nil {
		return nil, err
	}
	return &schedulingv1.EndSessionResponse{
		Session: sessionMessage(done.State, done.Revision), ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// sessionCommand is the envelope of a command on a session, and the session as it
// is: whose request it is about stands in its stream.
func (h *handler) sessionCommand(
	ctx context.Context, req rpc.Request, sessionID string,
) (command.Envelope, session.Session, error) {
	known, err := h.sessions.Load(ctx, sessionID)
	if err != nil {
		return command.Envelope{}, session.Session{}, err
	}
	env, err := h.command(ctx, req, known.State.SupportRequestID)
	return env, known.State, err
}

// GetSession folds the session's stream and, when it is recorded, the recording's.
func (h *handler) GetSession(ctx context.Context, req *schedulingv1.GetSessionRequest) (*schedulingv1.GetSessionResponse, error) {
	if _, err := rpc.ParseToken(req.GetConsistencyToken()); err != nil {
		return nil, err // the stream itself is read, so nothing need be waited for
	}
	if req.GetIncludeNotes() && rpc.CallerFrom(ctx).Role == commonv1.Role_ROLE_AUDITOR {
		return nil, rpc.Fail(connect.CodePermissionDenied, rpc.ReasonPermissionDenied,
			"an auditor sees pseudonyms, not what was written of the customer", nil)
	}
	sessionID := req.GetSessionId()
	work, err := h.sessions.Load(ctx, sessionID)
	if err != nil {
		return nil, err
	}
	if work.State.Stage == session.None {
		return nil, session.ErrUnknown
	}
	m := sessionMessage(work.State, work.Revision)
	if work.State.Recorded {
		kept, err := h.recordings.Load(ctx, sessionID)
		if err != nil {
			return nil, err
		}
		m.RecordingState = recordingState(kept.State)
		m.DurationFlagged = kept.State.Flagged && !kept.State.Resolved
	}
	if req.GetIncludeNotes() {
		if m.Notes, err = h.openNotes(ctx, work.State); err != nil {
			return nil, err
		}
	}
	request, err := h.assignments.Load(ctx, work.State.SupportRequestID)
	if err != nil {
		return nil, err
	}
	answer := &schedulingv1.GetSessionResponse{Session: m, RequestSuspended: request.State.State() == assignment.Suspended}
	// Of a tariff that is not known here there is no cost to show.
	if sheet, _, err := h.sheet(ctx, request.State); err == nil {
		before, _, open, err := h.workOf(ctx, request.State)
		if err != nil {
			return nil, err
		}
		worked := before + open.SecondsAt(h.house.Clock.Now())
		answer.Budget = budget(work.State.SupportRequestID, sheet, worked, request.State)
	}
	return answer, nil
}

// openNotes opens the notes for the caller; who looked is recorded (D-04). One
// that was erased is empty.
func (h *handler) openNotes(ctx context.Context, s session.Session) ([]*schedulingv1.WorkNote, error) {
	caller := rpc.CallerFrom(ctx)
	access := vault.Access{
		Actor: rpc.RoleName(caller.Role) + " " + caller.Subject, Reason: "session " + s.SessionID,
	}
	var notes []*schedulingv1.WorkNote
	for _, n := range s.Notes {
		text, err := h.house.Vault.Open(ctx, n.Note, access)
		if err != nil && !errors.Is(err, vault.ErrErased) {
			return nil, err
		}
		notes = append(notes, &schedulingv1.WorkNote{At: timestamppb.New(n.At), Note: string(text), DeviceId: n.DeviceID, UnnamedDevice: n.UnnamedDevice})
		clear(text)
	}
	return notes, nil
}
