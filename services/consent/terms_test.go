package consent

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	"aanvraag.internal/services/consent/internal/terms"
	"aanvraag.internal/services/kernel/money"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/rpc"
)

func TestO01WhatIsServedHashesToWhatIsAgreedTo(t *testing.T) {
	h := build(t)
	for _, language := range languages {
		served := h.terms(language)
		for i, file := range []string{"online-support", "general"} {
			d := served.GetDocuments()[i]
			text, err := os.ReadFile("terms/" + file + "." + language + ".md")
			must(t, err)
			sum := sha256.Sum256(text)
			if d.GetText() != string(text) || d.GetSha256() != hex.EncodeToString(sum[:]) ||
				d.GetLanguage() != language || d.GetVersion() != 1 || d.GetKind() != kindOf(kinds[i]) ||
				!d.GetEffectiveFrom().AsTime().Equal(policies.Since) {
				t.Errorf("%s in %s is served as %v version %d in %s, %s", file, language, d.GetKind(), d.GetVersion(), d.GetLanguage(), d.GetSha256())
			}
		}
		h.give(form(uuid.NewString(), served))
	}
	if d := h.terms("").GetDocuments()[0]; d.GetLanguage() != "nl" {
		t.Errorf("unasked, the language is %s", d.GetLanguage())
	}
}

// F-06: Dutch law governs. The API says so, and so does every text, which the customer
// is sent with the confirmation of what he agreed to.
func TestF06DutchLawGovernsAndIsPrinted(t *testing.T) {
	h := build(t)
	for language, words := range map[string]string{"nl": "Nederlands recht", "en": "Dutch law"} {
		served := h.terms(language)
		if law := served.GetGoverningLaw(); law != "NL" {
			t.Errorf("governing law %q", law)
		}
		for _, d := range served.GetDocuments() {
			if !strings.Contains(d.GetText(), words) {
				t.Errorf("%s in %s does not name it", d.GetKind(), language)
			}
		}
	}
}

func TestTheFirstTextsSayTheFirstPrices(t *testing.T) {
	var figures sheet
	var vat tax
	must(t, json.Unmarshal([]byte(firstTariff), &figures))
	must(t, json.Unmarshal([]byte(firstTax), &vat))
	for _, language := range languages {
		text, err := first.ReadFile("terms/online-support." + language + ".md")
		must(t, err)
		said := string(text)
		amounts := []money.Cents{figures.HourlyRate, figures.MinimumSupport, figures.MinimumInvoice}
		for _, c := range amounts {
			amounts = append(amounts, c+money.Percent(c, vat.BasisPoints))
		}
		for _, c := range amounts {
			if figure := strings.TrimLeft(money.Format(c, language), "€ "); !strings.Contains(said, " "+figure) {
				t.Errorf("the terms in %s do not say %s", language, figure)
			}
		}
		if !strings.Contains(said, " 21%") {
			t.Errorf("the terms in %s do not say the VAT", language)
		}
	}
}

func TestX02ThePriceSheetHasPricesIncludingVAT(t *testing.T) {
	got := build(t).terms("").GetTariff()
	for name, amount := range map[string]struct {
		got  *commonv1.Money
		want int64
	}{
		"hour":                         {got.GetHourlyRate(), 103_85},
		"minimum support":              {got.GetMinimumSupport(), 20_00},
		"minimum invoice":              {got.GetMinimumInvoice(), 30_00},
		"hour, with VAT":               {got.GetHourlyRateIncludingVat(), 125_66},
		"minimum support, with VAT":    {got.GetMinimumSupportIncludingVat(), 24_20},
		"minimum invoice, with VAT":    {got.GetMinimumInvoiceIncludingVat(), 36_30},
		"VAT, as if it were an amount": {euro(money.Cents(got.GetVatBasisPoints())), 21_00},
	} {
		if amount.got.GetCents() != amount.want || amount.got.GetCurrencyCode() != "EUR" {
			t.Errorf("%s: %v, want %d cents", name, amount.got, amount.want)
		}
	}
	sum := sha256.Sum256([]byte(firstTariff))
	if got.GetSha256() != hex.EncodeToString(sum[:]) || got.GetVersion() != 1 ||
		got.GetIncrement().AsDuration() != time.Minute || !got.GetEffectiveFrom().AsTime().Equal(policies.Since) {
		t.Errorf("the sheet is %v", got)
	}
}

