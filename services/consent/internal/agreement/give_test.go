package agreement

import (
	"testing"
	"time"

	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/decider/decidertest"
)

func when(t *testing.T, c Give, given ...Event) *decidertest.Spec[Consent, Event] {
	t.Helper()
	return decidertest.Given[Consent](t, given...).When(c)
}

func TestO01BothDocumentsAndThePriceByTheirHash(t *testing.T) {
	for name, change := range map[string]func(*Give){
		"no articles":         func(c *Give) { c.Shown.OnlineSupport = Named{} },
		"no general terms":    func(c *Give) { c.Shown.General = Named{} },
		"no price":            func(c *Give) { c.Shown.Tariff = Named{} },
		"unknown articles":    func(c *Give) { c.Shown.OnlineSupport = Named{Version: 1, SHA256: "x"} },
		"unknown price":       func(c *Give) { c.Shown.Tariff = Named{SHA256: "x"} },
		"another's hash":      func(c *Give) { c.Shown.General = Named{Version: 1, SHA256: "online-1-nl"} },
		"another number":      func(c *Give) { c.Shown.General.Version, c.Shown.General.Known = 2, false },
		"no hash, no English": func(c *Give) { c.InForce.General.English, c.Shown.General = "", Named{Version: 1} },
		"one stale, one gone": func(c *Give) { c.InForce.OnlineSupport.Version, c.Shown.General = 2, Named{} },
		"nothing at all":      func(c *Give) { c.Shown = Shown{} },
	} {
		t.Run(name, func(t *testing.T) {
			r := when(t, but(change)).Rejected("TERMS_INCOMPLETE", "O-01")
			if r.Kind != decider.Invalid {
				t.Errorf("kind %d", r.Kind)
			}
			tellsInForce(t, r)
		})
	}
}

func TestO01EachLanguageIsAgreedToByItsOwnBytes(t *testing.T) {
	english := but(func(c *Give) { c.Shown.OnlineSupport.SHA256, c.Shown.General.SHA256 = "online-1-en", "general-1-en" })
	given := when(t, english).Events()[0].(Given)
	for i, want := range []string{"online-1-en", "general-1-en"} {
		if d := given.Documents[i]; d.SHA256 != want || d.Language != "en" {
			t.Errorf("%+v, want %s in English", d, want)
		}
	}
	if d := when(t, give()).Events()[0].(Given).Documents[0]; d.SHA256 != "online-1-nl" || d.Language != "nl" {
		t.Errorf("%+v, want the Dutch text", d)
	}
}

func TestO02WhatIsNoLongerInForceIsShownAgain(t *testing.T) {
	for name, change := range map[string]func(*Give){
		OnlineSupport: func(c *Give) {
			c.InForce.OnlineSupport = Edition{Version: 2, Dutch: "online-2-nl", English: "online-2-en"}
		},
		// The Dutch text is authoritative: it changed, though the shown English did not.
		General: func(c *Give) {
			c.Shown.General.SHA256 = "general-1-en"
			c.InForce.General = Edition{Version: 2, Dutch: "general-2-nl", English: "general-1-en"}
		},
		Tariff: func(c *Give) { c.InForce.Tariff.Version, c.InForce.Tariff.SHA256 = 2, "tariff-2" },
	} {
		t.Run(name, func(t *testing.T) {
			r := when(t, but(change)).Rejected("TERMS_STALE", "O-02")
			if r.Kind != decider.Precondition || r.Details["document"] != name {
				t.Errorf("kind %d, details %v", r.Kind, r.Details)
			}
			tellsInForce(t, r)
		})
	}
}

// tellsInForce checks that a refusal has every hash in force, so that the form can
// be shown again.
func tellsInForce(t *testing.T, r *decider.Rejection) {
	t.Helper()
	for _, key := range []string{
		"terms.online-support.version", "terms.online-support.sha256.nl",
		"terms.general.version", "terms.general.sha256.nl", "tariff.version", "tariff.sha256",
	} {
		if r.Details[key] == "" {
			t.Errorf("%s is missing in %v", key, r.Details)
		}
	}
}

func TestO04SilenceIsNoAgreement(t *testing.T) {
	when(t, but(func(c *Give) { c.AgreeTerms = false })).Rejected("CONSENT_REQUIRED", "O-04")
	when(t, but(func(c *Give) { c.AgreePrice = false })).Rejected("CONSENT_REQUIRED", "O-04")
}

func TestO07TheAgreementNamesItsRequestAndItsPrice(t *testing.T) {
	given := when(t, give()).Events()[0].(Given)
	if given.SupportRequestID != "r1" || given.Tariff != give().InForce.Tariff {
		t.Errorf("%+v", given)
	}
	var kinds []string
	for _, ref := range given.Refs() {
		kinds = append(kinds, ref.Kind)
	}
	if len(kinds) != 3 || kinds[0] != OnlineSupport || kinds[1] != General || kinds[2] != Tariff {
		t.Errorf("names %v", kinds)
	}
}

