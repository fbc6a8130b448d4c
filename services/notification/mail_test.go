package notification

import (
	"flag"
	"io"
	"mime"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/notification/internal/letters"
	"aanvraag.internal/services/notification/internal/wording"
)

var update = flag.Bool("update", false, "rewrite golden files")

// invoiceIssued is ten minutes of remote support: article 1 in full.
func invoiceIssued() *billingv1.InvoiceIssued {
	return &billingv1.InvoiceIssued{
		Number: "2026-000001", InvoiceDate: "2026-11-23", DueDate: "2026-12-07", ServiceDate: "2026-11-22", HourlyRateCents: 103_85,
		TimeCents: 17_31, MinimumSupportCents: 2_69, MinimumInvoiceCents: 10_00,
		TotalExcludingVatCents: 30_00, VatBasisPoints: 21_00, VatCents: 6_30, TotalIncludingVatCents: 36_30,
		PaymentReference: "RF422026000001", WorkedSeconds: 600, BilledSeconds: 600,
	}
}

// events are one of each kind that a letter follows, under the name of its file.
func events() map[string]letter {
	longer := invoiceIssued()
	longer.TimeCents, longer.MinimumSupportCents, longer.MinimumInvoiceCents = 123456_04, 0, 0
	longer.TotalExcludingVatCents, longer.VatCents, longer.TotalIncludingVatCents = 123456_04, 25925_77, 149381_81
	longer.WorkedSeconds, longer.BilledSeconds = 2161, 2220
	company := onInvoiceIssued(invoiceIssued())
	company.facts.Company = "Łącki & Zn. B.V."
	settledAt := timestamppb.New(monday.Add(24 * time.Hour))
	return map[string]letter{
		"acknowledgement": onSubmitted(&intakev1.SupportRequestSubmitted{}),
		"acknowledgement-closed": onSubmitted(&intakev1.SupportRequestSubmitted{
			NextOpening: timestamppb.New(time.Date(2026, 12, 28, 6, 30, 0, 0, time.UTC)), // G-16
		}),
		"acceptance":   onAccepted(&intakev1.SupportRequestAccepted{}),
		"refusal":      onRefused(&intakev1.SupportRequestRefused{}),
		"refusal-why":  {kind: letters.Refusal, facts: wording.Facts{Reason: "Dit apparaat kennen wij niet.\nProbeer de fabrikant."}},
		"cancellation": onCancelled(&intakev1.SupportRequestCancelled{}),
		"lapse":        onLapsed(&intakev1.SupportRequestLapsed{}),
		"termination":  {kind: letters.Termination, facts: wording.Facts{Reason: "Wij kunnen dit systeem niet veilig bereiken."}},
		"appointment": onAppointmentBooked(&schedulingv1.AppointmentBooked{
			AppointmentId: "a1", Start: timestamppb.New(monday.Add(time.Hour)), Duration: durationpb.New(time.Hour),
		}),
		"appointment-moved": onAppointmentMoved(&schedulingv1.AppointmentMoved{
			AppointmentId: "a1", Start: timestamppb.New(monday.Add(2 * time.Hour)), Duration: durationpb.New(time.Hour), Sequence: 1,
			FromStart: timestamppb.New(monday.Add(time.Hour)), FromDuration: durationpb.New(time.Hour),
		}),
		"appointment-cancelled": onAppointmentCancelled(&schedulingv1.AppointmentCancelled{
			AppointmentId: "a1", Start: timestamppb.New(monday.Add(2 * time.Hour)), Duration: durationpb.New(time.Hour), Sequence: 2,
		}),
		"appointment-revoked": onAppointmentCancelled(&schedulingv1.AppointmentCancelled{
			AppointmentId: "a1", Start: timestamppb.New(monday.Add(2 * time.Hour)), Duration: durationpb.New(time.Hour), Sequence: 2,
			Revoked: true,
		}),
		"invoice":                       onInvoiceIssued(invoiceIssued()),
		"invoice-company":               company,
		"invoice-no-top-up":             onInvoiceIssued(longer),
		"settlement":                    onInvoiceSettled(&billingv1.InvoiceSettled{Number: "2026-000001", SettledAt: settledAt}),
		"consent-confirmation":          confirmed(func(*letter) {}),
		"consent-confirmation-consumer": confirmed(func(l *letter) { l.facts.Consumer = true }),
		"consent-confirmation-later":    confirmed(func(l *letter) { l.facts.Consumer, l.facts.ExpressStart = true, false }),
		"consent-withdrawn-recording":   {kind: letters.ConsentWithdrawn, facts: wording.Facts{Purpose: "recording", RecordID: "record-2", KeyID: "key-1"}},
		"consent-withdrawn-agreement":   {kind: letters.ConsentWithdrawn, facts: wording.Facts{Purpose: "agreement", RecordID: "record-2", KeyID: "key-1"}},
		"withdrawal":                    withdrawn("effective", true),
		"withdrawal-nothing-owed":       withdrawn("effective", false),
		"withdrawal-performed":          withdrawn("performed", true),
		"withdrawal-period-over":        withdrawn("period_over", true),
		"settlement-credit":             onInvoiceSettled(&billingv1.InvoiceSettled{Number: "2026-000001", SettledAt: settledAt, CreditCents: 63_70}),
		"data-incident":                 onDataIncident(&intakev1.DataIncidentRecorded{HappenedAt: timestamppb.New(monday)}),
		"data-incident-personal": {kind: letters.DataIncident, facts: wording.Facts{
			HappenedAt: monday, PersonalData: true, Reason: "De schijf is gewist.",
		}},
	}
}

