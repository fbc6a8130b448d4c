package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

// Each refusal answers its code and reason, and leaves the log as it was.
func TestRefusalsNameTheirReasonAndRecordNothing(t *testing.T) {
	h := start(t, t.TempDir())
	admin := token(t, h.data, "administrator")
	with := func(body, old, now string) string { return strings.Replace(body, old, now, 1) }
	for _, v := range []struct {
		name   string
		given  func() *path
		call   func(p *path) (int, object)
		status int
		reason string
	}{
		{"accept without consent", func() *path {
			p := walk(h)
			p.ok("", "intake.v1.IntakeService/SubmitSupportRequest", p.submitBody(key()))
			return p
		}, func(p *path) (int, object) {
			return p.post(p.dispatcher, "intake.v1.IntakeService/AcceptSupportRequest", fmt.Sprintf(`{%s,"supportRequestId":%q}`, key(), p.R))
		}, http.StatusBadRequest, "CONSENT_MISSING"},
		{"consent without agreeing", func() *path { return walk(h) }, func(p *path) (int, object) {
			return p.post("", "consent.v1.ConsentService/GiveConsent", with(p.consentBody(key()), `"agreeTerms":true`, `"agreeTerms":false`))
		}, http.StatusBadRequest, "CONSENT_REQUIRED"},
		{"consent to one document", func() *path { return walk(h) }, func(p *path) (int, object) {
			body := p.consentBody(key())
			first, rest := strings.Index(body, `{"kind"`), strings.Index(body, `},{"kind"`)
			return p.post("", "consent.v1.ConsentService/GiveConsent", body[:first]+body[rest+2:])
		}, http.StatusBadRequest, "TERMS_INCOMPLETE"},
		{"a technician gives consent", func() *path { return walk(h) }, func(p *path) (int, object) {
			return p.post(p.technician, "consent.v1.ConsentService/GiveConsent", p.consentBody(key()))
		}, http.StatusForbidden, "PERMISSION_DENIED"},
		{"a taken slot", func() *path {
			p := walk(h).booked()
			other := walk(h).submitted()
			other.ok(other.dispatcher, "intake.v1.IntakeService/AcceptSupportRequest", fmt.Sprintf(`{%s,"supportRequestId":%q}`, key(), other.R))
			other.technicianID = p.technicianID
			return other
		}, func(p *path) (int, object) {
			return p.post(p.dispatcher, "scheduling.v1.SchedulingService/BookAppointment", with(p.bookBody(key()), "T09:00", "T09:30"))
		}, http.StatusConflict, "SLOT_TAKEN"},
		{"book before acceptance", func() *path { return walk(h).submitted() }, func(p *path) (int, object) {
			return p.post(p.dispatcher, "scheduling.v1.SchedulingService/BookAppointment", p.bookBody(key()))
		}, http.StatusBadRequest, "ILLEGAL_STATE"},
		{"start without backup declaration", func() *path {
			p := walk(h)
			p.backup = "BACKUP_DECLARATION_UNSPECIFIED"
			return p.booked()
		}, func(p *path) (int, object) {
			return p.post(p.technician, "scheduling.v1.SchedulingService/StartSession", p.startBody(key()))
		}, http.StatusBadRequest, "BACKUP_MISSING"},
		{"close without a note", func() *path {
			p := walk(h).booked()
			p.ok(p.technician, "scheduling.v1.SchedulingService/StartSession", p.startBody(key()))
			p.ok(p.technician, "scheduling.v1.SchedulingService/EndSession", fmt.Sprintf(`{%s,"sessionId":%q}`, key(), p.S))
			return p
		}, func(p *path) (int, object) {
			return p.post(p.technician, "intake.v1.IntakeService/CloseSupportRequest",
				fmt.Sprintf(`{%s,"supportRequestId":%q,"outcome":"OUTCOME_RESOLVED","summary":"Klaar."}`, key(), p.R))
		}, http.StatusBadRequest, "EFFORT_NOTE_REQUIRED"},
		{"close what was never accepted", func() *path { return walk(h).submitted() }, func(p *path) (int, object) {
			return p.post(p.technician, "intake.v1.IntakeService/CloseSupportRequest",
				fmt.Sprintf(`{%s,"supportRequestId":%q,"outcome":"OUTCOME_RESOLVED","summary":"Klaar."}`, key(), p.R))
		}, http.StatusBadRequest, "ILLEGAL_STATE"},
		{"the wrong role", func() *path { return walk(h).submitted() }, func(p *path) (int, object) {
			return p.post(p.technician, "intake.v1.IntakeService/AcceptSupportRequest", fmt.Sprintf(`{%s,"supportRequestId":%q}`, key(), p.R))
		}, http.StatusForbidden, "PERMISSION_DENIED"},
		{"no token", func() *path { return walk(h).submitted() }, func(p *path) (int, object) {
			return p.post("", "intake.v1.IntakeService/AcceptSupportRequest", fmt.Sprintf(`{%s,"supportRequestId":%q}`, key(), p.R))
		}, http.StatusForbidden, "PERMISSION_DENIED"},
		{"another customer's request", func() *path { return walk(h).submitted() }, func(p *path) (int, object) {
			return p.post(p.customer, "intake.v1.IntakeService/GetSupportRequest", fmt.Sprintf(`{"supportRequestId":%q}`, walk(h).submitted().R))
		}, http.StatusForbidden, "NOT_YOURS"},
		{"an unknown JSON field", func() *path { return walk(h) }, func(p *path) (int, object) {
			return p.post("", "intake.v1.IntakeService/SubmitSupportRequest", with(p.submitBody(key()), `"problem"`, `"warantyClaim":true,"problem"`))
		}, http.StatusBadRequest, "UNKNOWN_FIELD"},
		{"a body of 1 MiB", func() *path { return walk(h) }, func(p *path) (int, object) {
			return p.post("", "intake.v1.IntakeService/SubmitSupportRequest", with(p.submitBody(key()), "Geen internet.", strings.Repeat("x", 1<<20)))
		}, http.StatusTooManyRequests, "BODY_TOO_LARGE"},
		{"a bad postcode", func() *path { return walk(h) }, func(p *path) (int, object) {
			return p.post("", "intake.v1.IntakeService/SubmitSupportRequest", with(p.submitBody(key()), "5531 AB", "0531 AB"))
		}, http.StatusBadRequest, "INVALID_PARTY"},
		{"no street", func() *path { return walk(h) }, func(p *path) (int, object) {
			return p.post("", "intake.v1.IntakeService/SubmitSupportRequest", with(p.submitBody(key()), "Dorpsstraat", `\u200b `))
		}, http.StatusBadRequest, "INVALID_REQUEST"},
		{"a consumer refused after acceptance", func() *path {
			p := walk(h)
			p.kind = "PARTY_KIND_CONSUMER"
			p.submitted()
			p.ok(p.dispatcher, "intake.v1.IntakeService/AcceptSupportRequest", fmt.Sprintf(`{%s,"supportRequestId":%q}`, key(), p.R))
			return p
		}, func(p *path) (int, object) {
			return p.post(p.dispatcher, "intake.v1.IntakeService/RefuseSupportRequest", fmt.Sprintf(`{%s,"supportRequestId":%q}`, key(), p.R))
		}, http.StatusBadRequest, "USE_TERMINATE"},
		{"a stale revision", func() *path { return walk(h).submitted() }, func(p *path) (int, object) {
			return p.post(p.dispatcher, "intake.v1.IntakeService/RefuseSupportRequest", fmt.Sprintf(`{%s,"supportRequestId":%q,"ifRevision":"99"}`, key(), p.R))
		}, http.StatusConflict, "REVISION_MISMATCH"},
	} {
		t.Run(v.name, func(t *testing.T) {
			h.t = t
			p := v.given()
			h.rest()
			before := h.position()
			status, answer := v.call(p)
			if status != v.status || reasonOf(answer) != v.reason {
				t.Errorf("%d %s, want %d %s", status, reasonOf(answer), v.status, v.reason)
			}
			if v.name == "another customer's request" {
				return // making the other one is recorded
			}
			if after := h.position(); after != before {
				t.Errorf("the log went from %d to %d", before, after)
			}
		})
	}
	h.t = t

	// The note that was forgotten can be made afterwards (E-02).
	late := walk(h).booked()
	late.ok(late.technician, "scheduling.v1.SchedulingService/StartSession", late.startBody(key()))
	late.ok(late.technician, "scheduling.v1.SchedulingService/EndSession", fmt.Sprintf(`{%s,"sessionId":%q}`, key(), late.S))
	late.ok(late.technician, "scheduling.v1.SchedulingService/NoteWork", fmt.Sprintf(`{%s,"sessionId":%q,"note":"Vergeten."}`, key(), late.S))
	late.ok(late.technician, "intake.v1.IntakeService/CloseSupportRequest",
		fmt.Sprintf(`{%s,"supportRequestId":%q,"outcome":"OUTCOME_RESOLVED","summary":"Klaar."}`, key(), late.R))

	// New terms make the old ones stale (O-02).
	p := walk(h)
	old := p.consentBody(key())
	h.ok(admin, "consent.v1.ConsentService/PublishTerms",
		fmt.Sprintf(`{%s,"kind":"TERMS_DOCUMENT_KIND_GENERAL","texts":[{"language":"nl","text":"Nieuw."},{"language":"en","text":"New."}]}`, key()))
	h.rest()
	before := h.position()
	if status, answer := h.post("", "consent.v1.ConsentService/GiveConsent", old); status != http.StatusBadRequest || reasonOf(answer) != "TERMS_STALE" {
		t.Errorf("stale terms: %d %v", status, answer)
	}
	if after := h.position(); after != before {
		t.Errorf("stale terms: the log went from %d to %d", before, after)
	}

	// A warranty claim is the one refusal that is recorded, without personal data (W-01).
	before = h.position()
	status, answer := h.post("", "intake.v1.IntakeService/SubmitSupportRequest", with(p.submitBody(key()), `"warrantyClaim":false`, `"warrantyClaim":true`))
	if status != http.StatusBadRequest || reasonOf(answer) != "USE_PHONE" || !strings.Contains(fmt.Sprint(answer), "+31497782782") {
		t.Errorf("a warranty claim: %d %v", status, answer)
	}
	h.rest()
	if after := h.position(); after != before+1 {
		t.Errorf("a warranty claim: the log went from %d to %d", before, after)
	}
}

