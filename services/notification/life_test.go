package notification

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	notificationv1 "aanvraag.internal/proto/gen/aanvraag/notification/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/kernel/party"
	"aanvraag.internal/services/notification/internal/letters"
	"aanvraag.internal/services/platform/eventstore/sqlite"
	"aanvraag.internal/services/platform/vault"
)

// subject is whose keys a request's contact is sealed under.
func subject(request string) string { return "subject of " + request }

// submit tells that a customer asked for help.
func (d *desk) submit(request, language string, contact party.Contact) uuid.UUID {
	d.t.Helper()
	sealed, err := vault.SealJSON(d.t.Context(), d.vault, subject(request), vault.Operational, "contact", "request-"+request, contact)
	check(d.t, err)
	return d.tell("intake", "request-"+request, &intakev1.SupportRequestSubmitted{
		SupportRequestId: request, Reference: "A-7F3K-29QD", Language: language,
		PartyKind: commonv1.PartyKind_PARTY_KIND_CONSUMER, SubmittedAt: timestamppb.New(d.clock.Now()),
		Contact: &commonv1.Sealed{
			Subject: sealed.Subject, Purpose: string(sealed.Purpose), Field: sealed.Field, Place: sealed.Place, Cipher: sealed.Cipher,
		},
	})
}

func (d *desk) accept(request string) uuid.UUID {
	d.t.Helper()
	return d.tell("intake", "request-"+request, &intakev1.SupportRequestAccepted{SupportRequestId: request})
}

func (d *desk) book(request string) uuid.UUID {
	d.t.Helper()
	return d.tell("scheduling", "appointment-"+request, &schedulingv1.AppointmentBooked{
		SupportRequestId: request, Start: timestamppb.New(monday.Add(time.Hour)), Duration: durationpb.New(time.Hour),
	})
}

func (d *desk) unbook(request string, revoked bool) uuid.UUID {
	d.t.Helper()
	return d.tell("scheduling", "appointment-"+request, &schedulingv1.AppointmentCancelled{
		SupportRequestId: request, Start: timestamppb.New(monday.Add(time.Hour)), Duration: durationpb.New(time.Hour),
		Revoked: revoked,
	})
}

func (d *desk) bill(request string) uuid.UUID {
	d.t.Helper()
	m := invoiceIssued()
	m.SupportRequestId = request
	return d.tell("billing", "invoice-"+request, m)
}

func (d *desk) settle(request string) uuid.UUID {
	d.t.Helper()
	return d.tell("billing", "invoice-"+request, &billingv1.InvoiceSettled{
		SupportRequestId: request, Number: "2026-000001", SettledAt: timestamppb.New(monday),
	})
}

// wholeLife tells of a request from its submission to its settlement, step by step.
func (d *desk) wholeLife(request, language string) {
	d.t.Helper()
	d.submit(request, language, canary)
	d.await(request, 2)
	for i, step := range []func(string) uuid.UUID{d.accept, d.book, d.bill, d.settle} {
		step(request)
		d.await(request, 3+i)
	}
}

var wholeLife = []letters.Kind{
	letters.Acknowledgement, letters.Acceptance, letters.Appointment, letters.Invoice, letters.Settlement,
}

func TestAWholeLifeIsToldInTheCustomersLanguage(t *testing.T) {
	d := open(t)
	for language, word := range map[string]string{"nl": "Beste", "en": "Dear"} {
		request := uuid.NewString()
		d.wholeLife(request, language)
		listed := d.list(request)
		if len(listed) != len(wholeLife) {
			t.Fatalf("%s: %d letters, want %d", language, len(listed), len(wholeLife))
		}
		for i, n := range listed {
			mail := d.files()[n.GetNotificationId()+".eml"]
			sum := sha256.Sum256([]byte(mail))
			switch {
			case n.GetKind() != kinds[wholeLife[i]]:
				t.Errorf("letter %d is a %s, want %s", i, n.GetKind(), wholeLife[i])
			case n.GetSha256() != hex.EncodeToString(sum[:]):
				t.Errorf("%s: the hash on record is not that of the mail", wholeLife[i])
			case !strings.Contains(mail, "Message-ID: <"+n.GetMessageId()+">\r\n"):
				t.Errorf("%s: the mail has another Message-ID than %s", wholeLife[i], n.GetMessageId())
			case !strings.Contains(mail, word+" "+canary.Name+",") || n.GetLanguage() != language:
				t.Errorf("%s is not in %q:\n%s", wholeLife[i], language, mail)
			}
		}
	}
}

// a request that ends early is told of, and by no more than that.
func TestARefusalAndACancellationAreTold(t *testing.T) {
	d := open(t)
	refused, cancelled := uuid.NewString(), uuid.NewString()
	d.submit(refused, "nl", canary)
	d.tell("intake", "request-"+refused, &intakev1.SupportRequestRefused{SupportRequestId: refused})
	d.submit(cancelled, "en", canary)
	d.tell("intake", "request-"+cancelled, &intakev1.SupportRequestCancelled{SupportRequestId: cancelled})
	d.await(refused, 3)
	d.await(cancelled, 3)
	if got := d.letters(refused).Sent[1].Kind; got != letters.Refusal {
		t.Errorf("the refused one was told %s", got)
	}
	if got := d.letters(cancelled).Sent[1].Kind; got != letters.Cancellation {
		t.Errorf("the cancelled one was told %s", got)
	}
}

