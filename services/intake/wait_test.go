package intake

import (
	"testing"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
)

func TestO07_AcceptingWaitsForAConsentThatExists(t *testing.T) {
	d := open(t, monday)
	id := d.submit(form()).GetSupportRequest().GetSupportRequestId()
	wish := &intakev1.AcceptSupportRequestRequest{IdempotencyKey: uuid.NewString(), SupportRequestId: id}

	before := d.end()
	_, err := d.dispatcher().AcceptSupportRequest(t.Context(), wish)
	d.refused(before, err, connect.CodeFailedPrecondition, "CONSENT_MISSING")

	// Consent has it, and the news is still on its way when it is asked.
	d.asked.consent = func() (*consentv1.GetConsentResponse, error) {
		d.tell("consent", "consent-"+id, consentGiven(id))
		return &consentv1.GetConsentResponse{}, nil
	}
	got, err := d.dispatcher().AcceptSupportRequest(t.Context(), wish)
	check(t, err)
	if r := got.GetSupportRequest(); r.GetState() != accepted || r.GetConsentId() != "c-"+id {
		t.Fatal(r)
	}
}

func TestO07_WhatConsentSaysIsNotConsent(t *testing.T) {
	d := open(t, monday)
	id := d.submit(form()).GetSupportRequest().GetSupportRequestId()
	d.asked.consent = func() (*consentv1.GetConsentResponse, error) { return &consentv1.GetConsentResponse{}, nil }
	before := d.end()
	_, err := d.dispatcher().AcceptSupportRequest(t.Context(), &intakev1.AcceptSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: id,
	})
	d.refused(before, err, connect.CodeUnavailable, "NOT_YET")
}

func TestClosingWaitsForTheEndOfASessionThatHasEnded(t *testing.T) {
	for name, known := range map[string]bool{"of a session that is open here": true, "of one not heard of yet": false} {
		t.Run(name, func(t *testing.T) {
			d := open(t, monday)
			id := d.accept(form())
			stream := "session-s-" + id
			started := &schedulingv1.SessionStarted{
				SessionId: "s-" + id, AppointmentId: "a-" + id, SupportRequestId: id, StartedAt: timestamppb.New(monday),
			}
			if known {
				d.start(id)
			} else {
				d.asked.appointments = []*schedulingv1.Appointment{{AppointmentId: "a-" + id, SessionId: "s-" + id}}
			}
			state := schedulingv1.SessionState_SESSION_STATE_RUNNING
			d.asked.session = func(asked string) (*schedulingv1.GetSessionResponse, error) {
				if asked != "s-"+id {
					t.Errorf("asked for %s", asked)
				}
				if state == schedulingv1.SessionState_SESSION_STATE_ENDED {
					if !known {
						d.tell("scheduling", stream, started)
					}
					d.tell("scheduling", stream, sessionEnded(id, 600, 1))
				}
				return &schedulingv1.GetSessionResponse{Session: &schedulingv1.Session{SessionId: asked, State: state}}, nil
			}
			wish := &intakev1.CloseSupportRequestRequest{
				IdempotencyKey: uuid.NewString(), SupportRequestId: id, Outcome: intakev1.Outcome_OUTCOME_RESOLVED, Summary: "Klaar",
			}
			before := d.end()
			_, err := d.technician().CloseSupportRequest(t.Context(), wish)
			d.refused(before, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")

			state = schedulingv1.SessionState_SESSION_STATE_ENDED
			got, err := d.technician().CloseSupportRequest(t.Context(), wish)
			check(t, err)
			if r := got.GetSupportRequest(); r.GetState() != closed || r.GetWorkedSeconds() != 600 {
				t.Fatal(r)
			}
		})
	}
}

// A neighbour that cannot answer has not said no: the caller is to come back, and
// not told that the customer never agreed.
func TestO07_AConsentServiceThatIsAwayIsNoRefusal(t *testing.T) {
	d := open(t, monday)
	id := d.submit(form()).GetSupportRequest().GetSupportRequestId()
	d.asked.consent = func() (*consentv1.GetConsentResponse, error) {
		return nil, connect.NewError(connect.CodeUnavailable, "away")
	}
	before := d.end()
	_, err := d.dispatcher().AcceptSupportRequest(t.Context(), &intakev1.AcceptSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: id,
	})
	d.refused(before, err, connect.CodeUnavailable, "UNAVAILABLE")
}