// rest waits until what was recorded has had all its effects: the log stands
// still while every service has had time to react several times over.
func (h *house) rest() {
	h.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for last, same := h.position(), 0; same < 4; {
		<-tick.C
		if now := h.position(); now == last {
			same++
		} else {
			last, same = now, 0
		}
	}
}

func TestP05TheSameSubmissionFiftyTimesAtOnceIsOneRequest(t *testing.T) {
	h := start(t, t.TempDir())
	p := walk(h)
	body := p.submitBody(key())
	answers := make([]object, 50)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() { answers[i] = h.ok("", "intake.v1.IntakeService/SubmitSupportRequest", body) })
	}
	wg.Wait()
	for _, a := range answers {
		if fmt.Sprint(a) != fmt.Sprint(answers[0]) {
			t.Errorf("two answers to one command:\n%v\n%v", a, answers[0])
		}
	}
	h.rest()
	var story strings.Builder
	if err := (&replayCmd{Request: p.R, Data: h.data, JSON: true}).Run(t.Context(), streams{out: &story, err: &story}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(story.String(), "request.submitted.v1"); n != 1 {
		t.Errorf("%d events", n)
	}
	status, answer := h.post("", "intake.v1.IntakeService/SubmitSupportRequest", strings.Replace(body, "Geen internet.", "Iets anders.", 1))
	if status != http.StatusConflict || reasonOf(answer) != "IDEMPOTENCY_CONFLICT" {
		t.Errorf("same key, other body: %d %v", status, answer)
	}
	other := strings.Replace(body, p.R, uuid.NewString(), 1)
	if status, answer = h.post("", "intake.v1.IntakeService/SubmitSupportRequest", other); reasonOf(answer) != "IDEMPOTENCY_CONFLICT" {
		t.Errorf("same key, other request: %d %v", status, answer)
	}
}
