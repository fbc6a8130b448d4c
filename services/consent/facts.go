package consent

import (
	"aanvraag.internal/services/consent/internal/agreement"
	"aanvraag.internal/services/platform/service"
)

// Facts is consent as its events tell it.
func Facts() service.Facts {
	return service.Facts{Name: Name, Prefixes: prefixes(), Publish: publish}
}

// prefixes of consent's own event streams.
func prefixes() []string {
	return []string{"consent-", "policy-" + agreement.OnlineSupport, "policy-" + agreement.General, "policy-" + consentPolicy}
}
