package policy

import (
	"testing"
	"time"

	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/decider/decidertest"
)

func chamber() decidertest.Chamber[Policy, Event] {
	return decidertest.Chamber[Policy, Event]{
		Events:   Events(),
		Commands: map[string]Command{"publish": Publish{Kind: "tariff"}, "adopt": Adopt{}},
	}
}

func TestChamberIsPure(t *testing.T)            { decidertest.Chaste(t) }
func TestChamberListsEverything(t *testing.T)   { chamber().Complete(t) }
func TestRecordedNamesNeverChange(t *testing.T) { chamber().Remembered(t) }
func TestStories(t *testing.T)                  { chamber().Stories(t) }

func TestP02TheVersionInForceAtAnInstant(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2026, 11, 23, hour, 0, 0, 0, time.UTC) }
	p := decider.Fold(Policy{},
		Event(Published{Version{Ref: Ref{Version: 1, SHA256: "a"}, EffectiveFrom: at(8)}}),
		Event(Published{Version{Ref: Ref{Version: 2, SHA256: "b"}, EffectiveFrom: at(17)}}))
	for instant, want := range map[time.Time]int{at(8): 1, at(17).Add(-1): 1, at(17): 2, at(18): 2} {
		if v, ok := p.At(instant); !ok || v.Ref.Version != want {
			t.Errorf("at %s: version %d, want %d", instant, v.Ref.Version, want)
		}
	}
	if _, ok := p.At(at(7)); ok {
		t.Error("before the first version nothing is in force")
	}
	if v, ok := p.BySHA256("a"); !ok || v.Ref.Version != 1 {
		t.Errorf("by content: %+v, %v", v, ok)
	}
}