// The old time is told, and that a new one follows.
func TestACancelledAppointmentIsTold(t *testing.T) {
	d := open(t)
	for language, want := range map[string][]string{
		"nl": {"maandag 23 november 2026 van 10:00 tot 11:00 uur (Nederlandse tijd", "Een nieuw tijdstip volgt"},
		"en": {"Monday 23 November 2026 from 10:00 to 11:00 (Dutch time", "A new time will follow"},
	} {
		request := uuid.NewString()
		d.submit(request, language, canary)
		d.await(request, 2)
		d.book(request)
		d.unbook(request, false)
		d.book(request)
		d.await(request, 5)
		listed := d.list(request)
		if got := listed[2].GetKind(); got != notificationv1.NotificationKind_NOTIFICATION_KIND_APPOINTMENT_CANCELLED {
			t.Errorf("told %s", got)
		}
		mail := strings.ReplaceAll(d.files()[listed[2].GetNotificationId()+".eml"], "=\r\n", "")
		for _, text := range want {
			if !strings.Contains(mail, text) {
				t.Errorf("%q is not in\n%s", text, mail)
			}
		}
	}
}

// the refusal says already that the appointment goes.
func TestARefusedRequestsAppointmentIsNoSecondLetter(t *testing.T) {
	d := open(t)
	request := uuid.NewString()
	d.submit(request, "nl", canary)
	d.await(request, 2)
	d.book(request)
	d.await(request, 3)
	d.tell("intake", "request-"+request, &intakev1.SupportRequestRefused{SupportRequestId: request})
	d.await(request, 4)
	d.unbook(request, true)
	d.book(request) // behind it in the same stream: it tells that the other was handled
	d.await(request, 5)
	var got []letters.Kind
	for _, l := range d.letters(request).Sent {
		got = append(got, l.Kind)
	}
	want := []letters.Kind{letters.Acknowledgement, letters.Appointment, letters.Refusal, letters.Appointment}
	if !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
}

// B-01: an invoice names whom it is for, as he said when he asked for help.
func TestAnInvoiceIsAddressedToTheCompanyAndItsPerson(t *testing.T) {
	d := open(t)
	for name, c := range map[string]struct {
		contact party.Contact
		want    string
	}{
		"company and person": {canary, "Invoice to:\r\n" + canary.CompanyName + "\r\nattn. " + canary.Name + "\r\n\r\n"},
		"person":             {party.Contact{Name: "Noor", Email: canary.Email}, "Invoice to:\r\nNoor\r\n\r\n"},
		"company":            {party.Contact{CompanyName: "Tuin B.V.", Email: canary.Email}, "Invoice to:\r\nTuin B.V.\r\n\r\n"},
	} {
		request := uuid.NewString()
		d.submit(request, "en", c.contact)
		d.bill(request)
		d.await(request, 3)
		mail := d.files()[d.list(request)[1].GetNotificationId()+".eml"]
		if !strings.Contains(mail, c.want) {
			t.Errorf("%s: %q is not in\n%s", name, c.want, mail)
		}
	}
}

// dying sends, and then dies the first times before anybody hears of it.
type dying struct {
	Sender
	deaths int
	before func() // runs before each death
	tries  chan []byte
}

func (s *dying) Send(ctx context.Context, m Mail) ([]byte, error) {
	sent, err := s.Sender.Send(ctx, m)
	s.tries <- m.Data
	if s.deaths > 0 && err == nil {
		s.deaths--
		s.before()
		return nil, errors.New("the process died")
	}
	return sent, err
}

// R3: the same bytes under the same id, an hour later by the clock.
func TestACrashBetweenTheFileAndItsRecordSendsNothingTwice(t *testing.T) {
	tries := make(chan []byte, 10)
	d := open(t, func(d *desk) {
		d.sender = &dying{Sender: d.sender, deaths: 2, tries: tries, before: func() {
			_, err := d.clock.Advance(time.Hour)
			check(d.t, err)
		}}
	})
	request := uuid.NewString()
	d.submit(request, "nl", canary)
	d.await(request, 2)
	first := <-tries
	for range 2 {
		if again := <-tries; !bytes.Equal(first, again) {
			t.Errorf("tried again it is another mail:\n%s\n%s", first, again)
		}
	}
	sent := d.letters(request).Sent
	if len(d.names()) != 1 || len(sent) != 1 || d.names()[0] != sent[0].NotificationID+".eml" {
		t.Errorf("files %v, letters on record %d", d.names(), len(sent))
	}
	if !sent[0].SentAt.Equal(monday.Add(2 * time.Hour)) {
		t.Errorf("it was recorded at %s, not when it succeeded", sent[0].SentAt)
	}
}

