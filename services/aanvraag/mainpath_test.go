package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// path is one request taken along the main path with plain JSON.
type path struct {
	*house
	R, A, S                           string
	technician, dispatcher, clerk     string
	customer                          string
	backup                            string
	outcome, kind, technicianID, hour string
}

func walk(h *house) *path {
	return &path{
		house: h, R: uuid.NewString(), A: uuid.NewString(), S: uuid.NewString(),
		technician: token(h.t, h.data, "technician"), dispatcher: token(h.t, h.data, "dispatcher"),
		clerk: token(h.t, h.data, "billing_clerk"), backup: "BACKUP_DECLARATION_MADE",
		outcome: "OUTCOME_RESOLVED", kind: "PARTY_KIND_BUSINESS", technicianID: uuid.NewString(), hour: "09",
	}
}

func key() string { return `"idempotencyKey":"` + uuid.NewString() + `"` }

func (p *path) consentBody(key string) string {
	p.t.Helper()
	terms := p.ok("", "consent.v1.ConsentService/GetCurrentTerms", `{"language":"nl"}`)
	doc := func(i int) string {
		return fmt.Sprintf(`{"kind":%q,"version":1,"sha256":%q}`, terms.at("documents", i, "kind"), terms.at("documents", i, "sha256"))
	}
	return fmt.Sprintf(`{%s,"supportRequestId":%q,"documents":[%s,%s],"tariffSha256":%q,
		"agreeTerms":true,"agreePrice":true,"notUnderWarranty":true,"backup":%q,"recordingNoticeSeen":true,"startImmediately":true}`,
		key, p.R, doc(0), doc(1), terms.at("tariff", "sha256"), p.backup)
}

func (p *path) submitBody(key string) string {
	return fmt.Sprintf(`{%s,"supportRequestId":%q,"channel":"CHANNEL_WEB_FORM","warrantyClaim":false,"problem":"Geen internet.",
		"party":{"kind":%q,"name":"P. Jansen","companyName":"Jansen B.V.","chamberOfCommerceNumber":"12345678","vatNumber":"NL004495445B01",
		"email":"p.jansen@klant.example","phone":"+31612345678","address":{"street":"Dorpsstraat","houseNumber":"12","houseNumberAddition":"a",
		"postalCode":"5531 AB","city":"Bladel","countryCode":"NL"}}}`, key, p.R, p.kind)
}

// submitted agrees and asks.
func (p *path) submitted() *path {
	p.t.Helper()
	p.ok("", "consent.v1.ConsentService/GiveConsent", p.consentBody(key()))
	done := p.ok("", "intake.v1.IntakeService/SubmitSupportRequest", p.submitBody(key()))
	p.customer, _ = done.at("customerToken").(string)
	if done.at("supportRequest", "state") != "SUPPORT_REQUEST_STATE_SUBMITTED" || done.at("supportRequest", "revision") != "0" {
		p.t.Fatalf("submitted: %v", done)
	}
	return p
}

// booked goes on until the appointment.
func (p *path) booked() *path {
	p.t.Helper()
	p.submitted()
	p.ok(p.dispatcher, "intake.v1.IntakeService/AcceptSupportRequest", fmt.Sprintf(`{%s,"supportRequestId":%q}`, key(), p.R))
	p.ok(p.dispatcher, "scheduling.v1.SchedulingService/BookAppointment", p.bookBody(key()))
	return p
}

func (p *path) bookBody(key string) string {
	return fmt.Sprintf(`{%s,"appointmentId":%q,"supportRequestId":%q,"technicianId":%q,"start":"2026-11-23T%s:00:00Z","duration":"3600s"}`,
		key, p.A, p.R, p.technicianID, p.hour)
}

func (p *path) startBody(key string) string {
	return fmt.Sprintf(`{%s,"sessionId":%q,"appointmentId":%q,"recorded":true}`, key, p.S, p.A)
}

