package scheduling

import (
	"reflect"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/platform/service/servicetest"
	"aanvraag.internal/services/scheduling/internal/appointment"
	"aanvraag.internal/services/scheduling/internal/assignment"
	"aanvraag.internal/services/scheduling/internal/calendar"
	"aanvraag.internal/services/scheduling/internal/recording"
	"aanvraag.internal/services/scheduling/internal/session"
)

func settlement(r string) proto.Message {
	return &billingv1.InvoiceSettled{InvoiceId: "i-" + r, SupportRequestId: r}
}

func partPayment(r string) proto.Message {
	return &billingv1.PaymentReceived{PaymentId: "p1", InvoiceId: "i-" + r, SupportRequestId: r, AmountCents: 100}
}

func TestWhatFollowsFromEachEvent(t *testing.T) {
	at := servicetest.Start
	for name, c := range map[string]struct{ got, want any }{
		"an acceptance": {
			open(&intakev1.SupportRequestAccepted{SupportRequestId: "r1"}, at),
			assignment.Open{SupportRequestID: "r1", At: at},
		},
		"a refusal, cancellation or closing": {
			end("r1", timestamppb.New(nine), true, at),
			assignment.Release{SupportRequestID: "r1", EndedAt: nine, NotInvoiced: true, At: at},
		},
		"a consent": {
			recordConsent(&consentv1.ConsentGiven{
				SupportRequestId: "r1", Backup: consentv1.BackupDeclaration_BACKUP_DECLARATION_NOT_NEEDED, RecordingNoticeSeen: true,
			}, at),
			assignment.RecordConsent{
				SupportRequestID: "r1", Consent: assignment.Consent{Backup: "not_needed", RecordingNoticeSeen: true}, At: at,
			},
		},
		"a consent without backup": {
			recordConsent(&consentv1.ConsentGiven{SupportRequestId: "r1"}, at),
			assignment.RecordConsent{SupportRequestID: "r1", At: at},
		},
		"a reserved slot": {
			book(&schedulingv1.SlotReserved{
				AppointmentId: "a1", SupportRequestId: "r1", TechnicianId: "tess", Start: timestamppb.New(nine), Duration: seconds(60),
			}, at),
			appointment.Book{
				Slot: appointment.Slot{AppointmentID: "a1", SupportRequestID: "r1", TechnicianID: "tess", Start: nine, Seconds: 60},
				At:   at,
			},
		},
		"a booked appointment": {
			plan(&schedulingv1.AppointmentBooked{AppointmentId: "a1", SupportRequestId: "r1"}, at),
			assignment.Plan{SupportRequestID: "r1", AppointmentID: "a1", At: at},
		},
		"a cancelled appointment": {
			release(&schedulingv1.AppointmentCancelled{AppointmentId: "a1", MoveId: "m1"}, at),
			calendar.Release{AppointmentID: "a1", MoveID: "m1", At: at},
		},
		"a slot reserved for a move": {
			move(&schedulingv1.SlotReserved{
				AppointmentId: "a1", SupportRequestId: "r1", TechnicianId: "tess", Start: timestamppb.New(nine), Duration: seconds(60),
				MoveId: "m1", Sequence: 2,
			}, at),
			appointment.Move{
				Slot:   appointment.Slot{AppointmentID: "a1", SupportRequestID: "r1", TechnicianID: "tess", Start: nine, Seconds: 60},
				MoveID: "m1", Sequence: 2, At: at,
			},
		},
		"a moved appointment": {
			leave(&schedulingv1.AppointmentMoved{AppointmentId: "a1", MoveId: "m2", FromMoveId: "m1"}, at),
			calendar.Release{AppointmentID: "a1", MoveID: "m1", At: at},
		},
		"the end of an appointment": {
			drop("r1", "a1", at), assignment.Drop{SupportRequestID: "r1", AppointmentID: "a1", At: at},
		},
		"a started appointment": {
			begin(&schedulingv1.AppointmentStarted{
				AppointmentId: "a1", SupportRequestId: "r1", TechnicianId: "tess", SessionId: "s1", Recorded: true,
				StartedAt: timestamppb.New(nine),
			}),
			session.Start{SessionID: "s1", AppointmentID: "a1", SupportRequestID: "r1", TechnicianID: "tess", Recorded: true, At: nine},
		},
		"a recorded session": {
			record(&schedulingv1.SessionStarted{SessionId: "s1", SupportRequestId: "r1", StartedAt: timestamppb.New(nine)}, 3600),
			recording.Start{SessionID: "s1", SupportRequestID: "r1", KeyID: "recording/s1", CapSeconds: 3600, At: nine},
		},
		"a recording that waits for the bill": {
			keep(&schedulingv1.SessionStarted{SessionId: "s1", SupportRequestId: "r1"}, at),
			assignment.KeepRecording{SupportRequestID: "r1", SessionID: "s1", At: at},
		},
		"an ended session": {
			complete(&schedulingv1.SessionEnded{SessionId: "s1", EndedAt: timestamppb.New(nine)}),
			appointment.Complete{SessionID: "s1", At: nine},
		},
		"a satisfied bill": {
			settle(&billingv1.InvoiceSettled{InvoiceId: "i1", SupportRequestId: "r1"}, at),
			assignment.Settle{SupportRequestID: "r1", InvoiceID: "i1", At: at},
		},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("from %s follows %+v, want %+v", name, c.got, c.want)
		}
	}
}