func confirmed(change func(*letter)) letter {
	l := onReceiptIssued(receipt("r1"))
	l.facts.Documents = []wording.Document{{Name: "online-support-v1-nl.md", SHA256: sum(articles)}, {Name: "general-v1-nl.md", SHA256: sum(general)}}
	change(&l)
	return l
}

func withdrawn(outcome string, owed bool) letter {
	return letter{kind: letters.Withdrawal, facts: wording.Facts{
		Outcome: outcome, WorkedPartOwed: owed, Declarant: "Noor de Łącki",
		DeclaredAt: monday.Add(time.Minute), AcknowledgedAt: monday.Add(2*time.Minute + time.Second),
	}}
}

func composed(t *testing.T, l letter, language string) Mail {
	t.Helper()
	l.facts.Name, l.facts.Reference, l.facts.Desk = "Noor de Łącki", "A-7F3K-29QD", "Supportdesk"
	text, err := wording.Write(l.kind, language, l.facts)
	check(t, err)
	e := envelope{
		id: "0b8f6a0e-6f7e-5a53-9d55-1f1f0a5d2c11", messageID: "0b8f6a0e-6f7e-5a53-9d55-1f1f0a5d2c11@aanvraag.invalid",
		from: netmail.Address{Name: "Supportdesk", Address: "support@desk.example"},
		name: "Noor de Łącki", to: "noor@example.org", date: monday, language: language,
	}
	if l.invite != nil {
		e.method, e.calendar = l.invite.method(), l.invite.of(e, "aanvraag.invalid", l.facts.Reference)
	}
	m, err := compose(e, text)
	check(t, err)
	return m
}

// The golden files are the letters as customers get them, byte for byte.
func TestLettersAreAsTheyWereRead(t *testing.T) {
	for name, l := range events() {
		for _, language := range []string{"nl", "en"} {
			file := filepath.Join("testdata", name+"."+language+".eml")
			got := composed(t, l, language).Data
			want, err := os.ReadFile(file)
			if err == nil && string(want) == string(got) {
				continue
			}
			if !*update {
				t.Errorf("%s says something else; it is now:\n%s", file, got)
				continue
			}
			check(t, os.MkdirAll("testdata", 0o750))
			check(t, os.WriteFile(file, got, 0o600))
		}
	}
}

// What a mail program shows is what was written.
func TestALetterSurvivesTheWire(t *testing.T) {
	l := events()["invoice"]
	m, err := netmail.ReadMessage(strings.NewReader(string(composed(t, l, "nl").Data)))
	check(t, err)
	to, err := m.Header.AddressList("To")
	check(t, err)
	if len(to) != 1 || to[0].Name != "Noor de Łącki" || to[0].Address != "noor@example.org" {
		t.Errorf("it goes to %v", to)
	}
	date, err := m.Header.Date()
	check(t, err)
	if !date.Equal(monday) {
		t.Errorf("it is dated %s", date)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	check(t, err)
	if subject != "Factuur 2026-000001 voor uw aanvraag A-7F3K-29QD" {
		t.Errorf("its subject is %q", subject)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	check(t, err)
	for _, want := range []string{
		"Hulp op afstand, 10 minuten: € 17,31\r\n",
		"Aanvulling tot minimumbedrag hulp op afstand: € 2,69\r\n",
		"Aanvulling tot minimumfactuurbedrag: € 10,00\r\n",
		"Totaal exclusief btw: € 30,00\r\n", "Btw 21%: € 6,30\r\n", "Te betalen: € 36,30\r\n",
		"Factuur aan:\r\nNoor de Łącki\r\n", "Datum van de dienst: 22 november 2026\r\n",
		"Uurtarief exclusief btw: € 103,85\r\n", "per begonnen minuut, één keer per aanvraag.\r\n",
		"U betaalt € 36,30 uiterlijk op 7 december 2026, ",
		"Te betalen uiterlijk: 7 december 2026\r\n", "betalingskenmerk: RF422026000001\r\n",
	} {
		if !strings.Contains(string(body), want) {
			t.Errorf("%q is not in\n%s", want, body)
		}
	}
}

// A name is data: it cannot add a header, a recipient or a line.
func TestANameCannotShapeTheEnvelope(t *testing.T) {
	m, err := compose(envelope{
		id: "x", messageID: "x@aanvraag.invalid", from: netmail.Address{Address: "support@desk.example"},
		name: "Noor\r\nBcc: all@example.org\r\n\r\n\" <x@y.example>", to: "noor@example.org", date: monday, language: "nl",
	}, wording.Text{Subject: "s", Body: "b\n"})
	check(t, err)
	parsed, err := netmail.ReadMessage(strings.NewReader(string(m.Data)))
	check(t, err)
	if to, err := parsed.Header.AddressList("To"); err != nil || len(to) != 1 || to[0].Address != "noor@example.org" {
		t.Errorf("it goes to %v (%v)", to, err)
	}
	if parsed.Header.Get("Bcc") != "" {
		t.Error("the name added a header")
	}
}
