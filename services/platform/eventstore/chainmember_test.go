package eventstore_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"aanvraag.internal/services/platform/eventstore"
)

var someHash = eventstore.Hash{0: 0xab, 7: 0x01, 31: 0xff}

const someDigits = "ab000000000000010000000000000000000000000000000000000000000000ff"

func TestTheChainHashIsTheLastMemberOfTheMetadata(t *testing.T) {
	member := `"$chain":"` + someDigits + `"`
	for original, want := range map[string]string{
		`{}`:                      `{` + member + `}`,
		`{"a":1}`:                 `{"a":1,` + member + `}`,
		"{ \n}":                   "{ \n" + member + `}`,
		"{\"a\": 1 \t}":           "{\"a\": 1 \t," + member + `}`,
		`{"a":"}{,"}`:             `{"a":"}{,",` + member + `}`,
		`{"a":1,"a":2}`:           `{"a":1,"a":2,` + member + `}`,
		`{"a":"` + "\xff" + `"}`:  `{"a":"` + "\xff" + `",` + member + `}`,
		`{` + member + `}`:        `{` + member + `,` + member + `}`,
		`{"a":1,` + member + `}`:  `{"a":1,` + member + `,` + member + `}`,
		`{"$chain":"not a hash"}`: `{"$chain":"not a hash",` + member + `}`,
	} {
		got, err := eventstore.WithChain([]byte(original), someHash)
		if err != nil || string(got) != want {
			t.Errorf("%q becomes %q (%v), not %q", original, got, err, want)
		}
		back, h, ok := eventstore.SplitChain(got)
		if !ok || h != someHash || string(back) != original {
			t.Errorf("%q comes back as %q with %v (%v)", original, back, h, ok)
		}
	}
}

func TestWhatIsNoObjectCarriesNoChainHash(t *testing.T) {
	for _, metadata := range []string{
		``, `null`, `1`, `"{}"`, `[{}]`, `{`, `}`, `{}}`, ` {}`, "{}\n", `{"a"}`, `{"a":1,}`, `{,}`, "\x00", `{}{}`,
	} {
		if got, err := eventstore.WithChain([]byte(metadata), someHash); !errors.Is(err, eventstore.ErrNotObject) {
			t.Errorf("%q becomes %q (%v)", metadata, got, err)
		}
	}
}

func TestMetadataWithoutTheMemberToTheLetterIsLeftAsItIs(t *testing.T) {
	member := `"$chain":"` + someDigits + `"`
	for _, metadata := range []string{
		``, `{}`, `{"a":1}`, member + `}`, `,` + member + `}`,
		`{` + member + ` }`, `{` + member + "}\n", `{` + member, // not at the very end
		`{` + member + `,"a":1}`,                                           // not the last one
		`{,` + member + `}`, `{"a":1` + member + `}`, `{ ,` + member + `}`, // no such object
		`{"$chain": "` + someDigits + `"}`,                                        // another spelling
		`{"$chain":"` + strings.ToUpper(someDigits) + `"}`,                        // of the digits too
		`{"$chain":"` + someDigits[1:] + `"}`, `{"$chain":"` + someDigits + `0"}`, // another length
		`{"$chain":"x` + someDigits[1:] + `"}`,
	} {
		got, h, ok := eventstore.SplitChain([]byte(metadata))
		if ok || h != (eventstore.Hash{}) || string(got) != metadata {
			t.Errorf("%q is split into %q and %v", metadata, got, h)
		}
	}
}

func TestSplittingKeepsTheGivenBytes(t *testing.T) {
	given := []byte(`{"a":1}`)
	chained, err := eventstore.WithChain(given, someHash)
	if err != nil {
		t.Fatal(err)
	}
	kept := bytes.Clone(chained)
	original, _, _ := eventstore.SplitChain(chained)
	if string(original) != `{"a":1}` || string(given) != `{"a":1}` || !bytes.Equal(chained, kept) {
		t.Errorf("the bytes became %q, %q and %q", given, chained, original)
	}
}

func TestWhateverCarriesTheMemberGivesItsBytesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.StringOf(rapid.SampledFrom([]rune(` ,{}":a1$`))).Draw(t, "inside")
		h := eventstore.Hash(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "hash"))
		metadata := []byte("{" + body + "}")
		chained, err := eventstore.WithChain(metadata, h)
		if err != nil {
			return
		}
		if back, got, ok := eventstore.SplitChain(chained); !ok || got != h || !bytes.Equal(back, metadata) {
			t.Fatalf("%q comes back as %q with %v (%v)", metadata, back, got, ok)
		}
	})
}

func FuzzSplitChain(f *testing.F) {
	f.Add([]byte(`{"a":1,"$chain":"` + someDigits + `"}`))
	f.Add([]byte(`{"$chain":"` + someDigits + `"}`))
	f.Add([]byte(`{,"$chain":"` + someDigits + `"}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, metadata []byte) {
		original, h, ok := eventstore.SplitChain(metadata)
		if !ok {
			return
		}
		again, err := eventstore.WithChain(original, h)
		if err == nil && !bytes.Equal(again, metadata) {
			t.Errorf("%q is split into %q and %v, which make %q", metadata, original, h, again)
		}
	})
}
