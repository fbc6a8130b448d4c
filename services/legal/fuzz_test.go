package legal

import (
	"strings"
	"testing"

	"aanvraag.internal/services/legal/internal/referral"
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
		`null`, `{}`, `[]`, `{"`, "{\"raisedBy\":\"\xff\"}", `{"raisedBy":"\ud800"}`, `{"raisedAt":"9999-12-31T23:59:59-23:59"}`,
		strings.Repeat(`{"matter":`, 20_000),
	} {
		f.Add([]byte(hostile))
	}
	try := commandtest.Stored[referral.Referral](told, referral.Events())
	f.Fuzz(func(t *testing.T, data []byte) { try(t, data) })
}
