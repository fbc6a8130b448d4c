package billing

import "aanvraag.internal/services/platform/service"

// Facts is billing as its events tell it.
func Facts() service.Facts {
	return service.Facts{Name: Name, Prefixes: prefixes(), Publish: publish, View: viewConfig}
}

// prefixes of billing's own event streams.
func prefixes() []string {
	return []string{
		"invoice-", "payment-", "series-", "clearance-",
		"policy-" + tariffPolicy, "policy-" + taxPolicy, "policy-" + invoicingPolicy, "policy-" + reliefPolicy,
	}
}
