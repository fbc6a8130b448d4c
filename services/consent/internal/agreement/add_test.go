package agreement

import (
	"testing"
	"time"

	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/decider"
)

// ended are the states in which nothing that was agreed changes any more; one that
// is not known yet is among them.
var ended = []RequestState{
	"CLOSED", "INVOICED", "SETTLED", "REFUSED", "CANCELLED", "DIVERTED", "SUSPENDED", "TERMINATED", "UNSPECIFIED", "X",
}

// agreed is a request whose customer declared what change makes of the least.
func agreed(change func(*Declarations)) []Event {
	a := but(func(c *Give) { change(&c.Declarations) }).Agreement()
	return []Event{
		RequestSubmitted{SupportRequestID: "r1", SubmittedAt: noon}, Given{Agreement: a}, Attached{Agreement: a, AttachedAt: noon},
	}
}

func nothing(*Declarations) {}

// later is the customer himself, who sends the form again in that state.
func later(state RequestState, change func(*Give)) Give {
	return but(func(c *Give) {
		c.ConsentID, c.RequestState, c.ByToken, c.At = "c2", state, true, noon.Add(time.Hour)
		change(c)
	})
}

// moved is that new texts and a new price are in force since.
func moved(c *Give) {
	c.InForce = InForce{
		OnlineSupport: Edition{Version: 2, Dutch: "online-2-nl"},
		General:       Edition{Version: 2, Dutch: "general-2-nl"},
		Tariff:        policy.Ref{Kind: Tariff, Version: 2, SHA256: "tariff-2"},
	}
}

func illegal(t *testing.T, c Give, history []Event) {
	t.Helper()
	r := when(t, c, history...).Rejected("ILLEGAL_STATE", "O-07")
	if r.Kind != decider.Precondition || r.Details["from"] != string(c.RequestState) || r.Details["command"] != "GiveConsent" {
		t.Errorf("kind %d, details %v", r.Kind, r.Details)
	}
}

func TestO07OnlyTheStateOfTheRequestDecidesOnWhatIsAttached(t *testing.T) {
	withBackup := func(state RequestState) Give { return later(state, func(c *Give) { c.Backup = BackupMade }) }
	when(t, withBackup(""), agreed(nothing)...).Rejected(StateNeeded.Code, "O-07")
	when(t, later("", func(*Give) {}), agreed(nothing)...).Rejected(StateNeeded.Code, "O-07")
	// What no state allows needs no state, and neither does a first consent.
	when(t, later("", func(c *Give) { c.AgreePrice = false }), agreed(nothing)...).Rejected("CONSENT_REQUIRED", "O-04")
	when(t, later("", func(c *Give) { c.Shown.General = Named{} }), agreed(nothing)...).Rejected("TERMS_INCOMPLETE", "O-01")
	when(t, withBackup("")).Then(Given{Agreement: withBackup("").Agreement()})
	when(t, withBackup(""), Given{Agreement: give().Agreement()}).Then(Given{Agreement: withBackup("").Agreement()})
}

func TestO07AnOfferIsReplacedAsAWhole(t *testing.T) {
	renewed := later(Submitted, func(c *Give) {
		moved(c)
		c.Shown = Shown{
			OnlineSupport: Named{Version: 2, SHA256: "online-2-nl", Known: true},
			General:       Named{Version: 2, SHA256: "general-2-nl", Known: true},
			Tariff:        Named{SHA256: "tariff-2", Known: true},
		}
		c.ByToken = false
	})
	history := agreed(func(d *Declarations) { d.Backup, d.RecordingNoticeSeen = BackupMade, true })
	when(t, renewed, history...).Then(Given{Agreement: renewed.Agreement()}, Attached{Agreement: renewed.Agreement(), AttachedAt: renewed.At})
	when(t, later(Submitted, moved), history...).Rejected("TERMS_STALE", "O-02")
}