func publishing(kind consentv1.TermsDocumentKind, nl string, from time.Time) *consentv1.PublishTermsRequest {
	return &consentv1.PublishTermsRequest{
		IdempotencyKey: uuid.NewString(), Kind: kind, EffectiveFrom: timestamppb.New(from),
		Texts: []*consentv1.TermsText{{Language: "en", Text: "new"}, {Language: "nl", Text: nl}},
	}
}

const (
	onlineSupport = consentv1.TermsDocumentKind_TERMS_DOCUMENT_KIND_ONLINE_SUPPORT
	general       = consentv1.TermsDocumentKind_TERMS_DOCUMENT_KIND_GENERAL
)

// The example of O-02: the form was opened at 16:59, new terms are in force from
// 17:00, it is sent at 17:01.
func TestO02AFormThatWasOpenWhenTheTermsChangedIsShownAgain(t *testing.T) {
	h := build(t)
	shown := h.terms("")
	published, err := h.administrator().PublishTerms(t.Context(), publishing(onlineSupport, "nieuw", opened.Add(time.Minute)))
	must(t, err)
	inTime := uuid.NewString()
	h.give(form(inTime, shown)) // at 16:59 it is in force
	_, err = h.clock.Advance(2 * time.Minute)
	must(t, err)

	h.unchanged(func() {
		_, err := h.public().GiveConsent(t.Context(), form(reqID, shown))
		refused(t, err, connect.CodeFailedPrecondition, "TERMS_STALE")
		details := rpc.Metadata(err)
		for key, want := range map[string]string{
			"terms.online-support.version":   "2",
			"terms.online-support.sha256.en": published.GetDocuments()[1].GetSha256(),
			"terms.online-support.sha256.nl": published.GetDocuments()[0].GetSha256(),
			"terms.general.sha256.nl":        shown.GetDocuments()[1].GetSha256(),
			"tariff.sha256":                  shown.GetTariff().GetSha256(),
			"document":                       "terms.online-support",
		} {
			if details[key] != want {
				t.Errorf("%s: %q, want %q", key, details[key], want)
			}
		}
	})
	again := h.terms("")
	if d := again.GetDocuments()[0]; d.GetVersion() != 2 || d.GetText() != "nieuw" {
		t.Errorf("shown again: %v", d)
	}
	h.give(form(reqID, again))

	// What was agreed in time stands, and its text is still in the log.
	got, err := h.as(commonv1.Role_ROLE_AUDITOR, "").GetConsent(t.Context(), &consentv1.GetConsentRequest{SupportRequestId: inTime})
	must(t, err)
	if got.GetConsent().GetDocuments()[0].GetVersion() != 1 {
		t.Errorf("%v", got)
	}
}

// A price that changed is shown again as terms are (article 1, O-02, T-01).
func TestO02APriceThatChangedIsShownAgain(t *testing.T) {
	h := build(t)
	shown := h.terms("")
	before := h.revision("adopted-consent.tariff")
	h.policy("tariff", 2, strings.Replace(firstTariff, "10385", "11000", 1), opened)
	h.await("adopted-consent.tariff", before)
	h.unchanged(func() {
		_, err := h.public().GiveConsent(t.Context(), form(reqID, shown))
		refused(t, err, connect.CodeFailedPrecondition, "TERMS_STALE")
		if d := rpc.Metadata(err); d["document"] != "tariff" || d["article"] != "1" || d["tariff.version"] != "2" {
			t.Errorf("details %v", d)
		}
	})
	again := h.terms("")
	if cents := again.GetTariff().GetHourlyRate().GetCents(); cents != 110_00 {
		t.Errorf("shown again: %d cents", cents)
	}
	h.give(form(reqID, again))
}

