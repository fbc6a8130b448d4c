package scheduling

import (
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"google.golang.org/protobuf/proto"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/scheduling/internal/appointment"
	"aanvraag.internal/services/scheduling/internal/assignment"
	"aanvraag.internal/services/scheduling/internal/calendar"
	"aanvraag.internal/services/scheduling/internal/recording"
	"aanvraag.internal/services/scheduling/internal/session"
	"aanvraag.internal/services/scheduling/internal/technician"
)

type named interface{ EventType() string }

func recorded(t *testing.T, stream string, e named) eventstore.Recorded {
	t.Helper()
	data, err := json.Marshal(e, json.Deterministic(true))
	check(t, err)
	return eventstore.Recorded{Stream: stream, Type: e.EventType(), Data: data, Metadata: []byte(`{"$correlationId":"r1"}`)}
}

func TestWhatIsToldOfEachEvent(t *testing.T) {
	slot := calendar.Slot{AppointmentID: "a1", SupportRequestID: "r1", TechnicianID: "tess", Start: nine, Seconds: 3600}
	secret := sealed.Data{Subject: "p1", Purpose: sealed.Operational, Field: "f", Place: "p", Cipher: []byte{7}}
	for _, c := range []struct {
		stream string
		event  named
		want   string // name of the public event; empty when it is private
	}{
		{"calendar-tess-2026W48", calendar.SlotReserved{Reservation: calendar.Reservation{Slot: slot}}, "SlotReserved"},
		{"calendar-tess-2026W48", calendar.SlotReleased{AppointmentID: "a1"}, ""},
		{"calendar-tess-2026W48", calendar.HoldPlaced{Hold: calendar.Hold{Slot: slot}}, ""},
		{"calendar-tess-2026W48", calendar.HoldReleased{AppointmentID: "a1", Reason: calendar.Expired}, ""},
		{"appointment-a1", appointment.AppointmentBooked{Slot: appointment.Slot(slot)}, "AppointmentBooked"},
		{"appointment-a1", appointment.AppointmentStarted{AppointmentID: "a1", Location: appointment.ProviderRemote}, "AppointmentStarted"},
		{"appointment-a1", appointment.AppointmentCancelled{Slot: appointment.Slot(slot)}, "AppointmentCancelled"},
		{"appointment-a1", appointment.AppointmentMoved{Slot: appointment.Slot(slot)}, "AppointmentMoved"},
		{"appointment-a1", appointment.AppointmentCompleted{AppointmentID: "a1"}, ""},
		{"assignment-r1", assignment.RequestOpened{SupportRequestID: "r1"}, ""},
		{"assignment-r1", assignment.ConsentRecorded{SupportRequestID: "r1"}, ""},
		{"assignment-r1", assignment.AppointmentPlanned{SupportRequestID: "r1", AppointmentID: "a1"}, ""},
		{"assignment-r1", assignment.AppointmentVoided{SupportRequestID: "r1", AppointmentID: "a1"}, "AppointmentsRevoked"},
		{"assignment-r1", assignment.AppointmentDropped{SupportRequestID: "r1", AppointmentID: "a1"}, ""},
		{"assignment-r1", assignment.RequestReleased{SupportRequestID: "r1", AppointmentIDs: []string{"a1"}}, "AppointmentsRevoked"},
		{"assignment-r1", assignment.RequestReleased{SupportRequestID: "r1", AppointmentIDs: []string{}}, ""},
		{"assignment-r1", assignment.RecordingKept{SupportRequestID: "r1", SessionID: "s1"}, ""},
		{"assignment-r1", assignment.RequestSettled{SupportRequestID: "r1", InvoiceID: "i1"}, ""},
		{"session-s1", session.SessionStarted{SessionID: "s1"}, "SessionStarted"},
		{"session-s1", session.SessionPaused{SessionID: "s1"}, "SessionPaused"},
		{"session-s1", session.SessionResumed{SessionID: "s1"}, "SessionResumed"},
		{"session-s1", session.WorkNoted{Note: secret}, ""},
		{"session-s1", session.SessionEnded{SessionID: "s1"}, "SessionEnded"},
		{"recording-s1", recording.RecordingStarted{SessionID: "s1"}, ""},
		{"recording-s1", recording.RecordingEnded{}, ""},
		{"recording-s1", recording.DeletionDue{SessionID: "s1"}, "RecordingDeletionDue"},
		{"recording-s1", recording.RecordingUploaded{SessionID: "s1"}, "RecordingUploaded"},
		{"recording-s1", recording.DurationVerified{SessionID: "s1"}, ""},
		{"recording-s1", recording.DurationVerified{SessionID: "s1", Flagged: true}, "RecordingDurationFlagged"},
		{"recording-s1", recording.DurationResolved{SessionID: "s1", Note: secret}, "RecordingDurationResolved"},
		{"recording-s1", recording.RecordingAccessed{SessionID: "s1", Reason: secret}, ""},
		{"recording-s1", recording.HoldPlaced{SessionID: "s1", Reason: secret}, ""},
		{"recording-s1", recording.HoldReleased{SessionID: "s1"}, ""},
		{"recording-s1", recording.RetentionCapReached{SessionID: "s1"}, ""},
		{"recording-s1", recording.DestructionBegun{SessionID: "s1"}, ""},
		{"recording-s1", recording.RecordingDeleted{SessionID: "s1"}, "RecordingDeleted"},
		{"assignment-r1", assignment.RequestNotInvoiced{SupportRequestID: "r1"}, ""},
		{"recording-s1", recording.KeyDestroyed{SessionID: "s1", KeyID: "recording/s1"}, "RecordingDestroyed"},
		{"technician-tess", technician.TechnicianRegistered{TechnicianID: "tess", Name: secret}, ""},
		{"technician-tess", technician.TechnicianUpdated{TechnicianID: "tess"}, ""},
		{"technician-tess", technician.TechnicianRetired{TechnicianID: "tess"}, ""},
	} {
		got, err := publish(recorded(t, c.stream, c.event))
		check(t, err)
		name := ""
		if got != nil {
			name = string(got.ProtoReflect().Descriptor().Name())
		}
		if name != c.want {
			t.Errorf("%s is told as %q, want %q", c.event.EventType(), name, c.want)
		}
	}
}

