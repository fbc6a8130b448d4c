package notification

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	notificationv1 "aanvraag.internal/proto/gen/aanvraag/notification/v1"
	"aanvraag.internal/services/notification/internal/wording"
	"aanvraag.internal/services/platform/vault"
)

// library is consent as far as its texts go.
type library struct{}

const articles, general = "# Artikelen\n\nTarief; naïef.\n", "# Algemene voorwaarden\n"

func (library) GetTerms(_ context.Context, req *consentv1.GetTermsRequest) (*consentv1.GetTermsResponse, error) {
	for kind, text := range map[consentv1.TermsDocumentKind]string{
		consentv1.TermsDocumentKind_TERMS_DOCUMENT_KIND_ONLINE_SUPPORT: articles,
		consentv1.TermsDocumentKind_TERMS_DOCUMENT_KIND_GENERAL:        general,
	} {
		if sum(text) == req.GetSha256() {
			return &consentv1.GetTermsResponse{Document: &consentv1.TermsDocument{
				Kind: kind, Version: 1, Sha256: sum(text), Language: "nl", Text: text,
			}}, nil
		}
	}
	return nil, errors.New("no such text")
}

func sum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

const signed = "eyJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl"

func receipt(request string) *consentv1.ConsentReceiptIssued {
	return &consentv1.ConsentReceiptIssued{
		ConsentId: "c1", SupportRequestId: request, RecordId: "record-1", Receipt: signed, KeyId: "key-1",
		StartImmediately: true, WithdrawalLossAcknowledged: true, ButtonText: "Aanvraag met betalingsverplichting",
		Documents:       []*consentv1.TermsDocumentRef{{Sha256: sum(articles)}, {Sha256: sum(general)}},
		HourlyRateCents: 10385, HourlyRateIncludingVatCents: 12566,
		MinimumSupportIncludingVatCents: 2420, MinimumInvoiceIncludingVatCents: 3630,
	}
}

// parts are the body of a mail and its files, by name.
func parts(t *testing.T, mail string) (body string, files map[string]string) {
	t.Helper()
	m, err := netmail.ReadMessage(strings.NewReader(mail))
	check(t, err)
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	check(t, err)
	reader, files := multipart.NewReader(m.Body, params["boundary"]), map[string]string{}
	for {
		part, err := reader.NextPart() // decodes quoted-printable
		if errors.Is(err, io.EOF) {
			return body, files
		}
		check(t, err)
		data, err := io.ReadAll(part)
		check(t, err)
		if part.FileName() == "" {
			body = string(data)
			continue
		}
		if part.Header.Get("Content-Transfer-Encoding") == "base64" {
			data, err = base64.StdEncoding.DecodeString(strings.ReplaceAll(strings.TrimSpace(string(data)), "\r\n", ""))
			check(t, err)
		}
		files[part.FileName()] = string(data)
	}
}

// plainText is the body of a mail without files.
func plainText(t *testing.T, mail string) string {
	t.Helper()
	m, err := netmail.ReadMessage(strings.NewReader(mail))
	check(t, err)
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	check(t, err)
	return string(body)
}

// O-03, O-06 and X-06: the texts themselves and the receipt go with the confirmation,
// which says what starting at once costs a consumer; what went is recorded by hash.
func TestO03TheConfirmationHasTheTextsAndTheReceiptAttached(t *testing.T) {
	d, r1 := open(t), "6f1f6f0e-6f7e-4a53-9d55-1f1f0a5d2c11"
	d.submit(r1, "nl", canary)
	d.await(r1, 2)
	d.tell("consent", "consent-"+r1, receipt(r1))
	d.await(r1, 4)
	if got := d.types(r1); !slices.Equal(got[2:], []string{"letter.sent.v1", "letter.terms_delivered.v1"}) {
		t.Fatalf("recorded %v", got)
	}
	known := d.letters(r1)
	body, files := parts(t, d.files()[known.Sent[1].NotificationID+".eml"])
	if len(files) != 3 || files["online-support-v1-nl.md"] != articles || files["general-v1-nl.md"] != general || files["receipt.jws"] != signed {
		t.Errorf("attached %q", files)
	}
	for _, said := range []string{
		sum(articles), sum(general), "record-1", "key-1", "Aanvraag met betalingsverplichting",
		"veertien dagen", "uw recht om te herroepen vervalt zodra de dienst volledig is uitgevoerd", "125,66", "24,20", "36,30",
	} {
		if !strings.Contains(strings.ReplaceAll(body, "\r\n", "\n"), said) {
			t.Errorf("it does not say %q:\n%s", said, body)
		}
	}
	terms := known.Terms[0]
	if !terms.Durable || terms.ConsentID != "c1" || len(terms.Documents) != 2 || terms.Documents[0].SHA256 != sum(articles) ||
		terms.Receipt.SHA256 != sum(signed) || terms.NotificationID != known.Sent[1].NotificationID {
		t.Errorf("recorded %+v", terms)
	}
	listed := d.list(r1)[1]
	if listed.GetKind() != notificationv1.NotificationKind_NOTIFICATION_KIND_CONSENT_CONFIRMATION || len(listed.GetAttachments()) != 3 {
		t.Errorf("listed %v", listed)
	}
}

