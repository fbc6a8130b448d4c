package series

import (
	"testing"

	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/decider/decidertest"
)

func chamber() decidertest.Chamber[Series, Event] {
	return decidertest.Chamber[Series, Event]{Events: Events(), Commands: map[string]Command{"assign": Assign{}}}
}

func TestChamberIsPure(t *testing.T)            { decidertest.Chaste(t) }
func TestChamberListsEverything(t *testing.T)   { chamber().Complete(t) }
func TestRecordedNamesNeverChange(t *testing.T) { chamber().Remembered(t) }
func TestStories(t *testing.T)                  { chamber().Stories(t) }

func TestGrowIsEvolve(t *testing.T) {
	events := []Event{
		NumbersAssigned{First: 1, InvoiceIDs: []string{"a", "b"}, Date: "2026-11-23"},
		NumbersAssigned{First: 3, InvoiceIDs: []string{"c"}, Date: "2026-11-24"},
	}
	var grown Series
	for _, e := range events {
		grown = Grow(grown, e)
	}
	folded := decider.Fold(Series{}, events...)
	if grown.Last != folded.Last || grown.LastDate != folded.LastDate || len(grown.Entries) != len(folded.Entries) ||
		grown.Entries["c"] != folded.Entries["c"] {
		t.Fatalf("grown %+v, folded %+v", grown, folded)
	}
}

// An invoice that is asked for twice at the same moment, as when an event is
// delivered again, gets one number, and no number is left without an invoice.
func TestB08AnInvoiceNamedTwiceGetsOneNumber(t *testing.T) {
	decidertest.Given[Series, Event](t, NumbersAssigned{First: 1, InvoiceIDs: []string{"a"}, Date: "2026-11-23"}).
		When(Assign{InvoiceIDs: []string{"b", "a", "b", "c"}, Today: "2026-11-24"}).
		Then(NumbersAssigned{First: 2, InvoiceIDs: []string{"b", "c"}, Date: "2026-11-24"})
}
