package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// canaries are values of every kind of personal data, each of which stands
// nowhere else.
var canaries = map[string]string{
	"name": "Wilhelmina Kanarie", "companyName": "Kanarievogel Beheer", "email": "kanarie.post@zangvogel.example",
	"phone": "+31698765432", "street": "Kanariestraat", "city": "Zangvogelveen", "problem": "mijn kanarie zingt niet",
	"note": "kooi van de kanarie verplaatst", "summary": "de kanarie zingt weer", "reason": "geen kanariedeskundige",
	"internalNote": "kwade kanarie", "chamberOfCommerce": "98765432", "vat": "NL987654321B77",
	"messageID": "<kanarie.7@zangvogel.example>", "device": "werkplek van de kanarie",
}

// No personal data stands in clear anywhere but in the mail spool (P7, D-04).
func TestP07NoPersonalDataInClear(t *testing.T) {
	h := start(t, t.TempDir())
	form := func(p *path) string {
		body := p.submitBody(key())
		for old, now := range map[string]string{
			"P. Jansen": "name", "Jansen B.V.": "companyName", "p.jansen@klant.example": "email", "+31612345678": "phone",
			"Dorpsstraat": "street", "Bladel": "city", "Geen internet.": "problem", "12345678": "chamberOfCommerce", "NL004495445B01": "vat",
		} {
			if old == "12345678" { // also stands in the phone number
				body = strings.Replace(body, `"12345678"`, `"`+canaries[now]+`"`, 1)
				continue
			}
			body = strings.Replace(body, old, canaries[now], 1)
		}
		return body
	}

	// One is worked on and paid, with notes and a summary.
	p := walk(h)
	p.ok("", "consent.v1.ConsentService/GiveConsent", p.consentBody(key()))
	p.ok("", "intake.v1.IntakeService/SubmitSupportRequest", form(p))
	p.ok(p.dispatcher, "intake.v1.IntakeService/AcceptSupportRequest", fmt.Sprintf(`{%s,"supportRequestId":%q}`, key(), p.R))
	p.ok(p.dispatcher, "scheduling.v1.SchedulingService/BookAppointment", p.bookBody(key()))
	p.ok(p.technician, "scheduling.v1.SchedulingService/StartSession", p.startBody(key()))
	p.ok("", "sandbox.v1.SandboxService/AdvanceClock", `{"by":"2220s"}`)
	p.ok(p.technician, "scheduling.v1.SchedulingService/NoteWork", fmt.Sprintf(`{%s,"sessionId":%q,"note":%q}`, key(), p.S, canaries["note"]))
	p.ok(p.technician, "scheduling.v1.SchedulingService/EndSession", fmt.Sprintf(`{%s,"sessionId":%q}`, key(), p.S))
	p.ok(p.technician, "intake.v1.IntakeService/CloseSupportRequest",
		fmt.Sprintf(`{%s,"supportRequestId":%q,"outcome":"OUTCOME_RESOLVED","summary":%q}`, key(), p.R, canaries["summary"]))
	p.pay("bank-1", p.invoice()["paymentReference"], 7749)
	p.state("SETTLED")

	// One is refused, with a reason for him and a note for us.
	q := walk(h)
	q.ok("", "intake.v1.IntakeService/SubmitSupportRequest", form(q))
	q.ok(q.dispatcher, "intake.v1.IntakeService/RefuseSupportRequest",
		fmt.Sprintf(`{%s,"supportRequestId":%q,"reason":%q,"internalNote":%q}`, key(), q.R, canaries["reason"], canaries["internalNote"]))
	// One is drafted from a mail, and looked at by who holds the link.
	r := walk(h)
	code := r.ok(r.technician, "intake.v1.IntakeService/DraftSupportRequest", fmt.Sprintf(
		`{%s,"supportRequestId":%q,"channel":"CHANNEL_EMAIL","name":%q,"email":%q,"phone":%q,"problem":%q,"messageId":%q,"deviceId":%q}`,
		key(), r.R, canaries["name"], canaries["email"], canaries["phone"], canaries["problem"], canaries["messageID"], canaries["device"],
	)).at("link", "code")
	r.ok("", "intake.v1.IntakeService/GetDraft", fmt.Sprintf(`{"supportRequestId":%q,"intakeCode":%q}`, r.R, code))
	// Some are refused by the system itself, whose errors must not repeat them.
	h.post("", "intake.v1.IntakeService/SubmitSupportRequest", strings.Replace(form(walk(h)), "5531 AB", "9999", 1))
	h.post("", "intake.v1.IntakeService/SubmitSupportRequest", strings.Replace(form(walk(h)), `"problem"`, `"x":1,"problem"`, 1))
	p.pay("bank-2", canaries["name"], 100)
	h.rest()

	metrics, err := http.Get(h.url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	var scraped bytes.Buffer
	_, err = scraped.ReadFrom(metrics.Body)
	_ = metrics.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	h.stop() // so that all files are written
	search(t, "the log of the process", []byte(h.log.String()))
	search(t, "the metrics", scraped.Bytes())
	files := 0
	err = filepath.WalkDir(h.data, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Base(filepath.Dir(file)) == "mail" {
			return err
		}
		content, err := os.ReadFile(file)
		files++
		search(t, file, content)
		if spoken := fmt.Sprint(code); bytes.Contains(content, []byte(spoken)) || bytes.Contains(content, []byte(strings.ReplaceAll(spoken, "-", ""))) {
			t.Errorf("%s holds the code of a link (G-01)", file)
		}
		return err
	})
	if err != nil || files < 10 {
		t.Fatalf("searched %d files (%v)", files, err)
	}

	// The spool is where they must be found: otherwise the search proves nothing.
	all := strings.Join(strings.Fields(fmt.Sprint(mails(t, h.data))), " ")
	for _, want := range []string{"name", "email", "reason"} {
		if !strings.Contains(all, canaries[want]) {
			t.Errorf("no letter has the customer's %s", want)
		}
	}
	if strings.Contains(all, canaries["internalNote"]) {
		t.Error("a letter has the internal note (R-01)")
	}
}