func TestAnEndedSessionIsToldWithEverythingThatWasMeasured(t *testing.T) {
	got, err := publish(recorded(t, "session-s1", session.SessionEnded{
		SessionID: "s1", AppointmentID: "a1", SupportRequestID: "r1", Recorded: true, StartedAt: nine, EndedAt: nine.Add(1),
		Intervals: []session.Interval{{From: nine, To: nine}},
		Measured:  session.Measured{WorkedSeconds: 1800, RegularSeconds: 600, OutsideSeconds: 1200},
		Calendar:  policy.Ref{Kind: "calendar", Version: 3, SHA256: "c0ffee"}, Notes: 2,
	}))
	check(t, err)
	m := got.(*schedulingv1.SessionEnded)
	if m.GetWorkedSeconds() != 1800 || m.GetRegularSeconds() != 600 || m.GetOutsideSeconds() != 1200 || m.GetNotes() != 2 ||
		m.GetCalendar().GetVersion() != 3 || !m.GetRecorded() || len(m.GetIntervals()) != 1 || m.GetAppointmentId() != "a1" {
		t.Fatalf("told %v", m)
	}
}

func TestAnEventThatIsNotKnownStopsThePublishing(t *testing.T) {
	for _, r := range []eventstore.Recorded{
		{Stream: "session-s1", Type: "session.renamed.v1", Data: []byte("{}")},
		{Stream: "invoice-i1", Type: "invoice.issued.v1", Data: []byte("{}")},
		{Stream: "session-s1", Type: "session.paused.v1", Data: []byte(`{"more":1}`)},
	} {
		if m, err := publish(r); err == nil {
			t.Errorf("%s of %s is told as %v", r.Type, r.Stream, m)
		}
	}
}

func TestG10TheHoursAndTheRetentionAreSeededAndTold(t *testing.T) {
	d := newDesk(t)
	for kind, want := range map[string]any{
		"calendar": hours.Default(), "retention": retention{}, "booking": firstBooking(), "recording": firstRecordingRules(),
	} {
		log := d.Stream("policy-"+kind, 1)
		m, err := publish(log[0])
		check(t, err)
		told := m.(*commonv1.PolicyPublished)
		content, err := json.Marshal(want, json.Deterministic(true))
		check(t, err)
		if told.GetContent() != string(content) || told.GetPolicy().GetSha256() != policy.Sum(content) || len(log) != 1 {
			t.Errorf("%s is told as %v", kind, told)
		}
	}
	d.stop()
	d.start() // a second start seeds nothing
	if n := len(d.Types("policy-calendar", 1)); n != 1 {
		t.Errorf("%d versions of the hours", n)
	}
}

func TestWhatASlotAndAnAppointmentTellIsTheSame(t *testing.T) {
	slot := calendar.Slot{AppointmentID: "a1", SupportRequestID: "r1", TechnicianID: "tess", Start: nine, Seconds: 3600}
	reserved := publicSlot(calendar.SlotReserved{Reservation: calendar.Reservation{Slot: slot}}).(*schedulingv1.SlotReserved)
	booked := publicAppointment(appointment.AppointmentBooked{Slot: book(reserved, nine).Slot})
	bytes := func(m proto.Message) []byte {
		out, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		check(t, err)
		return out
	}
	if !slices.Equal(bytes(reserved), bytes(booked)) || !strings.Contains(booked.(*schedulingv1.AppointmentBooked).String(), "tess") {
		t.Fatalf("%v became %v", reserved, booked)
	}
}
