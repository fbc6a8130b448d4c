package intake

import (
	"aanvraag.internal/services/platform/deadlines"
	"aanvraag.internal/services/platform/service"
	"aanvraag.internal/services/platform/views"
)

// Facts is intake as its events tell it.
func Facts() service.Facts {
	view := func() *views.Config { return viewConfig(deadlines.NewTable()) }
	return service.Facts{Name: Name, Prefixes: prefixes(), Publish: publish, View: view}
}

// prefixes of intake's own event streams.
func prefixes() []string {
	return []string{
		category + "-", contactCategory + "-", mailCategory + "-", tallies + "-",
		"policy-" + contactPolicy, "policy-" + draftPolicy, "policy-" + limitsPolicy,
	}
}