// Only terms, price and warranty are conditions; every other flag stands alone and
// is recorded as he set it (O-08, O-10, S-02, X-04).
func TestO08EachPurposeStandsAlone(t *testing.T) {
	for name, change := range map[string]func(*Declarations){
		"none of them":             func(*Declarations) {},
		"backup (D-01)":            func(d *Declarations) { d.Backup = BackupMade },
		"no backup needed (D-01)":  func(d *Declarations) { d.Backup = BackupNotNeeded },
		"recording notice (S-02)":  func(d *Declarations) { d.RecordingNoticeSeen = true },
		"start immediately (X-04)": func(d *Declarations) { d.StartImmediately = true },
		"authority (O-10)":         func(d *Declarations) { d.AuthorityDeclared = true },
		"marketing (O-08)":         func(d *Declarations) { d.Marketing = true },
	} {
		t.Run(name, func(t *testing.T) {
			c := but(func(c *Give) { change(&c.Declarations) })
			when(t, c).Then(Given{Agreement: c.Agreement()})
			if got := c.Agreement().Declarations; got != c.Declarations {
				t.Errorf("recorded %+v", got)
			}
		})
	}
}

func TestW02TheDeclarationOutsideWarrantyIsACondition(t *testing.T) {
	when(t, but(func(c *Give) { c.NotUnderWarranty = false })).Rejected("WARRANTY_DECLARATION_REQUIRED", "W-02")
}

func TestD01NoBackupIsConfirmedTwice(t *testing.T) {
	c := but(func(c *Give) { c.Backup = BackupNoneProceed })
	when(t, c).Rejected("BACKUP_CONFIRMATION_REQUIRED", "D-01")
	c.ProceedWithoutBackup = true
	when(t, c).Then(Given{Agreement: c.Agreement()})
}

func TestARenewalReplacesAndIsAttachedAgain(t *testing.T) {
	first, later := give().Agreement(), but(func(c *Give) { c.Backup, c.At = BackupMade, noon.Add(time.Hour) })
	submitted := RequestSubmitted{SupportRequestID: "r1", SubmittedAt: noon}
	attached := Attached{Agreement: first, AttachedAt: noon}

	when(t, later, Given{Agreement: first}).Then(Given{Agreement: later.Agreement()})
	later.RequestState = Submitted
	when(t, later, Given{Agreement: first}, submitted, attached).
		Then(Given{Agreement: later.Agreement()}, Attached{Agreement: later.Agreement(), AttachedAt: later.At})

	// What was agreed before the request came is attached in its newest form.
	decidertest.Given[Consent, Event](t, Given{Agreement: first}, Given{Agreement: later.Agreement()}).When(submission()).
		Then(submitted, Attached{Agreement: later.Agreement(), AttachedAt: noon})
}

func TestTheSameFactsAgainChangeNothing(t *testing.T) {
	again := but(func(c *Give) { c.ConsentID, c.At, c.RequestState = "c2", noon.Add(time.Hour), Submitted })
	given := Given{Agreement: give().Agreement()}
	when(t, again, given).Then()
	submitted := RequestSubmitted{SupportRequestID: "r1", SubmittedAt: noon}
	when(t, again, submitted, given, Attached{Agreement: given.Agreement, AttachedAt: noon}).Then()
	decidertest.Given[Consent, Event](t, submitted).When(submission()).Then()
}

// a form that names its label, or says that it is a consumer's, is held to it; of
// one that says nothing the policy decides.
func TestX03AButtonIsHeldToWhatItSays(t *testing.T) {
	consumer := RequestSubmitted{SupportRequestID: "r1", SubmittedAt: noon, PartyKind: Consumer}
	business := RequestSubmitted{SupportRequestID: "r1", SubmittedAt: noon, PartyKind: Business}
	labels := []string{"Aanvraag met betalingsverplichting"}
	for name, tt := range map[string]struct {
		press   Press
		kind    PartyKind
		request Event
		refused bool
	}{
		"a consumer's, sufficient":            {Press{Text: labels[0]}, "", consumer, false},
		"a consumer's, versturen":             {Press{Text: "versturen"}, "", consumer, true},
		"a consumer's, none":                  {Press{}, "", consumer, false},
		"a consumer's, none, required":        {Press{Required: true}, "", consumer, true},
		"a consumer's form, none":             {Press{}, Consumer, consumer, true},
		"a business's, versturen":             {Press{Text: "versturen"}, "", business, false},
		"a consumer's form, a business's":     {Press{}, Consumer, business, false},
		"a business's form, but a consumer's": {Press{Text: "versturen"}, Business, consumer, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := but(func(c *Give) { c.Press, c.PartyKind = tt.press, tt.kind; c.Press.Accepted = labels })
			spec := when(t, c, tt.request)
			if tt.refused {
				spec.Rejected("BUTTON_TEXT_INSUFFICIENT", "X-03")
			} else {
				spec.Then(Given{Agreement: c.Agreement()}, Attached{Agreement: c.Agreement(), AttachedAt: noon})
			}
		})
	}
}
