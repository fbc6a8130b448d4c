package scheduling

import (
	"aanvraag.internal/services/platform/deadlines"
	"aanvraag.internal/services/platform/service"
	"aanvraag.internal/services/platform/views"
)

// Facts is scheduling as its events tell it.
func Facts() service.Facts {
	return service.Facts{Name: Name, Prefixes: prefixes(), Publish: publish, View: newView}
}

// newView is a view of its own, whose deadlines nobody watches.
func newView() *views.Config { return viewConfig(deadlines.NewTable()) }

// prefixes of scheduling's own event streams.
func prefixes() []string {
	return []string{
		"calendar-", "appointment-", "assignment-", "session-", "recording-", "technician-",
		"policy-" + policyCalendar, "policy-" + policyRetention, "policy-" + policyBooking, "policy-" + policyRecording,
		"policy-" + policySessions,
	}
}
