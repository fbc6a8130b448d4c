package scheduling

import (
	"strings"
	"testing"

	"aanvraag.internal/services/platform/command/commandtest"
	"aanvraag.internal/services/scheduling/internal/appointment"
	"aanvraag.internal/services/scheduling/internal/assignment"
	"aanvraag.internal/services/scheduling/internal/calendar"
	"aanvraag.internal/services/scheduling/internal/recording"
	"aanvraag.internal/services/scheduling/internal/session"
	"aanvraag.internal/services/scheduling/internal/technician"
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
		commandtest.Stored[appointment.Appointment](told, appointment.Events()),
		commandtest.Stored[assignment.Assignment](told, assignment.Events()),
		commandtest.Stored[calendar.Week](told, calendar.Events()),
		commandtest.Stored[recording.Recording](told, recording.Events()),
		commandtest.Stored[session.Session](told, session.Events()),
		commandtest.Stored[technician.Technician](told, technician.Events()),
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, try := range chambers {
			try(t, data)
		}
	})
}
