package intake

import "aanvraag.internal/services/platform/service"

// Facts is intake as its events tell it.
func Facts() service.Facts {
	return service.Facts{Name: Name, Prefixes: prefixes(), Publish: publish, View: viewConfig}
}

// prefixes of intake's own event streams.
func prefixes() []string {
	return []string{category + "-", claimCategory + "-", "policy-" + contactPolicy, "policy-" + requestsPolicy}
}
