package legal

import (
	"google.golang.org/protobuf/proto"

	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/legal/internal/referral"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/service"
)

// Facts is legal as its events tell it.
func Facts() service.Facts {
	return service.Facts{Name: Name, Prefixes: prefixes(), Publish: nothing, View: viewConfig}
}

// prefixes of legal's own event streams.
func prefixes() []string { return []string{sealed.LegalStreams} }

var codec = command.NewCodec[referral.Referral](referral.Events())

// nothing is the public form of every event here (D-05). The service has no relay at
// all; this reads for whoever looks at the whole log.
func nothing(r eventstore.Recorded) (proto.Message, error) {
	_, err := codec.Decode(r.Type, r.Data)
	return nil, err
}
