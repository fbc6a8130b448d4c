package intake

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/intake/internal/request"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/eventstore"
)

func TestWhatOthersTellBecomesOneCommand(t *testing.T) {
	told, happened := monday, monday.Add(-time.Minute)
	at := timestamppb.New(happened)
	for _, c := range []struct{ got, want request.Command }{
		{onConsentGiven(consentGiven("r"), told), request.AttachConsent{At: told, Consent: request.Consent{
			ID: "c-r", GivenAt: monday, Tariff: policy.Ref{Kind: "tariff", Version: 1, SHA256: "aa"},
			Terms: []policy.Ref{
				{Kind: "terms.online-support", Version: 1, SHA256: "t1"}, {Kind: "terms.general", Version: 1, SHA256: "t2"},
			},
		}}},
		{
			onAppointmentBooked(&schedulingv1.AppointmentBooked{AppointmentId: "a"}, told),
			request.Schedule{AppointmentID: "a", At: told},
		},
		{
			onAppointmentCancelled(&schedulingv1.AppointmentCancelled{AppointmentId: "a"}, told),
			request.Unschedule{AppointmentID: "a", At: told},
		},
		{
			onSessionStarted(&schedulingv1.SessionStarted{SessionId: "s", AppointmentId: "a", StartedAt: at}, told),
			request.StartWork{SessionID: "s", AppointmentID: "a", At: happened},
		},
		{
			onSessionPaused(&schedulingv1.SessionPaused{SessionId: "s", PausedAt: at}, told),
			request.PauseWork{SessionID: "s", At: happened},
		},
		{
			onSessionResumed(&schedulingv1.SessionResumed{SessionId: "s", ResumedAt: at}, told),
			request.ResumeWork{SessionID: "s", At: happened},
		},
		{
			onSessionEnded(&schedulingv1.SessionEnded{
				SessionId: "s", WorkedSeconds: 3, RegularSeconds: 2, OutsideSeconds: 1, Notes: 4, StartedAt: at, EndedAt: at,
				Calendar: &commonv1.PolicyRef{Kind: "calendar", Version: 5, Sha256: "cc"},
			}, told),
			request.EndWork{Notes: 4, Worked: request.Worked{
				SessionID: "s", WorkedSeconds: 3, RegularSeconds: 2, OutsideSeconds: 1, StartedAt: happened, EndedAt: happened,
				Calendar: policy.Ref{Kind: "calendar", Version: 5, SHA256: "cc"},
			}},
		},
		{
			onWorkNoted(&schedulingv1.WorkNoted{SessionId: "s", Notes: 2, NotedAt: at}, told),
			request.NoteWork{SessionID: "s", Notes: 2, At: happened},
		},
		{
			onInvoiceIssued(&billingv1.InvoiceIssued{InvoiceId: "i", Number: "2026-000001"}, told),
			request.MarkInvoiced{InvoiceID: "i", Number: "2026-000001", At: told},
		},
		{
			onRequestNotBillable(&billingv1.RequestNotBillable{Reason: "NO_TIME"}, told),
			request.MarkNotBillable{Reason: "NO_TIME", At: told},
		},
		{
			onInvoiceSettled(&billingv1.InvoiceSettled{InvoiceId: "i", SettledAt: at}, told),
			request.Settle{InvoiceID: "i", At: happened},
		},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("\n got %+v\nwant %+v", c.got, c.want)
		}
	}
}

// recorded is an event as the log holds it.
func recorded(t *testing.T, e request.Event) eventstore.Recorded {
	t.Helper()
	data, err := codec.Encode(e)
	check(t, err)
	return eventstore.Recorded{Stream: "request-r", Type: e.EventType(), Data: data}
}

func TestEveryOwnEventIsPublicOrPrivateByName(t *testing.T) {
	public := map[string]string{
		"request.submitted.v1":   "aanvraag.intake.v1.SupportRequestSubmitted",
		"request.diverted.v1":    "aanvraag.intake.v1.SupportRequestDiverted",
		"request.accepted.v1":    "aanvraag.intake.v1.SupportRequestAccepted",
		"request.refused.v1":     "aanvraag.intake.v1.SupportRequestRefused",
		"request.cancelled.v1":   "aanvraag.intake.v1.SupportRequestCancelled",
		"request.closed.v1":      "aanvraag.intake.v1.SupportRequestClosed",
		"request.drafted.v1":     "aanvraag.intake.v1.SupportRequestDrafted",
		"request.link_issued.v1": "aanvraag.intake.v1.IntakeLinkIssued",
		"request.expired.v1":     "aanvraag.intake.v1.SupportRequestExpired",
	}
	for _, e := range request.Events() {
		m, err := publish(recorded(t, e))
		check(t, err)
		got := ""
		if m != nil {
			got = string(proto.MessageName(m))
		}
		if got != public[e.EventType()] {
			t.Errorf("%s is told as %q, want %q", e.EventType(), got, public[e.EventType()])
		}
	}
}

func TestR01_ProblemAndNotesAreNotTold(t *testing.T) {
	secret := sealed.Data{Subject: "s", Purpose: sealed.Operational, Field: "x", Place: "p", Cipher: []byte("ciphertext")}
	for _, e := range []request.Event{
		request.Submitted{Problem: secret},
		request.Refused{InternalNote: secret},
		request.Cancelled{Reason: secret},
		request.Closed{Summary: secret},
		request.Drafted{Contact: secret, Problem: secret},
	} {
		m, err := publish(recorded(t, e))
		check(t, err)
		body, err := proto.Marshal(m)
		check(t, err)
		if strings.Contains(string(body), "ciphertext") {
			t.Errorf("%s leaves with what stays here", e.EventType())
		}
	}
}

func TestAnEventThatIsNotKnownIsNeverSkipped(t *testing.T) {
	for _, r := range []eventstore.Recorded{
		{Stream: "request-r", Type: "request.unheard_of.v1", Data: []byte("{}")},
		{Stream: "request-r", Type: "request.accepted.v1", Data: []byte(`{"unheardOf":1}`)},
		{Stream: "invoice-i", Type: "request.accepted.v1", Data: []byte("{}")},
	} {
		if m, err := publish(r); err == nil {
			t.Errorf("%s of %s was told as %v", r.Type, r.Stream, m)
		}
	}
}

func TestEveryRecordedWordHasItsPublicNumber(t *testing.T) {
	for _, n := range []int{len(states), len(channels), len(kinds), len(outcomes)} {
		if n == 0 {
			t.Fatal("no words")
		}
	}
	numbers := map[intakev1.SupportRequestState]bool{}
	for _, n := range states {
		numbers[n] = true
	}
	for number := range intakev1.SupportRequestState_name {
		state := intakev1.SupportRequestState(number)
		word := wordFor(states, state)
		if want := strings.TrimPrefix(state.String(), "SUPPORT_REQUEST_STATE_"); numbers[state] && string(word) != want {
			t.Errorf("%s is recorded as %q", state, word)
		}
	}
	for number := range intakev1.Outcome_name {
		if word := wordFor(outcomes, intakev1.Outcome(number)); (word == "") != (number == 0) {
			t.Errorf("outcome %d is recorded as %q", number, word)
		}
	}
	for number := range intakev1.Channel_name {
		if word := wordFor(channels, intakev1.Channel(number)); (word == "") != (number == 0) {
			t.Errorf("channel %d is recorded as %q", number, word)
		}
	}
}
