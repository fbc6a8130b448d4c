package service

import (
	"google.golang.org/protobuf/proto"

	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/views"
)

// Facts is a service to whoever reads the log without running it: which event
// streams are its own, what it tells others of each event, and which rows follow.
type Facts struct {
	Name     string
	Prefixes []string // of its event streams; none: it owns none
	// Publish is the public form of an own event; nil for a private one. An own
	// event that cannot be read is an error. It is nil when Prefixes is empty.
	Publish func(eventstore.Recorded) (proto.Message, error)
	// View makes the description of its read model, as [Plan] has it; each of them
	// is for one view. It is nil when there is no read model.
	View func() *views.Config
}
