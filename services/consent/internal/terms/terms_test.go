package terms

import (
	"reflect"
	"testing"
	"time"

	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/decider/decidertest"
)

const kind = "terms.general"

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func texts(nl string) map[string]string { return map[string]string{"nl": nl, "en": "terms"} }

// A story cannot spell a map without changing the sample that it starts from, so
// each set of texts is a command of its own.
func chamber() decidertest.Chamber[policy.Policy, policy.Event] {
	return decidertest.Chamber[policy.Policy, policy.Event]{
		Events: policy.Events(),
		Commands: map[string]policy.Command{
			"seed":               Publish{Kind: kind, Texts: texts("voorwaarden"), EffectiveFrom: noon.AddDate(-20, 0, 0), At: noon, Seed: true},
			"publish":            Publish{Kind: kind, Texts: texts("nieuwe voorwaarden"), At: noon},
			"publish-in-english": Publish{Kind: kind, Texts: map[string]string{"en": "terms"}, At: noon},
		},
	}
}

func TestChamberIsPure(t *testing.T)          { decidertest.Chaste(t) }
func TestChamberListsEverything(t *testing.T) { chamber().Complete(t) }
func TestStories(t *testing.T)                { chamber().Stories(t) }

func TestEveryCommandInEveryState(t *testing.T) {
	c := chamber()
	first := published(t, c.Commands["seed"])
	c.Matrix(t, map[string][]policy.Event{
		"(no version)":      nil,
		"one in force":      {first},
		"a second to come":  {first, published(t, Publish{Kind: kind, Texts: texts("straks"), EffectiveFrom: noon.Add(time.Hour), At: noon}, first)},
		"a second in force": {first, published(t, c.Commands["publish"], first)},
	}, c.Commands)
}

func published(t *testing.T, c policy.Command, given ...policy.Event) policy.Event {
	t.Helper()
	return decidertest.Given[policy.Policy](t, given...).When(c).Events()[0]
}

// The events are those of every policy; what is the documents' own is the content.
func TestRecordedContentIsReadForEver(t *testing.T) {
	recorded := `{"texts":{"en":{"sha256":"e1","text":"# Terms"},"nl":{"sha256":"d1","text":"# Voorwaarden"}}}`
	v := policy.Version{Ref: policy.Ref{Kind: kind, Version: 3, SHA256: "c1"}, EffectiveFrom: noon, Content: []byte(recorded)}
	got, err := Read(v)
	want := Version{Ref: v.Ref, EffectiveFrom: noon, Content: Content{Texts: map[string]Text{
		"en": {SHA256: "e1", Text: "# Terms"}, "nl": {SHA256: "d1", Text: "# Voorwaarden"},
	}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v (%v), want %+v", got, err, want)
	}
	v.Content = []byte(`{"texts":{},"unheardOf":1}`)
	if _, err := Read(v); err == nil {
		t.Error("a member that nobody knows is skipped")
	}
}

func TestO01AHashNamesTheVersionsThatHaveItsText(t *testing.T) {
	one := published(t, Publish{Kind: kind, Texts: texts("een"), EffectiveFrom: noon.AddDate(-20, 0, 0), At: noon, Seed: true})
	two := published(t, Publish{Kind: kind, Texts: texts("twee"), At: noon}, one)
	p := decider.Fold(policy.Policy{}, one, two)
	// The English text did not change, and belongs to both versions.
	for text, want := range map[string][]bool{
		"een": {true, false}, "twee": {false, true}, "terms": {true, true}, "drie": {false, false},
	} {
		for version := range want {
			read, err := Read(p.Versions[version])
			if has := read.Has(Sum(text)); err != nil || has != want[version] {
				t.Errorf("version %d has %q: %v (%v)", version+1, text, has, err)
			}
			if read.Has("") {
				t.Errorf("version %d has what was not named", version+1)
			}
		}
	}
}

func TestDutchStandsInForALanguageThatIsMissing(t *testing.T) {
	c := Content{Texts: map[string]Text{"nl": {Text: "tekst"}}}
	if text, language := c.In("en"); text.Text != "tekst" || language != "nl" {
		t.Errorf("%q in %q", text.Text, language)
	}
}

func TestO01TheHashIsSHA256OverTheBytesOfTheText(t *testing.T) {
	if Sum("x") != "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881" {
		t.Error(Sum("x"))
	}
}
