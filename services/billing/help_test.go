package billing_test

import (
	"bytes"
	"testing"

	"github.com/go-json-experiment/json"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	"aanvraag.internal/services/platform/eventstore"
)

// field reads a string member of an event's data.
func field(t *testing.T, r eventstore.Recorded, path ...string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(r.Data, &v); err != nil {
		t.Fatal(err)
	}
	for _, name := range path {
		v = v.(map[string]any)[name]
	}
	s, _ := v.(string)
	return s
}

func contains(data []byte, s string) bool { return bytes.Contains(data, []byte(s)) }

func euro(cents int64) *commonv1.Money { return &commonv1.Money{CurrencyCode: "EUR", Cents: cents} }
