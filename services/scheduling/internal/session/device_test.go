package session_test

import (
	"testing"

	. "aanvraag.internal/services/scheduling/internal/session"
)

// A device is named before it is touched; a note about one that was not is flagged,
// and stays flagged when it is named afterwards.
func TestD02ANoteAboutADeviceThatWasNotNamedIsFlagged(t *testing.T) {
	named := DeviceInScope{SessionID: "s1", SupportRequestID: "r1", DeviceID: "pc-1", AddedAt: at(5)}
	given(t, started).When(AddDevice{DeviceID: "pc-1", At: at(5)}).Then(named)
	given(t, started, named).When(AddDevice{DeviceID: "pc-1", At: at(9)}).Then()
	given(t, started, ended(60)).When(AddDevice{DeviceID: "pc-2", At: at(90)}).Rejected("ILLEGAL_STATE", "T-02")
	for device, flagged := range map[string]bool{"": false, "pc-1": false, "pc-2": true} {
		note := Note{Note: text, DeviceID: device, At: at(10)}
		if n := given(t, started, named).When(note).Events()[0].(WorkNoted); n.UnnamedDevice != flagged || n.DeviceID != device {
			t.Errorf("about %q: %+v", device, n)
		}
	}
}
