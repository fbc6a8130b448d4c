package letters

import (
	"testing"
	"time"

	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider/decidertest"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func contact() Contact {
	return Contact{
		Contact: sealed.Data{
			Subject: "s1", Purpose: sealed.Operational, Field: "contact", Place: "request-r1", Cipher: []byte{1, 2, 3},
		},
		Language: "nl", Reference: "A-7F3K-29QD", PartyKind: Business,
	}
}

func sent(kind Kind, cause string) Sent {
	return Sent{Letter: LetterSent{
		NotificationID: "n-" + cause, Kind: kind, Language: "nl", MessageID: "n-" + cause + "@aanvraag.invalid",
		SHA256: "00ff", TemplateVersion: 1, CauseEventID: cause, SentAt: noon,
	}}
}

func skipped(cause string) Skipped {
	return Skipped{Letter: LetterSkipped{
		NotificationID: "n-" + cause, Kind: Acceptance, Reason: Erased, CauseEventID: cause, SkippedAt: noon,
	}}
}

func chamber() decidertest.Chamber[Letters, Event] {
	return decidertest.Chamber[Letters, Event]{
		Events: Events(),
		Commands: map[string]Command{
			"learn":   Learn{contact()},
			"sent":    sent(Acceptance, "e2"),
			"skip":    skipped("e2"),
			"deliver": delivering("e2"),
			"owe":     owe, "call": Call{CauseEventID: "e2", At: owe.Due}, "complete": Complete{CallTaskID: "n-e2", At: noon},
		},
	}
}

var (
	owe = Owe{Owed: Owed{
		NotificationID: "n-e2", Kind: ForceMajeure, CauseEventID: "e2", Due: noon.Add(15 * time.Minute),
	}, At: noon}
	owed = LetterOwed{Owed: owe.Owed, OwedAt: noon}
)

func undeliverable() Skipped {
	s := skipped("e2")
	s.Letter.Kind, s.Letter.Reason = ForceMajeure, Undeliverable
	return s
}

func opened(reason CallReason, at time.Time) CallTaskOpened {
	return CallTaskOpened{CallTaskID: "n-e2", Kind: ForceMajeure, Reason: reason, CauseEventID: "e2", OpenedAt: at}
}

// Fifteen minutes, to the instant.
func TestF02ALetterThatDidNotLeaveInTimeBecomesACall(t *testing.T) {
	learned := ContactLearned{contact()}
	for at, late := range map[time.Time]bool{owe.Due.Add(-time.Nanosecond): false, owe.Due: true, owe.Due.Add(time.Hour): true} {
		spec := decidertest.Given[Letters, Event](t, learned, owed).When(Call{CauseEventID: "e2", At: at})
		if late {
			spec.Then(opened(CallLate, at))
		} else {
			spec.Then()
		}
	}
	call := Call{CauseEventID: "e2", At: owe.Due}
	decidertest.Given[Letters, Event](t, learned, owed, sent(ForceMajeure, "e2").Letter).When(call).Then()
	decidertest.Given[Letters, Event](t, learned, owed, opened(CallLate, owe.Due)).When(call).Then()
	decidertest.Given[Letters, Event](t, learned).When(call).Then()
}

func TestF02WhomNoMailReachesIsCalledAtOnce(t *testing.T) {
	learned := ContactLearned{contact()}
	u := undeliverable()
	decidertest.Given[Letters, Event](t, learned, owed).When(u).Then(u.Letter, opened(CallUndeliverable, noon))
	decidertest.Given[Letters, Event](t, learned, owed, opened(CallLate, noon)).When(u).Then(u.Letter)
	decidertest.Given[Letters, Event](t, learned).When(u).Then(u.Letter) // an ordinary letter calls nobody
	gone := u
	gone.Letter.Reason = Erased // nobody knows his number any more
	decidertest.Given[Letters, Event](t, learned, owed).When(gone).Then(gone.Letter)
}

func TestF02ACallIsMadeOnce(t *testing.T) {
	done := Complete{CallTaskID: "n-e2", At: noon}
	completed := CallTaskCompleted{CallTaskID: "n-e2", CompletedAt: noon}
	decidertest.Given[Letters, Event](t, owed, opened(CallLate, noon)).When(done).Then(completed)
	decidertest.Given[Letters, Event](t, owed, opened(CallLate, noon), completed).When(done).Rejected("ILLEGAL_STATE", "F-02")
	decidertest.Given[Letters, Event](t, owed).When(done).Rejected("CALL_TASK_UNKNOWN", "F-02")
}

func TestChamberIsPure(t *testing.T)            { decidertest.Chaste(t) }
func TestChamberListsEverything(t *testing.T)   { chamber().Complete(t) }
func TestRecordedNamesNeverChange(t *testing.T) { chamber().Remembered(t) }
func TestStories(t *testing.T)                  { chamber().Stories(t) }

func TestEveryCommandInEveryState(t *testing.T) {
	learned := ContactLearned{contact()}
	chamber().Matrix(t,
		map[string][]Event{
			"(nothing heard)":   nil,
			"learned":           {learned},
			"sent about e2":     {learned, sent(Acceptance, "e2").Letter},
			"skipped about e2":  {learned, skipped("e2").Letter},
			"sent about others": {learned, sent(Acknowledgement, "e1").Letter},
			"owed about e2":     {learned, owed},
			"call open":         {learned, owed, opened(CallLate, owe.Due)},
			"call done":         {learned, owed, opened(CallLate, owe.Due), CallTaskCompleted{"n-e2", noon}},
		},
		map[string]Command{
			"learn": Learn{contact()}, "sent": sent(Acceptance, "e2"), "skip": skipped("e2"),
			"deliver": delivering("e2"),
			"owe":     owe, "call": Call{CauseEventID: "e2", At: owe.Due}, "complete": Complete{CallTaskID: "n-e2", At: noon},
			"undeliverable": undeliverable(),
		})
}

// delivering is a letter with the documents.
func delivering(cause string) Sent {
	c := sent(ConsentConfirmation, cause)
	c.Terms = &TermsDelivered{
		NotificationID: c.Letter.NotificationID, ConsentID: "c1", Channel: "email", Durable: true,
		Documents: []Attachment{{Name: "general-v1-nl.md", SHA256: "aa"}}, Receipt: Attachment{Name: "receipt.jws", SHA256: "bb"},
		DeliveredAt: noon,
	}
	return c
}

func TestO03TheDocumentsAreRecordedWithTheLetterThatTheyWentWith(t *testing.T) {
	c := delivering("e2")
	decidertest.Given[Letters, Event](t, ContactLearned{contact()}).When(c).Then(c.Letter, *c.Terms)
	decidertest.Given[Letters, Event](t, ContactLearned{contact()}, c.Letter, *c.Terms).When(c).Then()
}

func TestTheFirstLetterAndItsContactAreOneAppend(t *testing.T) {
	c := sent(Acknowledgement, "e1")
	c.Learn = &Learn{contact()}
	decidertest.Given[Letters, Event](t).When(c).Then(ContactLearned{contact()}, c.Letter)
}

func TestALaterContactChangesNothing(t *testing.T) {
	other := contact()
	other.Language = "en"
	c := sent(Acknowledgement, "e9")
	c.Learn = &Learn{other}
	decidertest.Given[Letters, Event](t, ContactLearned{contact()}).When(c).Then(c.Letter)
}