// A letter that is tried again is the same mail, with its attachments.
func TestAMailWithAttachmentsHasTheSameBytesEachTime(t *testing.T) {
	e := envelope{id: "9d2f", messageID: "9d2f@x", to: "noor@example.org", date: monday, files: []file{
		{name: "a.md", mediaType: "text/markdown", data: []byte(articles)}, {name: receiptFile, mediaType: "application/jose", data: []byte(signed)},
	}}
	e.from = netmail.Address{Address: "support@desk.example"}
	first, err := compose(e, wording.Text{Subject: "s", Body: "b\n"})
	check(t, err)
	again, err := compose(e, wording.Text{Subject: "s", Body: "b\n"})
	check(t, err)
	if string(first.Data) != string(again.Data) {
		t.Errorf("first\n%s\nthen\n%s", first.Data, again.Data)
	}
}

func TestO09WhatWasTakenBackIsConfirmed(t *testing.T) {
	d := open(t)
	d.submit("r1", "en", canary)
	d.await("r1", 2)
	m := receipt("r1")
	m.Withdrawn = consentv1.ConsentPurpose_CONSENT_PURPOSE_RECORDING
	d.tell("consent", "consent-r1", m)
	d.await("r1", 3)
	body, files := parts(t, d.files()[d.letters("r1").Sent[1].NotificationID+".eml"])
	if !strings.Contains(body, "its recording has stopped and the help goes on") || files["receipt.jws"] != signed {
		t.Errorf("%s\n%v", body, files)
	}
}

// at once, with the content of the statement and its date and time.
func TestX05AWithdrawalIsAcknowledgedWithItsContentDateAndTime(t *testing.T) {
	d := open(t)
	d.submit("r1", "nl", canary)
	d.await("r1", 2)
	name, err := d.vault.Seal(t.Context(), subject("r1"), vault.Operational, "withdrawalName", "consent-r1/1", []byte("Noor de Wit"))
	check(t, err)
	at := time.Date(2026, 12, 7, 22, 59, 59, 0, time.UTC)
	for i, outcome := range []consentv1.WithdrawalOutcome{
		consentv1.WithdrawalOutcome_WITHDRAWAL_OUTCOME_EFFECTIVE, consentv1.WithdrawalOutcome_WITHDRAWAL_OUTCOME_PERFORMED,
	} {
		d.tell("consent", "consent-r1", &consentv1.WithdrawalAcknowledged{
			SupportRequestId: "r1", DeclaredAt: timestamppb.New(at), AcknowledgedAt: timestamppb.New(at), Outcome: outcome,
			StartRequested: true, Name: &commonv1.Sealed{
				Subject: name.Subject, Purpose: string(name.Purpose), Field: name.Field, Place: name.Place, Cipher: name.Cipher,
			},
		})
		d.await("r1", 3+i)
		mail := plainText(t, d.files()[d.letters("r1").Sent[1+i].NotificationID+".eml"])
		for _, said := range []string{"Noor de Wit", "Ik herroep de overeenkomst", "A-7F3K-29QD", "maandag 7 december 2026 om 23:59:59 uur"} {
			if !strings.Contains(mail, said) {
				t.Errorf("%v: it does not say %q:\n%s", outcome, said, mail)
			}
		}
		if ended := strings.Contains(mail, "was al geëindigd"); ended != (i == 1) {
			t.Errorf("%v: %s", outcome, mail)
		}
	}
}
