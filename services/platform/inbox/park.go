package inbox

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/parking"
)

// errParked answers an event that was parked just now.
var errParked = errors.New("parked")

// try handles an event. When it fails for the last time that is allowed, try parks
// it and answers errParked.
func (i *Inbox) try(ctx context.Context, e bus.Envelope) error {
	s := source{e.Service, e.Stream}
	err := i.handle(ctx, e)
	switch {
	case err == nil:
		i.tries.forget(s)
		return nil
	case ctx.Err() != nil, away(err):
		return err
	}
	n := i.tries.add(s, e.ID)
	if n < i.cfg.Tries && !errors.Is(err, errUnknown) {
		return err
	}
	at := place(e, n, err)
	if parkErr := i.lot.Park(ctx, i.id(s), at, nil); parkErr != nil {
		if ctx.Err() == nil {
			i.cfg.Log.Warn("event cannot be parked yet; its event stream waits",
				"service", i.cfg.Service, "source", e.Service, "event", e.ID, "type", e.Type, "error", parkErr)
		}
		return fmt.Errorf("park event %s: %w", e.ID, parkErr)
	}
	i.tries.forget(s)
	i.cfg.Log.Error("event is parked, and later ones of its event stream queue behind it",
		"service", i.cfg.Service, "parked", i.id(s).String(), "event", e.ID, "type", e.Type,
		"revision", int64(e.Revision), "tries", n, "reason", at.Reason)
	return errParked
}

// place is where an event stands, for the record.
func place(e bus.Envelope, tries int, err error) parking.Place {
	return parking.Place{
		EventID: e.ID.String(), Type: e.Type, Revision: int64(e.Revision), Previous: int64(e.Previous),
		Tries: tries, Reason: reason(err), Correlation: e.Correlation,
	}
}

// setAside parks a message whose headers cannot be read: it belongs to no event
// stream that is known, so it is a pair of its own.
func (i *Inbox) setAside(ctx context.Context, u bus.Unreadable) error {
	m := parking.Message{Sequence: u.Sequence, StoredAt: u.StoredAt}
	id := i.id(source{u.Service, messageStream(m)})
	at := parking.Place{
		EventID: parking.MessageID(u.Service, m).String(), Previous: -1, Tries: 1, Reason: reason(u.Problem),
	}
	if err := i.lot.Park(ctx, id, at, &m); err != nil {
		return fmt.Errorf("park message %d of %s: %w", u.Sequence, bus.StreamName(u.Service), err)
	}
	i.cfg.Log.Error("message on the bus is unreadable and is parked",
		"service", i.cfg.Service, "parked", id.String(), "stream", bus.StreamName(u.Service),
		"sequence", u.Sequence, "reason", at.Reason)
	return nil
}

// messageStream stands for the event stream of a message that tells none. Sequences
// come again on a bus that was wiped, so the instant belongs to it.
func messageStream(m parking.Message) string {
	return fmt.Sprintf("unreadable-%d-%d", m.Sequence, m.StoredAt.UnixMilli())
}

// foreign tells whether a type without handler is none that this program knows. All
// that it knows and has no handler for is ignored on purpose.
func foreign(fullName string) bool {
	_, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(fullName))
	return err != nil
}