// R6: what the bus and the process remember is a hint; the log decides.
func TestABusThatWasEmptiedAndRefilledMailsNothingTwice(t *testing.T) {
	d := open(t)
	request := uuid.NewString()
	d.wholeLife(request, "nl")
	before, events := d.files(), d.types(request)

	// The mail system has taken all, so that a second mail would show.
	for name := range before {
		check(t, os.Remove(filepath.Join(d.spool, name)))
	}
	d.stop()
	d.emptyBus()
	d.start()
	// Each stream is delivered in order, so a new event behind the old ones tells
	// that those were handled.
	d.tell("intake", "request-"+request, &intakev1.SupportRequestCancelled{SupportRequestId: request})
	d.await(request, len(events)+1)
	again := d.settle(request)
	d.await(request, len(events)+2)

	want := []string{notificationID(again) + ".eml", d.letters(request).Sent[5].NotificationID + ".eml"}
	slices.Sort(want)
	if got := d.names(); !slices.Equal(got, want) {
		t.Errorf("the refilled bus mailed %v; only %v is new", got, want)
	}
}

func TestALetterWaitsUntilItIsKnownWhomToWriteTo(t *testing.T) {
	d := open(t)
	request, other := uuid.NewString(), uuid.NewString()
	d.book(request)
	d.submit(other, "nl", canary) // nobody else waits
	d.await(other, 2)
	if got := d.types(request); len(got) != 0 {
		t.Fatalf("before the request is known there is %v", got)
	}
	d.submit(request, "nl", canary)
	d.await(request, 3)
	sent := d.letters(request).Sent
	if sent[0].Kind != letters.Acknowledgement || sent[1].Kind != letters.Appointment {
		t.Errorf("sent %s, then %s", sent[0].Kind, sent[1].Kind)
	}
}

// Section 8: nothing is written to a person whose key was destroyed.
func TestAnErasedCustomerGetsNoLetter(t *testing.T) {
	d := open(t)
	request := uuid.NewString()
	d.submit(request, "nl", canary)
	d.await(request, 2)
	_, err := d.vault.Destroy(t.Context(), subject(request), vault.Operational)
	check(t, err)
	d.settle(request)
	d.await(request, 3)
	if got := d.types(request)[2]; got != "letter.skipped.v1" {
		t.Errorf("recorded %s", got)
	}
	if len(d.names()) != 1 || len(d.list(request)) != 1 {
		t.Errorf("files %v, listed %d", d.names(), len(d.list(request)))
	}
}

func TestAnAddressThatIsNoneStopsNobody(t *testing.T) {
	d := open(t)
	request := uuid.NewString()
	d.submit(request, "nl", party.Contact{Name: "Noor", Email: "Noor <noor@example.org>, all@example.org"})
	d.accept(request)
	d.await(request, 3)
	if got := d.types(request); !slices.Equal(got, []string{"contact.learned.v1", "letter.skipped.v1", "letter.skipped.v1"}) {
		t.Errorf("recorded %v", got)
	}
	if len(d.names()) != 0 {
		t.Errorf("files %v", d.names())
	}
}

// D-04: each opening says who and for which task.
func TestEveryOpeningOfAContactIsOnRecord(t *testing.T) {
	d := open(t)
	request := uuid.NewString()
	d.wholeLife(request, "nl")
	openings, err := d.vault.Openings(t.Context(), subject(request))
	check(t, err)
	var reasons []letters.Kind
	for _, o := range openings {
		if o.Actor != "service:notification" || o.Field != "contact" {
			t.Errorf("%s opened %s", o.Actor, o.Field)
		}
		reasons = append(reasons, letters.Kind(o.Reason))
	}
	if !slices.Equal(reasons, wholeLife) {
		t.Errorf("opened for %v, want %v", reasons, wholeLife)
	}
}

// P7: the mail is the one place where a name and an address stand in clear.
func TestPersonalDataIsInTheSpoolAlone(t *testing.T) {
	logDir := t.TempDir()
	store, err := sqlite.Open(filepath.Join(logDir, "log.db"))
	check(t, err)
	d := open(t, func(d *desk) { d.store = store })
	request := uuid.NewString()
	d.wholeLife(request, "nl")
	d.stop()
	d.stop = func() {}
	check(t, store.Close())
	secrets := []string{canary.Name, "Zwartkruis", "zwartkruis", canary.Email, canary.Phone}
	if found := grep(t, d.spool, secrets); len(found) == 0 {
		t.Error("the mails do not even have the name")
	}
	for _, dir := range []string{logDir, d.busDir} {
		if found := grep(t, dir, secrets); len(found) > 0 {
			t.Errorf("personal data in clear in %v", found)
		}
	}
}

// grep names the files below dir that hold one of the texts.
func grep(t *testing.T, dir string, texts []string) (found []string) {
	t.Helper()
	seen := map[string]bool{}
	check(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, text := range texts {
			if bytes.Contains(data, []byte(text)) {
				seen[path] = true
			}
		}
		return err
	}))
	return slices.Collect(maps.Keys(seen))
}
