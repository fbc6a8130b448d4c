package policy

import (
	"bytes"
	"testing"
	"time"

	"aanvraag.internal/services/platform/command"
)

// A version that was adopted is, to the byte, the one that its hash names (P2);
// what cannot be stored like that is refused.
func FuzzAdoptedContent(f *testing.F) {
	for _, content := range []string{
		`{"hourlyRateCents":10385,"incrementSeconds":60}`, `{}`, `null`, `"é €"`, `[1,2.50,1e2,-0]`,
		`{ "basisPoints" : 2100 }`, "{}\n", `{"text":"\u00e9\/"}`, `{"a":1,"a":2}`, `{"a":`, ``, "\"\xff\"", `{}{}`, `"\u2028"`,
	} {
		f.Add([]byte(content), Sum([]byte(content)))
	}
	f.Add([]byte(`{}`), "00")
	codec := command.NewCodec[Policy](Events())
	from := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, content []byte, sum string) {
		for _, named := range []string{sum, Sum(content)} {
			adopt := Adopt{Version{Ref: Ref{Kind: "tariff", Version: 1, SHA256: named}, EffectiveFrom: from, Content: content}}
			events, err := adopt.Decide(Policy{})
			if err != nil {
				continue
			}
			if named != Sum(content) {
				t.Fatalf("%q was adopted as %s", content, named)
			}
			data, err := codec.Encode(events[0])
			if err != nil {
				t.Fatalf("%q was adopted and cannot be stored: %v", content, err)
			}
			back, err := codec.Decode(events[0].EventType(), data)
			if err != nil {
				t.Fatalf("%q was stored as %s, which cannot be read: %v", content, data, err)
			}
			p := back.Evolve(Policy{})
			v, ok := p.BySHA256(named)
			if !ok || !bytes.Equal(v.Content, content) {
				t.Fatalf("%q was adopted as %+v", content, p)
			}
			if again, err := adopt.Decide(p); err != nil || len(again) != 0 {
				t.Fatalf("a second adoption: %v, %v", again, err)
			}
		}
	})
}
