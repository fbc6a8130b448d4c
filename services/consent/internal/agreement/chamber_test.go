package agreement

import (
	"maps"
	"slices"
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

// consumers is the submission of a consumer.
func consumers() NoteSubmission {
	c := submission()
	c.PartyKind, c.Reference = Consumer, "A-7F3K-29QD"
	return c
}

// paid is a consumer's button that says that he will have to pay.
func paid(c *Give) {
	c.Press = Press{Text: "Aanvraag met betalingsverplichting", Accepted: []string{"Aanvraag met betalingsverplichting", "Request with obligation to pay"}}
	c.PartyKind = Consumer
}

func withdraw(p Purpose) Withdraw {
	return Withdraw{SupportRequestID: "r1", Purpose: p, RequestState: Scheduled, At: noon}
}

func receiptOf(consentID string, withdrawals int) IssueReceipt {
	return IssueReceipt{Receipt: ReceiptIssued{
		RecordID: "p1", ConsentID: consentID, SupportRequestID: "r1", Withdrawals: withdrawals,
		KeyID: "k1", JWS: "a.b.c", SHA256: "00ff", IssuedAt: noon,
	}}
}

func declare(at time.Time) Declare {
	return Declare{WithdrawalID: "w1", SupportRequestID: "r1", ConfirmWithin: 86400, At: at}
}

func confirm(at time.Time) Confirm {
	return Confirm{WithdrawalID: "w1", SupportRequestID: "r1", At: at}
}

func chamber() decidertest.Chamber[Consent, Event] {
	return decidertest.Chamber[Consent, Event]{
		Events: Events(),
		Commands: map[string]Command{
			"give": give(), "note-submission": submission(), "withdraw": withdraw(SessionRecord),
			"issue-receipt": receiptOf("c1", 0), "note-conclusion": NoteConclusion{SupportRequestID: "r1", ConcludedAt: noon},
			"note-end": NoteEnd{SupportRequestID: "r1", How: Performed, EndedAt: noon},
			"declare":  declare(noon), "confirm": confirm(noon),
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
	given := Given{Agreement: give().Agreement()}
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
	all := but(func(c *Give) {
		paid(c)
		c.RecordingNoticeSeen, c.Marketing, c.StartImmediately, c.WithdrawalLossAcknowledged = true, true, true, true
	}).Agreement()
	consumer := RequestSubmitted{SupportRequestID: "r1", SubmittedAt: noon, PartyKind: Consumer}
	bound := []Event{consumer, Given{Agreement: all}, Attached{Agreement: all, AttachedAt: noon}}
	after := func(events ...Event) []Event { return append(slices.Clone(bound), events...) }
	taken := func(p Purpose) Event {
		return Withdrawn{ConsentID: "c1", SupportRequestID: "r1", Purpose: p, WithdrawnAt: noon}
	}
	concluded := Concluded{SupportRequestID: "r1", ConcludedAt: noon}
	declared := WithdrawalDeclared{WithdrawalID: "w1", SupportRequestID: "r1", DeclaredAt: noon, ConfirmBefore: noon.Add(time.Hour)}
	acknowledged := WithdrawalAcknowledged{
		WithdrawalID: "w1", SupportRequestID: "r1", DeclaredAt: noon, AcknowledgedAt: noon, Outcome: Effective, StartRequested: true,
	}
	for _, p := range []Purpose{WholeAgreement, SessionRecord, Marketing, ImmediateStart} {
		for _, state := range []RequestState{"", Scheduled, InProgress} {
			c := withdraw(p)
			c.RequestState = state
			commands["withdraw "+string(p)+", "+string(state)] = c
		}
	}
	commands["give, a consumer's button"] = but(func(c *Give) { paid(c); c.RequestState, c.ByToken = Submitted, true })
	commands["give, a consumer without one"] = but(func(c *Give) { c.PartyKind, c.RequestState, c.ByToken = Consumer, Submitted, true })
	commands["note-submission, a consumer's"] = consumers()
	commands["issue-receipt"], commands["issue-receipt after one withdrawal"] = receiptOf("c1", 0), receiptOf("c1", 1)
	commands["note-conclusion"] = NoteConclusion{SupportRequestID: "r1", ConcludedAt: noon}
	for _, how := range []End{Refused, Cancelled} {
		commands["note-end, "+string(how)] = NoteEnd{SupportRequestID: "r1", How: how, EndedAt: noon}
	}
	commands["withdraw"] = withdraw(SessionRecord)
	commands["note-end"] = NoteEnd{SupportRequestID: "r1", How: Performed, EndedAt: noon}
	commands["declare"], commands["confirm"] = declare(noon), confirm(noon)
	commands["confirm too late"] = confirm(noon.Add(time.Hour))
	states := map[string][]Event{
		"consumer":                       bound,
		"consumer, receipt":              after(receiptOf("c1", 0).Receipt),
		"consumer, agreement taken back": after(taken(WholeAgreement)),
		"consumer, recording taken back": after(taken(SessionRecord)),
		"consumer, marketing taken back": after(taken(Marketing)),
		"consumer, start taken back":     after(taken(ImmediateStart)),
		"consumer, concluded":            after(concluded),
		"consumer, declared":             after(concluded, declared),
		"consumer, withdrawn":            after(concluded, declared, acknowledged),
		"consumer, refused":              after(RequestEnded{SupportRequestID: "r1", How: Refused, EndedAt: noon}),
		"consumer, performed":            after(concluded, RequestEnded{SupportRequestID: "r1", How: Performed, EndedAt: noon}, declared),
		"consumer, withheld": {
			given, consumer, Withheld{ConsentID: "c1", SupportRequestID: "r1", Reason: ButtonInsufficient, WithheldAt: noon},
		},
		"taken back before it was submitted": {given, taken(WholeAgreement)},
		"business":                           {RequestSubmitted{SupportRequestID: "r1", SubmittedAt: noon, PartyKind: Business}},
	}
	maps.Copy(states, map[string][]Event{
		"(nothing)":              nil,
		"link noted":             {LinkNoted{SupportRequestID: "r1", Device: "d1", NotedAt: noon}},
		"given, then expired":    {given, RequestExpired{SupportRequestID: "r1", ExpiredAt: noon}},
		"given":                  {given},
		"submitted":              {submitted},
		"given, then submitted":  {given, submitted, attached},
		"submitted, then given":  {submitted, given, attached},
		"attached with a backup": {submitted, Given{Agreement: withBackup.Agreement()}, Attached{Agreement: withBackup.Agreement(), AttachedAt: noon}},
		"attached, then renewed": {given, submitted, attached, Given{Agreement: newTerms.Agreement()}, Attached{Agreement: newTerms.Agreement(), AttachedAt: noon}},
	})
	chamber().Matrix(t, states, commands)
}
