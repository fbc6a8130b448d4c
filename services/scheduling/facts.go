package scheduling

import "aanvraag.internal/services/platform/service"

// Facts is scheduling as its events tell it.
func Facts() service.Facts {
	return service.Facts{Name: Name, Prefixes: prefixes(), Publish: publish, View: appointmentsView}
}

// prefixes of scheduling's own event streams.
func prefixes() []string {
	return []string{
		"calendar-", "appointment-", "assignment-", "session-", "recording-", "technician-",
		"policy-" + policyCalendar, "policy-" + policyRetention,
		"policy-" + policySessions,
	}
}