func TestPublishTermsTellsTheHashesAndIsTheAdministratorsAlone(t *testing.T) {
	h := build(t)
	req := publishing(general, "nieuw", opened.Add(time.Hour))
	h.unchanged(func() {
		_, err := h.as(commonv1.Role_ROLE_DISPATCHER, "").PublishTerms(t.Context(), req)
		refused(t, err, connect.CodePermissionDenied, rpc.ReasonPermissionDenied)
		_, err = h.administrator().PublishTerms(t.Context(), publishing(general, "nieuw", opened.Add(-time.Second)))
		refused(t, err, connect.CodeInvalidArgument, "EFFECTIVE_IN_PAST")
	})
	got, err := h.administrator().PublishTerms(t.Context(), req)
	must(t, err)
	if d := got.GetDocuments(); len(d) != 2 || d[0].GetLanguage() != "nl" || d[1].GetLanguage() != "en" ||
		d[0].GetVersion() != 2 || d[1].GetText() != "new" {
		t.Errorf("published %v", d)
	}
	h.unchanged(func() {
		again, err := h.administrator().PublishTerms(t.Context(), req)
		must(t, err)
		if !proto.Equal(again, got) {
			t.Errorf("answered %v, then %v", got, again)
		}
	})
	var told []*consentv1.TermsPublished
	for _, m := range h.heard() {
		told = append(told, m.(*consentv1.TermsPublished))
	}
	if len(told) != 3 { // the two first ones, and this
		t.Fatalf("told %v", told)
	}
	last := told[2]
	if last.GetKind() != general || last.GetVersion() != 2 || !last.GetEffectiveFrom().AsTime().Equal(opened.Add(time.Hour)) ||
		last.GetSha256ByLanguage()["nl"] != got.GetDocuments()[0].GetSha256() || len(last.GetSha256ByLanguage()) != 2 {
		t.Errorf("told %v", last)
	}
}

func TestWithoutATranslationTheAuthoritativeTextIsServed(t *testing.T) {
	h := build(t)
	req := publishing(general, "alleen Nederlands", opened)
	req.Texts = req.GetTexts()[1:]
	_, err := h.administrator().PublishTerms(t.Context(), req)
	must(t, err)
	shown := h.terms("en")
	if d := shown.GetDocuments()[1]; d.GetLanguage() != "nl" || d.GetText() != "alleen Nederlands" {
		t.Errorf("served %v", d)
	}
	h.give(form(reqID, shown))
}

// Auditors find both hashes in the log: that of the version, and that of the text
// which a customer agreed to (P2, O-01).
func TestP2TheRecordedTextsHashToWhatTheirVersionSays(t *testing.T) {
	h := build(t)
	_, err := h.administrator().PublishTerms(t.Context(), publishing(general, "<b>\t\u2028 & € \"nieuw\"", opened))
	must(t, err)
	for _, kind := range kinds {
		for _, r := range h.stream("policy-" + kind) {
			var recorded policy.Version
			must(t, json.Unmarshal(r.Data, &recorded))
			if sum := policy.Sum(recorded.Content); sum != recorded.Ref.SHA256 {
				t.Errorf("%s version %d hashes to %s, not %s", kind, recorded.Ref.Version, sum, recorded.Ref.SHA256)
			}
			read, err := terms.Read(recorded)
			must(t, err)
			for language, text := range read.Texts {
				if text.SHA256 != terms.Sum(text.Text) {
					t.Errorf("%s version %d in %s is said to be %s", kind, recorded.Ref.Version, language, text.SHA256)
				}
			}
		}
	}
}

func TestTheFirstTermsAreSeededOnce(t *testing.T) {
	h := build(t)
	h.unchanged(func() { must(t, h.service.seed(t.Context())) })
	// Also when the product's own texts are others by then: a start never changes
	// what customers agree to.
	_, err := h.administrator().PublishTerms(t.Context(), publishing(general, "nieuw", opened))
	must(t, err)
	h.unchanged(func() { must(t, h.service.seed(t.Context())) })
}