func TestO07AfterAcceptanceDeclarationsAreAddedToTheSameDocumentsAndPrice(t *testing.T) {
	for _, state := range open {
		for name, tt := range map[string]struct {
			was func(*Declarations)
			add func(*Declarations)
		}{
			"a backup (D-01)": {nothing, func(d *Declarations) { d.Backup = BackupNotNeeded }},
			"another backup (D-01)": {
				func(d *Declarations) { d.Backup, d.ProceedWithoutBackup = BackupNoneProceed, true },
				func(d *Declarations) { d.Backup = BackupMade },
			},
			"recording notice (S-02)":  {nothing, func(d *Declarations) { d.RecordingNoticeSeen = true }},
			"start immediately (X-04)": {nothing, func(d *Declarations) { d.StartImmediately = true }},
			"marketing (O-08)":         {nothing, func(d *Declarations) { d.Marketing = true }},
			"no marketing (O-08)":      {func(d *Declarations) { d.Marketing = true }, nothing},
		} {
			t.Run(string(state)+" "+name, func(t *testing.T) {
				history := agreed(tt.was)
				for _, inForce := range []func(*Give){func(*Give) {}, moved} {
					c := later(state, func(c *Give) { inForce(c); tt.add(&c.Declarations) })
					want := history[1].(Given).Agreement
					want.ConsentID, want.GivenAt, want.Declarations = "c2", c.At, c.Declarations
					when(t, c, history...).Then(Given{Agreement: want}, Attached{Agreement: want, AttachedAt: c.At})
				}
			})
		}
	}
}

func TestO07AfterAcceptanceNothingIsTakenBack(t *testing.T) {
	all := func(d *Declarations) {
		d.Backup, d.RecordingNoticeSeen, d.StartImmediately, d.AuthorityDeclared = BackupMade, true, true, true
	}
	for _, state := range open {
		for name, change := range map[string]func(*Give){
			"backup (D-01)":            func(c *Give) { c.Backup = "" },
			"recording notice (S-02)":  func(c *Give) { c.RecordingNoticeSeen = false },
			"start immediately (X-04)": func(c *Give) { c.StartImmediately = false },
			"authority (O-10)":         func(c *Give) { c.AuthorityDeclared = false },
			"beside an addition":       func(c *Give) { c.StartImmediately, c.Marketing = false, true },
		} {
			t.Run(string(state)+" "+name, func(t *testing.T) {
				illegal(t, later(state, func(c *Give) { all(&c.Declarations); change(c) }), agreed(all))
			})
		}
		illegal(t, later(state, func(c *Give) { c.AuthorityDeclared = true }), agreed(nothing))
	}
}

func TestO07AfterAcceptanceNoOtherDocumentsAndNoOtherPrice(t *testing.T) {
	for _, state := range open {
		for name, change := range map[string]func(*Give){
			"newer articles": func(c *Give) {
				c.Shown.OnlineSupport = Named{Version: 2, SHA256: "online-2-nl", Known: true}
			},
			"another language": func(c *Give) { c.Shown.General.SHA256 = "general-1-en" },
			"newer price":      func(c *Give) { c.Shown.Tariff = Named{SHA256: "tariff-2", Known: true} },
		} {
			t.Run(string(state)+" "+name, func(t *testing.T) {
				for _, inForce := range []func(*Give){func(*Give) {}, moved} {
					illegal(t, later(state, func(c *Give) { inForce(c); change(c); c.Backup = BackupMade }), agreed(nothing))
				}
			})
		}
	}
}

func TestO07WhatEndedKeepsWhatWasAgreed(t *testing.T) {
	for _, state := range ended {
		illegal(t, later(state, func(c *Give) { c.Backup = BackupMade }), agreed(nothing))
		illegal(t, later(state, func(c *Give) { c.Marketing = true }), agreed(nothing))
	}
}

func TestTheSameFactsAgainChangeNothingInWhicheverState(t *testing.T) {
	for _, state := range append(ended, open...) {
		when(t, later(state, func(*Give) {}), agreed(nothing)...).Then()
		when(t, later(state, moved), agreed(nothing)...).Then()
	}
}

func TestP8FromAcceptanceOnOnlyTheCustomersTokenAdds(t *testing.T) {
	for _, state := range append(ended, open...) {
		for _, change := range []func(*Give){func(*Give) {}, func(c *Give) { c.Backup = BackupMade }, moved} {
			c := later(state, change)
			c.ByToken = false
			if r := when(t, c, agreed(nothing)...).Rejected("CUSTOMER_TOKEN_REQUIRED", "P8"); r.Kind != decider.Denied {
				t.Errorf("kind %d", r.Kind)
			}
		}
	}
}
