package eventstore

import (
	"bytes"
	"encoding/hex"
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

// An engine that has no column for the chain hash carries it inside the metadata,
// as the last member of that JSON object.
const (
	chainMember     = `"$chain":"`
	chainMemberSize = len(chainMember) + 2*len(Hash{}) + len(`"}`)
)

// ErrNotObject answers [WithChain] for metadata that is not one JSON object from its
// first byte to its last.
var ErrNotObject = errors.New("metadata is not a JSON object")

// WithChain is metadata with h as its last member: `{"a":1}` becomes
// `{"a":1,"$chain":"<64 hexadecimal digits>"}`. Every other byte stays as it is, so
// [SplitChain] gives the original back exactly, even one that has such a member
// itself. It answers [ErrNotObject] when there is no object to carry it. The given
// bytes are not changed.
func WithChain(metadata []byte, h Hash) ([]byte, error) {
	inside, ok := object(metadata)
	if !ok || !jsontext.Value(metadata).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) {
		return nil, ErrNotObject
	}
	out := make([]byte, 0, len(metadata)+chainMemberSize)
	out = append(out, metadata[:len(metadata)-1]...)
	if !blank(inside) {
		out = append(out, ',')
	}
	out = append(out, chainMember...)
	out = hex.AppendEncode(out, h[:])
	return append(out, `"}`...), nil
}

// SplitChain undoes [WithChain]. It tells ok false for metadata that does not end in
// that member to the letter, and then answers the metadata as it is.
func SplitChain(metadata []byte) (original []byte, h Hash, ok bool) {
	at := len(metadata) - chainMemberSize
	if at < 1 {
		return metadata, Hash{}, false
	}
	before, member := metadata[:at], metadata[at:]
	digits, opened := bytes.CutPrefix(member, []byte(chainMember))
	digits, closed := bytes.CutSuffix(digits, []byte(`"}`))
	if !opened || !closed || before[0] != '{' || !decodeLower(&h, digits) {
		return metadata, Hash{}, false
	}
	before, others := bytes.CutSuffix(before, []byte(`,`))
	if others == blank(before[1:]) {
		return metadata, Hash{}, false
	}
	original = make([]byte, 0, len(before)+1)
	return append(append(original, before...), '}'), h, true
}

// object is what stands between the braces.
func object(metadata []byte) (inside []byte, ok bool) {
	inside, opened := bytes.CutPrefix(metadata, []byte(`{`))
	inside, closed := bytes.CutSuffix(inside, []byte(`}`))
	return inside, opened && closed
}

// blank tells whether there is nothing but the white space of JSON.
func blank(text []byte) bool { return len(bytes.Trim(text, " \t\r\n")) == 0 }

// decodeLower reads a hash as [Hash.String] spells it; capitals are another text.
func decodeLower(h *Hash, digits []byte) bool {
	if _, err := hex.Decode(h[:], digits); err != nil {
		return false
	}
	return !bytes.ContainsAny(digits, "ABCDEF")
}
