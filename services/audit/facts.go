package audit

import "aanvraag.internal/services/platform/service"

// Facts is audit as the events of others tell it: it has none of its own.
func Facts() service.Facts { return service.Facts{Name: Name, View: viewConfig} }
