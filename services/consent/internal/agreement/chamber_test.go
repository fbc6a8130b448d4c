package agreement

import (
	"testing"
	"time"

	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/decider/decidertest"
)

// noon is 13:00 at the desk.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// give is a customer who saw, in Dutch, what is in force, and declares it all.
func give() Give {
	return Give{
		ConsentID: "c1", SupportRequestID: "r1", At: noon,
		Shown: Shown{
			OnlineSupport: Named{Version: 1, SHA256: "online-1-nl", Known: true},
			General:       Named{Version: 1, SHA256: "general-1-nl", Known: true},
			Tariff:        Named{SHA256: "tariff-1", Known: true},
		},
		InForce: InForce{
			OnlineSupport: Edition{Version: 1, Dutch: "online-1-nl", English: "online-1-en"},
			General:       Edition{Version: 1, Dutch: "general-1-nl", English: "general-1-en"},
			Tariff:        policy.Ref{Kind: Tariff, Version: 1, SHA256: "tariff-1"},
		},
		Declarations: Declarations{AgreeTerms: true, AgreePrice: true, NotUnderWarranty: true},
	}
}

func but(change func(*Give)) Give {
	c := give()
	change(&c)
	return c
}

func submission() NoteSubmission {
	return NoteSubmission{SupportRequestID: "r1", SubmittedAt: noon, At: noon}
}

func chamber() decidertest.Chamber[Consent, Event] {
	return decidertest.Chamber[Consent, Event]{
		Events: Events(),
		Commands: map[string]Command{
			"give": give(), "note-submission": submission(),
			"note-link":   NoteLink{SupportRequestID: "r1", Device: "d1", At: noon},
			"note-expiry": NoteExpiry{SupportRequestID: "r1", ExpiredAt: noon},
		},
	}
}

func TestChamberIsPure(t *testing.T)            { decidertest.Chaste(t) }
func TestChamberListsEverything(t *testing.T)   { chamber().Complete(t) }
func TestRecordedNamesNeverChange(t *testing.T) { chamber().Remembered(t) }
func TestStories(t *testing.T)                  { chamber().Stories(t) }

func TestEveryCommandInEveryState(t *testing.T) {
	given := Given{give().Agreement()}
	submitted := RequestSubmitted{SupportRequestID: "r1", SubmittedAt: noon}
	attached := Attached{Agreement: give().Agreement(), AttachedAt: noon}
	newTerms := but(func(c *Give) {
		c.Shown.OnlineSupport = Named{Version: 2, SHA256: "online-2-nl", Known: true}
		c.InForce.OnlineSupport = Edition{Version: 2, Dutch: "online-2-nl"}
	})
	withBackup := but(func(c *Give) { c.Backup = BackupMade })
	commands := map[string]Command{
		"give":                  give(),
		"give later, the same":  but(func(c *Give) { c.At = noon.Add(time.Hour) }),
		"give in English":       but(func(c *Give) { c.Shown.General.SHA256 = "general-1-en" }),
		"give with a backup":    but(func(c *Give) { c.Backup = BackupMade }),
		"give to newer terms":   newTerms,
		"give to stale terms":   but(func(c *Give) { c.InForce = newTerms.InForce }),
		"give to unknown terms": but(func(c *Give) { c.Shown.General = Named{Version: 1, SHA256: "x"} }),
		"give to one document":  but(func(c *Give) { c.Shown.General = Named{} }),
		"give without a word":   but(func(c *Give) { c.Declarations = Declarations{} }),
		"give without warranty": but(func(c *Give) { c.NotUnderWarranty = false }),
		"give without a backup": but(func(c *Give) { c.Backup = BackupNoneProceed }),
		"note-submission":       submission(),
		"give from d1":          but(func(c *Give) { c.Device = "d1" }),
		"give by others":        but(func(c *Give) { c.ByOthers = true }),
		"note-link":             NoteLink{SupportRequestID: "r1", Device: "d1", At: noon},
		"note-expiry":           NoteExpiry{SupportRequestID: "r1", ExpiredAt: noon},
	}
	// By the customer's token; "the same" takes a backup back where one was declared.
	for _, state := range []RequestState{
		Submitted, Accepted, Scheduled, InProgress, Paused, "CLOSED", "INVOICED", "SETTLED", "REFUSED", "CANCELLED", "DIVERTED",
	} {
		for name, wish := range map[string]Give{"the same": give(), "a backup": withBackup, "newer terms": newTerms} {
			wish.ConsentID, wish.RequestState, wish.ByToken = "c2", state, true
			commands["give, "+string(state)+", "+name] = wish
		}
	}
	chamber().Matrix(t, map[string][]Event{
		"(nothing)":              nil,
		"link noted":             {LinkNoted{SupportRequestID: "r1", Device: "d1", NotedAt: noon}},
		"given, then expired":    {given, RequestExpired{SupportRequestID: "r1", ExpiredAt: noon}},
		"given":                  {given},
		"submitted":              {submitted},
		"given, then submitted":  {given, submitted, attached},
		"submitted, then given":  {submitted, given, attached},
		"attached with a backup": {submitted, Given{withBackup.Agreement()}, Attached{Agreement: withBackup.Agreement(), AttachedAt: noon}},
		"attached, then renewed": {given, submitted, attached, Given{newTerms.Agreement()}, Attached{Agreement: newTerms.Agreement(), AttachedAt: noon}},
	}, commands)
}
