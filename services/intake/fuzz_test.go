package intake

import (
	"strings"
	"testing"

	"aanvraag.internal/services/intake/internal/mail"
	"aanvraag.internal/services/intake/internal/reception"
	"aanvraag.internal/services/intake/internal/request"
	"aanvraag.internal/services/intake/internal/tally"
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
		commandtest.Stored[request.Request](told, request.Events()),
		commandtest.Stored[tally.Tally](told, tally.Events()),
		commandtest.Stored[reception.Contact](told, reception.Events()),
		commandtest.Stored[mail.Mail](told, mail.Events()),
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, try := range chambers {
			try(t, data)
		}
	})
}
