package consent

import (
	"testing"

	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/consent/internal/agreement"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/eventstore"
)

func TestOnlyAttachedAgreementsAndTermsArePublic(t *testing.T) {
	for _, tt := range []struct {
		stream, name, data string
		public             bool
	}{
		{"consent-r1", agreement.Given{}.EventType(), `{}`, false},
		{"consent-r1", agreement.RequestSubmitted{}.EventType(), `{}`, false},
		{"consent-r1", agreement.Attached{}.EventType(), `{}`, true},
		{"policy-terms.general", policy.Published{}.EventType(), `{"content":{"texts":{}}}`, true},
	} {
		m, err := publish(eventstore.Recorded{Stream: tt.stream, Type: tt.name, Data: []byte(tt.data)})
		if err != nil || (m != nil) != tt.public {
			t.Errorf("%s is told as %v (%v)", tt.name, m, err)
		}
	}
}

func TestAnUnknownEventIsNeverSkipped(t *testing.T) {
	for _, r := range []eventstore.Recorded{
		{Stream: "consent-r1", Type: "consent.given.v9", Data: []byte(`{}`)},
		{Stream: "policy-terms.general", Type: "policy.published.v9", Data: []byte(`{}`)},
		{Stream: "policy-terms.general", Type: "policy.published.v1", Data: []byte(`{"content":{"unheardOf":1}}`)},
		{Stream: "invoice-r1", Type: "consent.given.v1", Data: []byte(`{}`)},
		{Stream: "consent-r1", Type: "consent.given.v1", Data: []byte(`{"unheardOf":1}`)},
	} {
		if m, err := publish(r); err == nil {
			t.Errorf("%s of %s is told as %v", r.Type, r.Stream, m)
		}
	}
}

func TestASubmittedRequestIsNotedByItsID(t *testing.T) {
	m := &intakev1.SupportRequestSubmitted{SupportRequestId: reqID, SubmittedAt: timestamppb.New(opened)}
	want := agreement.NoteSubmission{SupportRequestID: reqID, SubmittedAt: opened, PartyKind: agreement.Consumer, At: opened.Add(1)}
	if got := noteSubmission(m, opened.Add(1)); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
