package request

import (
	"slices"
	"testing"
	"time"

	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/decider/decidertest"
)

// No wish leads out of the suspension but what was agreed with the customer, or that
// he is no longer bound: a withdrawal is his right by law, and an agreement that
// he took back before the work is gone (O-09).
func TestF03NothingButAnAgreementLeadsOutOfTheSuspension(t *testing.T) {
	for name, history := range histories() {
		before := decider.Fold(Request{}, history...)
		if before.State != StateSuspended {
			continue
		}
		for wish, cmd := range commands() {
			events, err := cmd.Decide(before)
			after := decider.Fold(before, events...)
			switch {
			case wish == "go-on":
				if err != nil || after.State == StateSuspended {
					t.Errorf("%s: %s leads to %s (%v)", name, wish, after.State, err)
				}
			case wish == "withdraw", wish == "take-back", wish == "end-work" && before.Withdrawn != "":
				if s := after.State; err != nil || s != StateCancelled && s != StateClosed && s != StateSuspended {
					t.Errorf("%s: %s leads to %s (%v)", name, wish, s, err)
				}
			case after.State != StateSuspended:
				t.Errorf("%s: %s leads to %s", name, wish, after.State)
			}
			if wish == "close" || wish == "cancel" || wish == "refuse" {
				decidertest.Given[Request, Event](t, history...).When(cmd).Rejected("CONSULT_FIRST", "F-03")
			}
		}
	}
}

// News of sessions may come before or after what it has to do with; where the
// request stands in the end does not depend on it.
func TestF03WhereARequestGoesOnFollowsFromWhatIsKnown(t *testing.T) {
	base := []Event{
		submitted(Business),
		ConsentAttached{Consent: agreement, AttachedAt: now},
		Accepted{AcceptedAt: now, PartyKind: Business, Consent: agreement},
	}
	agreed := func(h Handling) Event { return HandlingAgreed{Number: 1, Handling: h, AgreedAt: now} }
	begun := []Event{
		Scheduled{AppointmentID: appointment, ScheduledAt: now},
		WorkStarted{SessionID: session, AppointmentID: appointment, StartedAt: now},
	}
	off := Unscheduled{AppointmentID: appointment, UnscheduledAt: now}
	halted, over := WorkPaused{SessionID: session, PausedAt: now}, WorkEnded{Worked: measured, Notes: 1}
	for _, c := range []struct {
		name string
		more []Event
		want State
	}{
		{"before start, moved", []Event{begun[0], suspended, off, agreed(HandlingReschedule)}, StateAccepted},
		{"before start, the news of the appointment last", []Event{begun[0], suspended, agreed(HandlingReschedule), off}, StateAccepted},
		{"resumed", append(begun[:2:2], suspended, halted, agreed(HandlingResume)), StatePaused},
		{"resumed, the pause last", append(begun[:2:2], suspended, agreed(HandlingResume), halted), StatePaused},
		{"rescheduled", append(begun[:2:2], suspended, halted, over, agreed(HandlingReschedule)), StatePaused},
		{"rescheduled, the end last", append(begun[:2:2], suspended, halted, agreed(HandlingReschedule), over), StatePaused},
		{"rescheduled and booked", append(begun[:2:2], suspended, over, agreed(HandlingReschedule), next), StateScheduled},
	} {
		r := decider.Fold(Request{}, append(base[:3:3], c.more...)...)
		if r.State != c.want {
			t.Errorf("%s: %s, want %s", c.name, r.State, c.want)
		}
	}
}

func TestF04ClosingTellsThatTheWorkEndedByForceMajeure(t *testing.T) {
	wish := commands()["close"]
	for handling, want := range map[Handling]bool{HandlingEnd: true, HandlingReschedule: false, HandlingResume: false} {
		history := histories()["10 IN_PROGRESS, session ended (business)"]
		history = append(history, suspended, HandlingAgreed{Number: 1, Handling: handling, AgreedAt: now})
		closed := decidertest.Given[Request, Event](t, history...).When(wish).Events()[0].(Closed)
		if closed.EndedByForceMajeure != want {
			t.Errorf("%s: %t", handling, closed.EndedByForceMajeure)
		}
	}
}

func TestT12CorrectedSecondsAreBilledUntilTheRequestIsClosed(t *testing.T) {
	correct := CorrectWork{WorkCorrected{
		SessionID: session, Number: 1, WorkedSeconds: 240, RegularSeconds: 180, OutsideSeconds: 60, CorrectedAt: now.Add(time.Hour),
	}}
	ended := histories()["10 IN_PROGRESS, session ended (business)"]
	events := decidertest.Given[Request, Event](t, ended...).When(correct).Then(correct.WorkCorrected).Events()
	closed := decidertest.Given[Request, Event](t, append(ended, events...)...).When(commands()["close"]).Events()[0].(Closed)
	if w := closed.Sessions[0]; w.WorkedSeconds != 240 || w.RegularSeconds != 180 || w.OutsideSeconds != 60 || !w.EndedAt.Equal(measured.EndedAt) {
		t.Fatalf("closed with %+v", w)
	}
	decidertest.Given[Request, Event](t, append(ended, events...)...).When(correct).Then()
	decidertest.Given[Request, Event](t, histories()["16 CLOSED (business)"]...).When(correct).Then()
}

func TestE02EachIntervalNeedsANote(t *testing.T) {
	running := histories()["08 IN_PROGRESS (business)"]
	ended := WorkEnded{Worked: measured, Notes: 1, Unnoted: 1}
	closing := commands()["close"]
	decidertest.Given[Request, Event](t, append(slices.Clip(running), ended)...).
		When(closing).Rejected("EFFORT_NOTE_REQUIRED", "E-02")
	noted := WorkNoted{SessionID: session, Notes: 2, NotedAt: now}
	decidertest.Given[Request, Event](t, append(slices.Clip(running), ended, noted)...).When(closing).Events()
}

// force majeure keeps no consumer in his contract. What he withdrew from stays
// over, also when the agreement about going on comes behind it.
func TestX05AConsumerWithdrawsFromSuspendedWork(t *testing.T) {
	all := histories()
	late := GoOn{Number: 1, Handling: HandlingResume, At: now}
	for name, wish := range map[string]Command{
		"22 SUSPENDED (consumer)": Withdraw{At: now}, "23 SUSPENDED, appointment stands (consumer)": TakeBack{At: now},
	} {
		decidertest.Given[Request, Event](t, all[name]...).When(wish).Then(Cancelled{CancelledAt: now})
		decidertest.Given[Request, Event](t, append(all[name], Cancelled{CancelledAt: now})...).When(late).Then()
	}
	ended := all["28 SUSPENDED, session ended (consumer)"]
	events := decidertest.Given[Request, Event](t, ended...).When(Withdraw{StartRequested: true, At: now}).Events()
	if after := decider.Fold(Request{}, append(ended, events...)...); after.State != StateClosed || after.Withdrawn != Proportional {
		t.Fatalf("ended: %s, %s", after.State, after.Withdrawn)
	}
	decidertest.Given[Request, Event](t, append(ended, events...)...).When(late).Then()
	open := slices.Concat(all["26 SUSPENDED, session paused (consumer)"], []Event{ContractWithdrawn{Owed: Nothing, WithdrawnAt: now}})
	events = decidertest.Given[Request, Event](t, open...).When(EndWork{Worked: measured}).Events()
	if after := decider.Fold(Request{}, append(open, events...)...); after.State != StateClosed || after.Withdrawn != Nothing {
		t.Fatalf("its session ends behind it: %s, %s", after.State, after.Withdrawn)
	}
}
