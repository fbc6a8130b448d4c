package inbox

import (
	"encoding/binary"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore"
)

// Inbound is a public event on its way to becoming commands.
type Inbound struct {
	bus.Envelope
	Message proto.Message
	Handler string // the service that handles it
}

// commandSpace is the UUIDv5 name space of command ids.
var commandSpace = uuid.MustParse("2f0c8f8e-5a0e-5c55-8a5f-0d1d6c1b7e42")

// Command is the envelope of the command with an index among those that the
// handling service derives from this event. Its id follows from the event, the
// service and the index alone (R2), so the target stream recognises a repeat. An
// index once given to a command stays its own for ever.
func (in Inbound) Command(index int, decidedAt time.Time) command.Envelope {
	name := make([]byte, 0, len(in.ID)+8+len(in.Handler))
	name = append(name, in.ID[:]...)
	name = binary.BigEndian.AppendUint64(name, uint64(index))
	name = append(name, in.Handler...)
	return command.Envelope{
		CommandID:   uuid.NewSHA1(commandSpace, name),
		Correlation: in.Correlation,
		Causation:   in.ID,
		Actor:       eventstore.Actor{Kind: "service", ID: in.Handler, Authentication: "in-process"},
		DecidedAt:   decidedAt,
		Source:      &eventstore.Source{Handler: in.Handler, Stream: in.Stream, Revision: in.Revision},
	}
}
