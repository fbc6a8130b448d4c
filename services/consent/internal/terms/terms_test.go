package terms

import (
	"testing"
	"time"

	"aanvraag.internal/services/platform/decider/decidertest"
)

const kind = "terms.general"

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func texts(nl string) map[string]string { return map[string]string{"nl": nl, "en": "terms"} }

// A story cannot spell a map without changing the sample that it starts from, so
// each set of texts is a command of its own.
func chamber() decidertest.Chamber[Document, Event] {
	return decidertest.Chamber[Document, Event]{
		Events: Events(),
		Commands: map[string]Command{
			"seed":               Publish{Kind: kind, Texts: texts("voorwaarden"), EffectiveFrom: noon.AddDate(-20, 0, 0), At: noon, Seed: true},
			"publish":            Publish{Kind: kind, Texts: texts("nieuwe voorwaarden"), At: noon},
			"publish-in-english": Publish{Kind: kind, Texts: map[string]string{"en": "terms"}, At: noon},
		},
	}
}

func TestChamberIsPure(t *testing.T)            { decidertest.Chaste(t) }
func TestChamberListsEverything(t *testing.T)   { chamber().Complete(t) }
func TestRecordedNamesNeverChange(t *testing.T) { chamber().Remembered(t) }
func TestStories(t *testing.T)                  { chamber().Stories(t) }

func TestEveryCommandInEveryState(t *testing.T) {
	c := chamber()
	first := published(t, c.Commands["seed"])
	c.Matrix(t, map[string][]Event{
		"(no version)":      nil,
		"one in force":      {first},
		"a second to come":  {first, published(t, Publish{Kind: kind, Texts: texts("straks"), EffectiveFrom: noon.Add(time.Hour), At: noon}, first)},
		"a second in force": {first, published(t, c.Commands["publish"], first)},
	}, c.Commands)
}

func published(t *testing.T, c Command, given ...Event) Event {
	t.Helper()
	return decidertest.Given[Document](t, given...).When(c).Events()[0]
}

func document(t *testing.T) Document {
	t.Helper()
	var d Document
	var given []Event
	for _, c := range []Publish{
		{Kind: kind, Texts: texts("een"), EffectiveFrom: noon.AddDate(-20, 0, 0), At: noon, Seed: true},
		{Kind: kind, Texts: texts("twee"), EffectiveFrom: noon.Add(time.Hour), At: noon},
	} {
		e := published(t, c, given...)
		given, d = append(given, e), e.Evolve(d)
	}
	return d
}

func TestO02AVersionIsInForceFromItsVeryFirstInstant(t *testing.T) {
	d, turn := document(t), noon.Add(time.Hour)
	for at, want := range map[time.Time]int{
		noon.AddDate(-20, 0, 0): 1, turn.Add(-time.Nanosecond): 1, turn: 2, turn.AddDate(50, 0, 0): 2,
	} {
		if v, ok := d.At(at); !ok || v.Version != want {
			t.Errorf("at %s: version %d (%v), want %d", at, v.Version, ok, want)
		}
	}
	if v, ok := d.At(noon.AddDate(-20, 0, 0).Add(-1)); ok {
		t.Errorf("version %d is in force before there was one", v.Version)
	}
}

func TestO01AHashNamesItsVersionForEver(t *testing.T) {
	d := document(t)
	for text, want := range map[string]int{"een": 1, "twee": 2, "terms": 2} {
		if v, ok := d.BySHA256(Sum(text)); !ok || v.Version != want {
			t.Errorf("%q is of version %d (%v), want %d", text, v.Version, ok, want)
		}
	}
	if _, ok := d.BySHA256(Sum("drie")); ok {
		t.Error("an unknown hash names a version")
	}
	// The English text did not change, and belongs to both versions.
	for version, want := range map[int]bool{0: false, 1: true, 2: true, 3: false} {
		if d.Has(version, Sum("terms")) != want {
			t.Errorf("version %d has the English text: %v", version, !want)
		}
	}
	if d.Has(2, Sum("een")) {
		t.Error("version 2 has the Dutch text of version 1")
	}
}

func TestDutchStandsInForALanguageThatIsMissing(t *testing.T) {
	v := Version{Texts: map[string]Text{"nl": {Text: "tekst"}}}
	if text, language := v.In("en"); text.Text != "tekst" || language != "nl" {
		t.Errorf("%q in %q", text.Text, language)
	}
}

func TestO01TheHashIsSHA256OverTheBytesOfTheText(t *testing.T) {
	if Sum("x") != "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881" {
		t.Error(Sum("x"))
	}
}
