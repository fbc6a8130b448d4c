package notification

import (
	"google.golang.org/protobuf/proto"

	"aanvraag.internal/services/notification/internal/letters"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/service"
)

// Facts is notification as its events tell it. All of them are private.
func Facts() service.Facts {
	codec := command.NewCodec[letters.Letters](letters.Events())
	return service.Facts{Name: Name, Prefixes: prefixes(), Publish: func(r eventstore.Recorded) (proto.Message, error) {
		_, err := codec.Decode(r.Type, r.Data)
		return nil, err
	}}
}

// prefixes of notification's own event streams.
func prefixes() []string { return []string{category + "-"} }
