package scheduling

import (
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/vault"
)

// envelope is one of a command that nobody in particular wants.
func (d *desk) envelope() command.Envelope {
	return command.Envelope{CommandID: uuid.New(), DecidedAt: d.Frozen.Now()}
}

func TestT02ASessionIsMeasuredWithoutItsPauses(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	started, err := d.technician().StartSession(ctx, starting(d.booked(d.accepted(), nine), false))
	check(t, err)
	id := started.GetSession().GetSessionId()
	advance := func(by time.Duration) {
		_, err := d.Frozen.Advance(by)
		check(t, err)
	}
	advance(10 * time.Minute)
	paused, err := d.technician().PauseSession(ctx, &schedulingv1.PauseSessionRequest{IdempotencyKey: uuid.NewString(), SessionId: id})
	check(t, err)
	if s := paused.GetSession(); s.GetState() != schedulingv1.SessionState_SESSION_STATE_PAUSED || s.GetWorkedSeconds() != 600 {
		t.Fatalf("paused %v", s)
	}
	advance(20 * time.Minute)
	_, err = d.technician().ResumeSession(ctx, &schedulingv1.ResumeSessionRequest{IdempotencyKey: uuid.NewString(), SessionId: id})
	check(t, err)
	advance(27 * time.Minute)
	req := &schedulingv1.EndSessionRequest{IdempotencyKey: uuid.NewString(), SessionId: id}
	ended, err := d.technician().EndSession(ctx, req)
	check(t, err)
	s := ended.GetSession()
	if s.GetWorkedSeconds() != 2220 || len(s.GetIntervals()) != 2 || s.GetState() != schedulingv1.SessionState_SESSION_STATE_ENDED {
		t.Fatalf("ended %v", s)
	}
	advance(time.Hour)
	again, err := d.technician().EndSession(ctx, req)
	check(t, err)
	if !proto.Equal(ended, again) {
		t.Fatalf("first %v, then %v", ended, again)
	}
	_, err = d.technician().PauseSession(ctx, &schedulingv1.PauseSessionRequest{IdempotencyKey: uuid.NewString(), SessionId: id})
	refused(t, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")
}

func TestP2AnEndedSessionNamesTheHoursThatSplitIt(t *testing.T) {
	d := newDesk(t)
	id := d.worked(d.accepted(), false)
	log := d.Stream("session-"+id, 3)
	var meta eventstore.Metadata
	check(t, json.Unmarshal(log[len(log)-1].Metadata, &meta))
	if len(meta.Policies) != 1 || meta.Policies[0].Kind != "calendar" || meta.TZData != hours.TZData() {
		t.Fatalf("metadata %+v", meta)
	}
}

func TestAnEndedSessionCompletesItsAppointmentAndFreesTheRequest(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	id := d.worked(r, false)
	d.booked(r, nine.Add(6*time.Hour)) // at once: a second session of the same request
	d.has("appointment-"+d.session(id).GetAppointmentId(), "appointment.completed.v1")
}

// A mail opened the draft; what follows without the customer's consent starts no
// session, and without his button there is not even an appointment (G-15).
func TestG15NoSessionWithoutConsent(t *testing.T) {
	d := newDesk(t)
	r := uuid.NewString()
	d.Tell("intake", "request-"+r, r, &intakev1.SupportRequestDrafted{
		SupportRequestId: r, Channel: intakev1.Channel_CHANNEL_EMAIL,
	})
	d.asked.request = func() intakev1.SupportRequestState {
		return intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_DRAFTED
	}
	_, err := d.dispatcher().BookAppointment(t.Context(), booking(r, nine))
	if details := refused(t, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE"); details["from"] != "UNACCEPTED" {
		t.Fatalf("details %v", details)
	}

	// Also if it were accepted all the same.
	d.accept(r)
	d.has("assignment-"+r, "assignment.opened.v1")
	req := starting(d.booked(r, nine), false)
	_, err = d.technician().StartSession(t.Context(), req)
	refused(t, err, connect.CodeFailedPrecondition, "CONSENT_MISSING")

	// The customer agrees; what he did not declare is named, while the news is on its
	// way and after.
	d.asked.consent = func() *consentv1.Consent { return &consentv1.Consent{} }
	_, err = d.technician().StartSession(t.Context(), req)
	refused(t, err, connect.CodeFailedPrecondition, "BACKUP_MISSING")
	d.declare(r, consentv1.BackupDeclaration_BACKUP_DECLARATION_MADE, false)
	d.has("assignment-"+r, "assignment.consent_recorded.v1")
	_, err = d.technician().StartSession(t.Context(), req)
	check(t, err)
}

func TestD01NoSessionWithoutABackupDeclared(t *testing.T) {
	d := newDesk(t)
	r := uuid.NewString()
	d.declare(r, consentv1.BackupDeclaration_BACKUP_DECLARATION_UNSPECIFIED, true)
	d.accept(r)
	d.has("assignment-"+r, "assignment.opened.v1", "assignment.consent_recorded.v1")
	req := starting(d.booked(r, nine), false)
	_, err := d.technician().StartSession(t.Context(), req)
	if details := refused(t, err, connect.CodeFailedPrecondition, "BACKUP_MISSING"); details["article"] != "8" {
		t.Fatalf("details %v", details)
	}

	// The customer declares it; the technician is faster than the news.
	asked := make(chan struct{})
	d.asked.consent = sync.OnceValue(func() *consentv1.Consent {
		close(asked)
		return &consentv1.Consent{Backup: consentv1.BackupDeclaration_BACKUP_DECLARATION_NONE_PROCEED}
	})
	check(t, d.whileAsking(asked, func() {
		d.declare(r, consentv1.BackupDeclaration_BACKUP_DECLARATION_NONE_PROCEED, true)
	}, func() error {
		_, err := d.technician().StartSession(t.Context(), req)
		return err
	}))
}

func TestS02NoRecordedSessionWithoutTheNotice(t *testing.T) {
	d := newDesk(t)
	r := uuid.NewString()
	d.declare(r, consentv1.BackupDeclaration_BACKUP_DECLARATION_MADE, false)
	d.accept(r)
	d.has("assignment-"+r, "assignment.opened.v1", "assignment.consent_recorded.v1")
	a := d.booked(r, nine)
	_, err := d.technician().StartSession(t.Context(), starting(a, true))
	refused(t, err, connect.CodeFailedPrecondition, "RECORDING_NOTICE_MISSING")
	_, err = d.technician().StartSession(t.Context(), starting(a, false))
	check(t, err)
}

func TestR07WorkAtTheCustomersPlaceIsAnotherProduct(t *testing.T) {
	d := newDesk(t)
	req := starting(d.booked(d.accepted(), nine), false)
	req.Location = schedulingv1.Location_LOCATION_ONSITE
	_, err := d.technician().StartSession(t.Context(), req)
	refused(t, err, connect.CodeFailedPrecondition, "PRODUCT")
}

func TestAStartThatDiedAfterItsCommitHeals(t *testing.T) {
	d := newDesk(t)
	req := starting(d.booked(d.accepted(), nine), false)
	d.stop()
	_, err := d.door().start(t.Context(), req) // and no further: the process dies here
	check(t, err)
	if log := d.Types("session-"+req.GetSessionId(), 0); len(log) != 0 {
		t.Fatalf("already there: %v", log)
	}
	began := d.Frozen.Now()
	_, err = d.Frozen.Advance(time.Minute) // until it is up again
	check(t, err)
	d.start()
	d.has("session-"+req.GetSessionId(), "session.started.v1")
	answer, err := d.technician().StartSession(t.Context(), req)
	check(t, err)
	if s := answer.GetSession(); !s.GetStartedAt().AsTime().Equal(began) || s.GetRevision() != 0 {
		t.Fatalf("the retry is answered %v", s)
	}
	if log := d.Types("session-"+req.GetSessionId(), 1); len(log) != 1 {
		t.Fatalf("the log holds %v", log)
	}
}

func TestP5OneSessionIdForTwoAppointmentsStartsOne(t *testing.T) {
	d := newDesk(t)
	first, second := starting(d.booked(d.accepted(), nine), false), starting(d.booked(d.accepted(), nine.Add(time.Hour)), false)
	second.SessionId = first.GetSessionId()
	d.stop()
	for _, req := range []*schedulingv1.StartSessionRequest{first, second} {
		_, err := d.door().start(t.Context(), req) // both at the same moment
		check(t, err)
	}
	d.start()
	d.has("session-"+first.GetSessionId(), "session.started.v1")
	lost := first.GetAppointmentId()
	if d.session(first.GetSessionId()).GetAppointmentId() == lost {
		lost = second.GetAppointmentId()
	}
	d.has("appointment-"+lost, "appointment.cancelled.v1")
	d.has("calendar-tess-2026W48", "calendar.slot_released.v1")

	third := starting(d.booked(d.accepted(), nine.Add(3*time.Hour)), false)
	third.SessionId = first.GetSessionId()
	_, err := d.technician().StartSession(t.Context(), third)
	refused(t, err, connect.CodeAlreadyExists, "SESSION_EXISTS")
}

func TestS05TheRecordingIsDestroyedAfterTheBillIsSatisfied(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	id := d.worked(r, true)
	d.has("recording-"+id, "recording.started.v1", "recording.ended.v1")
	if exists, err := d.Vault.Exists(t.Context(), id, vault.Recording); err != nil || !exists {
		t.Fatalf("the recording has no key of its own (%v)", err)
	}
	if s := d.session(id).GetRecordingState(); s != schedulingv1.RecordingState_RECORDING_STATE_KEPT {
		t.Fatalf("recording %v", s)
	}
	d.settle(r)
	d.has("recording-"+id, "recording.key_destroyed.v1")
	d.settle(r) // again, after a reversal (S-07)
	d.settled(r, 2)

	if exists, err := d.Vault.Exists(t.Context(), id, vault.Recording); err != nil || exists {
		t.Fatalf("the key is still there (%v)", err)
	}
	log := d.Stream("recording-"+id, 5)
	if len(log) != 5 || log[2].Type != "recording.deletion_due.v1" || log[4].Type != "recording.key_destroyed.v1" {
		t.Fatalf("the log holds %v", d.Types("recording-"+id, 5))
	}
	if proof := string(log[4].Data); !strings.Contains(proof, vault.KeyID(id, vault.Recording)) {
		t.Fatalf("the proof names no key: %s", proof)
	}
	if s := d.session(id).GetRecordingState(); s != schedulingv1.RecordingState_RECORDING_STATE_DESTROYED {
		t.Fatalf("recording %v", s)
	}
}

// settled waits until the nth settlement of a request was handled: billing's
// stream is handled in order, so what comes behind it was handled later.
func (d *desk) settled(r string, n int) {
	d.t.Helper()
	mark := uuid.NewString()
	d.Tell("billing", "invoice-"+r, mark, settlement(mark))
	d.has("assignment-"+mark, "assignment.settled.v1")
	if log := d.Types("assignment-"+r, 1); n > 1 && strings.Count(strings.Join(log, " "), "assignment.settled.v1") != 1 {
		d.t.Fatalf("the log holds %v", log)
	}
}

func TestS01ASessionThatIsNotRecordedHasNoRecording(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	id := d.worked(r, false)
	d.settle(r)
	d.settled(r, 1)
	d.has("appointment-"+d.session(id).GetAppointmentId(), "appointment.completed.v1")
	if log := d.Types("recording-"+id, 0); len(log) != 0 {
		t.Fatalf("there is a recording: %v", log)
	}
	if s := d.session(id); s.GetRecorded() || s.GetRecordingState() != schedulingv1.RecordingState_RECORDING_STATE_NONE {
		t.Fatalf("session %v", s)
	}
}

func TestS05APartPaymentKeepsTheRecording(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	id := d.worked(r, true)
	d.has("recording-"+id, "recording.ended.v1")
	d.Tell("billing", "invoice-"+r, r, partPayment(r))
	mark := uuid.NewString() // behind it in the same stream
	d.Tell("billing", "invoice-"+r, mark, settlement(mark))
	d.has("assignment-"+mark, "assignment.settled.v1")
	if log := d.Types("recording-"+id, 2); len(log) != 2 {
		t.Fatalf("the log holds %v", log)
	}
	if exists, err := d.Vault.Exists(t.Context(), id, vault.Recording); err != nil || !exists {
		t.Fatalf("the key is gone (%v)", err)
	}
}

func TestS05ASettlementThatIsKnownBeforeTheRecordingDestroysItToo(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	req := starting(d.booked(r, nine), true)
	d.settle(r)
	d.has("assignment-"+r, "assignment.settled.v1")
	_, err := d.technician().StartSession(t.Context(), req)
	check(t, err)
	d.has("recording-"+req.GetSessionId(), "recording.key_destroyed.v1")
}

func TestP7NotesStandSealedInTheLogAndOpenForStaff(t *testing.T) {
	d := newDesk(t)
	id := d.worked(d.accepted(), false)
	for r, err := range d.Store.ReadAll(t.Context(), 0, eventstore.Filter{}) {
		check(t, err)
		if strings.Contains(string(r.Data)+string(r.Metadata), "Zwartkruis") {
			t.Fatalf("%s of %s holds the note in clear", r.Type, r.Stream)
		}
	}
	if n := len(d.session(id).GetNotes()); n != 0 {
		t.Fatalf("%d notes were opened without being asked for", n)
	}
	asking := &schedulingv1.GetSessionRequest{SessionId: id, IncludeNotes: true}
	answer, err := d.technician().GetSession(t.Context(), asking)
	check(t, err)
	if notes := answer.GetSession().GetNotes(); len(notes) != 1 || notes[0].GetNote() != note {
		t.Fatalf("notes %v", notes)
	}
	who := subject(answer.GetSession().GetSupportRequestId())
	seen, err := d.Vault.Openings(t.Context(), who)
	if err != nil || len(seen) != 1 || !strings.HasPrefix(seen[0].Actor, "technician") {
		t.Fatalf("openings %+v, %v", seen, err)
	}
	_, err = d.as("auditor").GetSession(t.Context(), asking)
	refused(t, err, connect.CodePermissionDenied, rpc.ReasonPermissionDenied)

	_, err = d.Vault.Destroy(t.Context(), who, vault.Operational)
	check(t, err)
	answer, err = d.technician().GetSession(t.Context(), asking)
	check(t, err)
	if notes := answer.GetSession().GetNotes(); len(notes) != 1 || notes[0].GetNote() != "" {
		t.Fatalf("an erased note is %v", notes)
	}
}

func TestASessionThatIsNotThereIsUnknown(t *testing.T) {
	d := newDesk(t)
	id := uuid.NewString()
	_, err := d.dispatcher().GetSession(t.Context(), &schedulingv1.GetSessionRequest{SessionId: id})
	refused(t, err, connect.CodeNotFound, "SESSION_UNKNOWN")
	_, err = d.technician().NoteWork(t.Context(), &schedulingv1.NoteWorkRequest{IdempotencyKey: uuid.NewString(), SessionId: id, Note: note})
	refused(t, err, connect.CodeNotFound, "SESSION_UNKNOWN")
	_, err = d.technician().StartSession(t.Context(), starting(uuid.NewString(), false))
	refused(t, err, connect.CodeNotFound, "APPOINTMENT_UNKNOWN")
}