// search fails the test when content holds a canary, as text or as base64.
func search(t *testing.T, where string, content []byte) {
	t.Helper()
	for what, value := range canaries {
		if bytes.Contains(content, []byte(value)) {
			t.Errorf("%s holds the customer's %s", where, what)
		}
	}
}

// The customer and the public never see an internal note; staff may ask.
func TestR01InternalNotesStayWithStaff(t *testing.T) {
	h := start(t, t.TempDir())
	p := walk(h).submitted()
	p.ok(p.dispatcher, "intake.v1.IntakeService/RefuseSupportRequest",
		fmt.Sprintf(`{%s,"supportRequestId":%q,"reason":"Te druk.","internalNote":"Betaalt nooit."}`, key(), p.R))
	body := fmt.Sprintf(`{"supportRequestId":%q,"includePersonalData":true}`, p.R)
	if got := p.ok(p.customer, "intake.v1.IntakeService/GetSupportRequest", body); strings.Contains(fmt.Sprint(got), "Betaalt") ||
		got.at("supportRequest", "reason") != "Te druk." {
		t.Errorf("the customer sees %v", got)
	}
	if got := p.ok(p.dispatcher, "intake.v1.IntakeService/GetSupportRequest", body); got.at("supportRequest", "internalNote") != "Betaalt nooit." {
		t.Errorf("the dispatcher sees %v", got)
	}
}

func TestUnknownAndForeignRequestsLookAlikeToACustomer(t *testing.T) {
	h := start(t, t.TempDir())
	p, other := walk(h).submitted(), walk(h).submitted()
	_, foreign := h.post(p.customer, "intake.v1.IntakeService/GetSupportRequest", fmt.Sprintf(`{"supportRequestId":%q}`, other.R))
	_, unknown := h.post(p.customer, "intake.v1.IntakeService/GetSupportRequest", fmt.Sprintf(`{"supportRequestId":%q}`, uuid.NewString()))
	if fmt.Sprint(foreign) != fmt.Sprint(unknown) {
		t.Errorf("%v\n%v", foreign, unknown)
	}
}