// worked goes on until the session has lasted some seconds.
func (p *path) worked(seconds int64) *path {
	p.t.Helper()
	p.booked()
	p.ok(p.technician, "scheduling.v1.SchedulingService/StartSession", p.startBody(key()))
	if seconds > 0 {
		p.ok("", "sandbox.v1.SandboxService/AdvanceClock", fmt.Sprintf(`{"by":"%ds"}`, seconds))
	}
	p.ok(p.technician, "scheduling.v1.SchedulingService/NoteWork", fmt.Sprintf(`{%s,"sessionId":%q,"note":"Stuurprogramma vervangen."}`, key(), p.S))
	done := p.ok(p.technician, "scheduling.v1.SchedulingService/EndSession", fmt.Sprintf(`{%s,"sessionId":%q}`, key(), p.S))
	if done.at("session", "workedSeconds") != fmt.Sprint(seconds) {
		p.t.Fatalf("worked %v, not %d", done.at("session", "workedSeconds"), seconds)
	}
	return p
}

// closed goes on until the request is closed.
func (p *path) closed(seconds int64) *path {
	p.t.Helper()
	p.worked(seconds)
	p.ok(p.technician, "intake.v1.IntakeService/CloseSupportRequest",
		fmt.Sprintf(`{%s,"supportRequestId":%q,"outcome":%q,"summary":"Klaar."}`, key(), p.R, p.outcome))
	return p
}

// invoice waits for the invoice, which must come within a second.
func (p *path) invoice() object {
	p.t.Helper()
	list := p.until(p.clerk, "billing.v1.BillingService/ListInvoices", fmt.Sprintf(`{"supportRequestId":%q}`, p.R),
		"an invoice", func(o object) bool { return o.at("invoices", 0) != nil })
	i, _ := list.at("invoices", 0).(map[string]any)
	return i
}

func (p *path) state(want string) {
	p.t.Helper()
	p.until(p.dispatcher, "intake.v1.IntakeService/GetSupportRequest", fmt.Sprintf(`{"supportRequestId":%q}`, p.R),
		want, func(o object) bool { return o.at("supportRequest", "state") == "SUPPORT_REQUEST_STATE_"+want })
}

func (p *path) pay(bank string, reference any, cents int64) object {
	p.t.Helper()
	return p.ok(p.clerk, "billing.v1.BillingService/RecordPayment", fmt.Sprintf(
		`{%s,"bankReference":%q,"paymentReference":%q,"amount":{"currencyCode":"EUR","cents":"%d"},"receivedOn":"2026-11-24"}`,
		key(), bank, reference, cents))
}

func (p *path) recording() any {
	p.t.Helper()
	return p.ok(p.dispatcher, "scheduling.v1.SchedulingService/GetSession", fmt.Sprintf(`{"sessionId":%q}`, p.S)).at("session", "recordingState")
}

func TestTheMainPathInPlainJSON(t *testing.T) {
	h := start(t, t.TempDir())
	p := walk(h).closed(2220)
	i := p.invoice()
	p.state("INVOICED")
	if i["number"] != "2026-000001" || i["state"] != "INVOICE_STATE_ISSUED" || i["invoiceDate"] != "2026-11-23" || i["dueDate"] != "2026-12-07" {
		t.Errorf("invoice %v", i)
	}
	if i.at("totalExcludingVat", "cents") != "6404" || i.at("vat", "cents") != "1345" || i.at("totalIncludingVat", "cents") != "7749" {
		t.Errorf("37 minutes: %v + %v = %v", i.at("totalExcludingVat"), i.at("vat"), i.at("totalIncludingVat"))
	}

	part := p.pay("b1", i["paymentReference"], 7748)
	if part.at("invoice", "state") != "INVOICE_STATE_PARTIALLY_PAID" || p.recording() != "RECORDING_STATE_KEPT" {
		t.Errorf("one cent short (S-05): %v, recording %v", part, p.recording())
	}
	p.pay("b2", i["paymentReference"], 1)
	p.state("SETTLED")
	p.until(p.dispatcher, "scheduling.v1.SchedulingService/GetSession", fmt.Sprintf(`{"sessionId":%q}`, p.S),
		"the recording destroyed", func(o object) bool { return o.at("session", "recordingState") == "RECORDING_STATE_DESTROYED" })

	var story strings.Builder
	if err := (&replayCmd{Request: p.R, Data: h.data}).Run(t.Context(), streams{out: &story, err: &story}); err != nil {
		t.Fatal(err)
	}
	last := -1
	for _, want := range []string{
		"request.submitted.v1", "consent.attached.v1", "request.accepted.v1", "appointment.booked.v1", "session.started.v1", "session.ended.v1",
		"request.closed.v1", "invoice.issued.v1", "payment.received.v1", "invoice.settled.v1", "recording.key_destroyed.v1",
	} {
		at := strings.Index(story.String(), want)
		if at < last {
			t.Errorf("%s stands before its cause in the replay", want)
		}
		last = max(last, at)
		if at < 0 {
			t.Errorf("%s is missing from the replay", want)
		}
	}
	if err := (&verifyCmd{Data: h.data}).Run(t.Context(), streams{out: &story, err: &story}); err != nil {
		t.Error(err)
	}
}

