package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// draftBody is what a technician writes down of a mail.
func (p *path) draftBody(key, messageID string) string {
	return fmt.Sprintf(`{%s,"supportRequestId":%q,"channel":"CHANNEL_EMAIL","name":"P. Jansen","email":"p.jansen@klant.example",
		"problem":"Geen internet.","messageId":%q,"deviceId":"werkplek-7"}`, key, p.R, messageID)
}

// linked is the form of whoever holds a link.
func (p *path) linked(code any) string {
	return strings.Replace(p.submitBody(key()), `{`, fmt.Sprintf(`{"intakeCode":%q,`, code), 1)
}

// From a mail to work, in plain JSON: the technician drafts, the customer presses the
// button and agrees, and only then anything can be planned (G-01, G-02, G-15).
func TestG01AMailBecomesWorkOnceItsCustomerPressedTheButton(t *testing.T) {
	h := start(t, t.TempDir())
	p := walk(h)
	body := p.draftBody(key(), "<1@klant.example>")
	drafted := p.ok(p.technician, "intake.v1.IntakeService/DraftSupportRequest", body)
	code := drafted.at("link", "code")
	if drafted.at("supportRequest", "state") != "SUPPORT_REQUEST_STATE_DRAFTED" || code == nil {
		t.Fatal(drafted)
	}
	if again := p.ok(p.technician, "intake.v1.IntakeService/DraftSupportRequest", body); fmt.Sprint(again) != fmt.Sprint(drafted) {
		t.Fatalf("first %v, again %v", drafted, again)
	}
	refused := func(token, procedure, body string, status int, reason string) {
		t.Helper()
		h.rest() // what follows from the step before
		before := h.position()
		if got, answer := h.post(token, procedure, body); got != status || reasonOf(answer) != reason {
			t.Errorf("%s: %d %v, want %d %s", procedure, got, answer, status, reason)
		}
		if h.position() != before {
			t.Errorf("%s moved the log", procedure)
		}
	}
	refused(p.technician, "intake.v1.IntakeService/SubmitSupportRequest", p.linked(code), http.StatusForbidden, "PERMISSION_DENIED")
	refused("", "intake.v1.IntakeService/SubmitSupportRequest", p.submitBody(key()), http.StatusBadRequest, "LINK_REQUIRED")
	refused(p.dispatcher, "scheduling.v1.SchedulingService/BookAppointment", p.bookBody(key()), http.StatusBadRequest, "ILLEGAL_STATE")

	prefill := p.ok("", "intake.v1.IntakeService/GetDraft", fmt.Sprintf(`{"supportRequestId":%q,"intakeCode":%q}`, p.R, code))
	if prefill.at("name") != "P. Jansen" || prefill.at("problem") != "Geen internet." {
		t.Fatal(prefill)
	}
	p.ok("", "intake.v1.IntakeService/SubmitSupportRequest", p.linked(code))
	refused("", "intake.v1.IntakeService/SubmitSupportRequest", p.linked(code), http.StatusBadRequest, "LINK_USED")
	accept := fmt.Sprintf(`{%s,"supportRequestId":%q}`, key(), p.R)
	refused(p.dispatcher, "intake.v1.IntakeService/AcceptSupportRequest", accept, http.StatusBadRequest, "CONSENT_MISSING")
	p.ok("", "consent.v1.ConsentService/GiveConsent", p.consentBody(key()))
	p.ok(p.dispatcher, "intake.v1.IntakeService/AcceptSupportRequest", accept)
	p.ok(p.dispatcher, "scheduling.v1.SchedulingService/BookAppointment", p.bookBody(key()))
	p.ok(p.technician, "scheduling.v1.SchedulingService/StartSession", p.startBody(key()))
	p.state("IN_PROGRESS")
}

// A draft that nobody sends is gone after a day, also when the process was away, and
// nobody sends it or agrees to anything for it any more (G-03).
func TestG03ADraftThatNobodySendsIsGoneAfterADay(t *testing.T) {
	h := start(t, t.TempDir())
	p := walk(h)
	code := p.ok(p.technician, "intake.v1.IntakeService/DraftSupportRequest", p.draftBody(key(), "")).at("link", "code")
	p.ok("", "sandbox.v1.SandboxService/AdvanceClock", `{"by":"86400s"}`)
	p.state("EXPIRED")
	if status, answer := h.post("", "intake.v1.IntakeService/SubmitSupportRequest", p.linked(code)); status != http.StatusBadRequest || reasonOf(answer) != "EXPIRED" {
		t.Error(status, answer)
	}
	h.rest()
	if status, answer := h.post("", "consent.v1.ConsentService/GiveConsent", p.consentBody(key())); status != http.StatusBadRequest || reasonOf(answer) != "EXPIRED" {
		t.Error(status, answer)
	}
	got := p.ok(p.dispatcher, "intake.v1.IntakeService/GetSupportRequest", fmt.Sprintf(`{"supportRequestId":%q,"includePersonalData":true}`, p.R))
	if got.at("supportRequest", "problem") != "" || got.at("supportRequest", "party") != nil {
		t.Error(got)
	}
}
