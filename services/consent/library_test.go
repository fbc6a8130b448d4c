package consent

import (
	"testing"

	"aanvraag.internal/services/kernel/policy"
)

// A customer who names a version by a number that nobody gave, or with the text of
// another, has not read what is in force (O-01).
func TestO01AVersionIsNamedByItsNumberAndAHashOfItsText(t *testing.T) {
	p := policy.Policy{Versions: []policy.Version{
		{Ref: policy.Ref{Kind: "k", Version: 1, SHA256: "one"}, Content: []byte(`{"texts":{"nl":{"sha256":"een","text":"…"}}}`)},
		{Ref: policy.Ref{Kind: "k", Version: 2, SHA256: "two"}, Content: []byte(`{"texts":{"nl":{"sha256":"twee","text":"…"}}}`)},
	}}
	l := newLibrary()
	for range 2 { // read, then remembered
		for text, want := range map[string][]bool{"een": {false, true, false, false}, "twee": {false, false, true, false}} {
			for version := range want {
				if has, err := l.has(p, version, text); err != nil || has != want[version] {
					t.Errorf("version %d has %q: %v (%v)", version, text, has, err)
				}
			}
		}
	}
	p.Versions[1].Ref.SHA256, p.Versions[1].Content = "three", []byte(`{"texts":`)
	if _, err := l.has(p, 2, "twee"); err == nil {
		t.Error("a damaged version is taken for another's")
	}
}