// The figures of article 1, end to end: T-01 to T-06, T-09, E-01.
func TestT01ToT06FiguresEndToEnd(t *testing.T) {
	h := start(t, t.TempDir())
	for n, v := range []struct {
		seconds int64
		outcome string
		lines   string
		ex      string
		vat     string
		total   string
	}{
		{660, "OUTCOME_RESOLVED", "1904 96 1000", "3000", "630", "3630"},
		{1, "OUTCOME_UNRESOLVED", "173 1827 1000", "3000", "630", "3630"},
		{3660, "OUTCOME_PARTLY", "10558", "10558", "2217", "12775"},
		{2220, "OUTCOME_RESOLVED", "6404", "6404", "1345", "7749"},
		{2220, "OUTCOME_UNRESOLVED", "6404", "6404", "1345", "7749"},
		{2220, "OUTCOME_PARTLY", "6404", "6404", "1345", "7749"},
		{2220, "OUTCOME_ABORTED", "6404", "6404", "1345", "7749"},
	} {
		p := walk(h)
		p.outcome = v.outcome
		i := p.closed(v.seconds).invoice()
		var lines []string
		for j := 0; i.at("lines", j) != nil; j++ {
			lines = append(lines, fmt.Sprint(i.at("lines", j, "amount", "cents")))
		}
		got := fmt.Sprint(strings.Join(lines, " "), i.at("totalExcludingVat", "cents"), i.at("vat", "cents"), i.at("totalIncludingVat", "cents"))
		if want := fmt.Sprint(v.lines, v.ex, v.vat, v.total); got != want {
			t.Errorf("%d seconds, %s: %s, want %s", v.seconds, v.outcome, got, want)
		}
		if want := fmt.Sprintf("2026-%06d", n+1); i["number"] != want {
			t.Errorf("number %v, want %s", i["number"], want)
		}
	}
}

func TestT04ZeroSecondsGiveNoInvoice(t *testing.T) {
	h := start(t, t.TempDir())
	idle := walk(h).closed(0)
	// The next invoice has the first number, so the idle one took none.
	if n := walk(h).closed(60).invoice()["number"]; n != "2026-000001" {
		t.Errorf("number %v", n)
	}
	list := h.ok(idle.clerk, "billing.v1.BillingService/ListInvoices", fmt.Sprintf(`{"supportRequestId":%q}`, idle.R))
	if list.at("invoices", 0) != nil {
		t.Errorf("%v", list)
	}
	idle.state("CLOSED")
}

func TestTheInvoiceIsMailedWithinASecond(t *testing.T) {
	h := start(t, t.TempDir())
	p := walk(h).worked(2220)
	began := time.Now()
	p.ok(p.technician, "intake.v1.IntakeService/CloseSupportRequest",
		fmt.Sprintf(`{%s,"supportRequestId":%q,"outcome":"OUTCOME_RESOLVED","summary":"Klaar."}`, key(), p.R))
	p.until(p.dispatcher, "notification.v1.NotificationService/ListNotifications", fmt.Sprintf(`{"supportRequestId":%q}`, p.R),
		"the invoice's letter", func(o object) bool {
			for i := 0; o.at("notifications", i) != nil; i++ {
				if o.at("notifications", i, "kind") == "NOTIFICATION_KIND_INVOICE" {
					return true
				}
			}
			return false
		})
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %s", took)
	}
	found := 0
	for _, m := range mails(t, h.data) {
		if strings.Contains(m, "77,49") && strings.Contains(m, "2026-000001") {
			found++
		}
	}
	if found != 1 {
		t.Errorf("%d letters in the spool tell 77,49 for 2026-000001", found)
	}
}
