package notification

import (
	"google.golang.org/protobuf/proto"

	"aanvraag.internal/services/notification/internal/letters"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/deadlines"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/service"
	"aanvraag.internal/services/platform/views"
)

// Facts is notification as its events tell it. All of them are private.
func Facts() service.Facts {
	codec := command.NewCodec[letters.Letters](letters.Events())
	return service.Facts{Name: Name, Prefixes: prefixes(), Publish: func(r eventstore.Recorded) (proto.Message, error) {
		if r.Stream == "policy-"+policyNotice {
			_, err := policies.Public(r) // nobody else works by it
			return nil, err
		}
		_, err := codec.Decode(r.Type, r.Data)
		return nil, err
	}, View: func() *views.Config { return viewConfig(deadlines.NewTable()) }}
}

// prefixes of notification's own event streams.
func prefixes() []string { return []string{category + "-", "policy-" + policyNotice} }
