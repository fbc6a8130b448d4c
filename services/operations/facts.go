package operations

import (
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/parking"
	"aanvraag.internal/services/platform/service"
)

// Facts is operations as the events of listeners tell it: it owns no stream.
func Facts() service.Facts {
	s := &Service{lot: parking.New(nil, clock.System{})} // to read events: no command is given
	return service.Facts{Name: Name, View: s.viewConfig}
}
