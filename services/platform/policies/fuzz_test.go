package policies_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/policies"
)

// What is in force is read whole or not at all: a member that the reader does not
// know, a number that is none, end in an error, and what is read is the content.
func FuzzContentInForce(f *testing.F) {
	for _, content := range []string{
		`{"cents":10385}`, `{}`, `null`, `[]`, `{"cents":1,"extra":2}`, `{"Cents":1}`, `{"cents":1.5}`, `{"cents":"1"}`,
		`{"cents":9223372036854775808}`, `{"cents":1e2}`, `{"cents":-0}`, ` {"cents": 1}`, `{"cents":1}{}`, ``, strings.Repeat("[", 20_000),
	} {
		f.Add([]byte(content))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		book := policies.New("billing", memory.New(), clock.NewFrozen(nine, nil))
		if err := book.Seed(t.Context(), "tariff", jsontext.Value(content)); err != nil {
			if jsontext.Value(content).IsValid() {
				t.Fatalf("%s is JSON, and refused: %v", content, err)
			}
			return
		}
		var got, want rate
		ref, err := book.At(t.Context(), "tariff", nine, &got)
		strict := json.Unmarshal(content, &want, json.RejectUnknownMembers(true))
		if (err == nil) != (strict == nil) || err == nil && got != want {
			t.Fatalf("%s is read as %+v (%v), not as %+v (%v)", content, got, err, want, strict)
		}
		if bySum, err := book.BySHA256(t.Context(), "tariff", ref.SHA256, &got); err == nil && (bySum != ref || got != want) {
			t.Fatalf("by its hash it is %+v %+v", bySum, got)
		}
	})
}

// Any bytes of a policy stream become the public form of a version, whose content
// agrees with its hash when the stored one did, or an error.
func FuzzPublic(f *testing.F) {
	sum := policy.Sum([]byte(`{"cents":1}`))
	f.Add("policy.published.v1", []byte(`{"ref":{"kind":"tariff","version":1,"sha256":"`+sum+`"},"effectiveFrom":"2000-01-01T00:00:00Z","content":{"cents":1}}`))
	f.Add("policy.adopted.v1", []byte(`{"ref":{"kind":"tariff","version":1,"sha256":"`+sum+`"},"effectiveFrom":"2000-01-01T00:00:00Z","content":{"cents":1}}`))
	f.Add("policy.published.v1", []byte(`{"ref":{"version":9223372036854775807},"effectiveFrom":"0000-01-01T00:00:00Z"}`))
	f.Add("policy.published.v1", []byte(`null`))
	f.Add("policy.published.v1", []byte(`{"content":{"a":1,"a":2}}`))
	f.Add("policy.published.v2", []byte(`{}`))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		m, err := policies.Public(eventstore.Recorded{Type: name, Data: data})
		if err != nil || m == nil {
			return
		}
		p, ok := m.(*commonv1.PolicyPublished)
		if !ok || name != "policy.published.v1" {
			t.Fatalf("%s is told as %T", name, m)
		}
		if content := []byte(p.GetContent()); len(content) > 0 && !bytes.Contains(data, content) {
			t.Fatalf("%s is told with the content %s", data, content)
		}
	})
}
