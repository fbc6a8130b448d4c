package consent

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	"aanvraag.internal/services/consent/internal/agreement"
	"aanvraag.internal/services/consent/internal/terms"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/command/commandtest"
)

// Whatever stands in the log under a recorded name, reading it ends in an event
// or an error. An event that was read is written and read the same from then on,
// and leaves the states before it as they were.
func FuzzStoredEvents(f *testing.F) {
	told := commandtest.Stories(f)
	for _, s := range told {
		f.Add([]byte(s.Data))
	}
	for _, hostile := range []string{
		`null`, `{}`, `[]`, `{"`, "{\"reference\":\"\xff\"}", `{"language":"\ud800"}`, `{"at":"9999-12-31T23:59:59-23:59"}`,
		`{"seconds":1e400}`, `{"intervals":[{},{}],"intervals":[]}`, strings.Repeat(`{"party":`, 20_000),
	} {
		f.Add([]byte(hostile))
	}
	chambers := []func(*testing.T, []byte){
		commandtest.Stored[agreement.Consent](told, agreement.Events()),
		commandtest.Stored[policy.Policy](told, policy.Events()),
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, try := range chambers {
			try(t, data)
		}
	})
}

// Any content of a document's policy is read whole or refused. What is read has a
// text to show wherever it has Dutch, and tells others its hashes and no text.
func FuzzTermsContent(f *testing.F) {
	whole := `{"texts":{"nl":{"sha256":"` + terms.Sum("voorwaarden") + `","text":"voorwaarden"},"en":{"sha256":"` + terms.Sum("terms") + `","text":"terms"}}}`
	for _, content := range []string{
		whole, `{}`, `null`, `[]`, `{"texts":null}`, `{"texts":{"nl":{}}}`, `{"texts":{"nl":null}}`, `{"texts":{"":{"text":"a"}}}`, `{"texts":{"nl":{"html":"a"}}}`,
		`{"texts":{"nl":{},"nl":{}}}`, `{"Texts":{}}`, "{\"texts\":{\"\xff\":{}}}", whole + whole, whole[:20], ``,
	} {
		f.Add([]byte(content), "en")
	}
	f.Fuzz(func(t *testing.T, content []byte, language string) {
		version := policy.Version{Ref: policy.Ref{Kind: "terms.general", Version: 1, SHA256: policy.Sum(content)}, Content: content}
		v, err := terms.Read(version)
		if err != nil {
			if len(v.Texts) > 0 {
				t.Fatalf("%s is refused and read as %+v", content, v)
			}
			return
		}
		text, in := v.In(language)
		if _, has := v.Texts[language]; has && in != language || !has && in != terms.Dutch {
			t.Fatalf("%s in %q is in %q", content, language, in)
		}
		if _, has := v.Texts[in]; has && !v.Has(text.SHA256) {
			t.Fatalf("%s does not have its own text %s", content, text.SHA256)
		}
		told, err := publicTerms(policy.Published{Version: version})
		if err != nil {
			t.Fatalf("%s cannot be told: %v", content, err)
		}
		sums := told.(*consentv1.TermsPublished).GetSha256ByLanguage()
		if len(sums) != len(v.Texts) {
			t.Fatalf("%s is told as %v", content, told)
		}
		for language, text := range v.Texts {
			if sums[language] != text.SHA256 {
				t.Fatalf("%s is told as %v", content, told)
			}
		}
	})
}

// A document is published as it was written, in every language, or refused (O-01).
func FuzzPublishedTerms(f *testing.F) {
	f.Add("voorwaarden", "terms")
	f.Add("# Voorwaarden\r\n\u2028<b>é</b>\x00", "")
	f.Add("\xff", "terms")
	f.Add("", "terms")
	at := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, dutch, english string) {
		wish := terms.Publish{Kind: "terms.general", Texts: map[string]string{"nl": dutch, "en": english}, At: at}
		events, err := wish.Decide(policy.Policy{})
		if err != nil {
			if dutch != "" && utf8.ValidString(dutch) && utf8.ValidString(english) {
				t.Fatalf("%q and %q are refused: %v", dutch, english, err)
			}
			return
		}
		codec := command.NewCodec[policy.Policy](policy.Events())
		data, err := codec.Encode(events[0])
		if err != nil {
			t.Fatal(err)
		}
		back, err := codec.Decode(events[0].EventType(), data)
		if err != nil {
			t.Fatal(err)
		}
		v := back.Evolve(policy.Policy{}).Versions[0]
		read, err := terms.Read(v)
		if err != nil || policy.Sum(v.Content) != v.Ref.SHA256 {
			t.Fatalf("%s does not agree with its hash (%v)", data, err)
		}
		for language, want := range wish.Texts {
			if got, in := read.In(language); in != language || got.Text != want || got.SHA256 != terms.Sum(want) {
				t.Fatalf("%q became %+v", want, got)
			}
		}
	})
}
