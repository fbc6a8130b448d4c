// Package check knows every invariant of the whole system and looks whether they
// hold: of the log, of the bus, the mail spool and the views that follow from it,
// and of the keys and recordings that it names. It changes nothing. It is for a system at rest: one
// that was stopped after it came to rest, or one that has nothing left to do (see
// [AtRest]).
//
// It goes through the log once. It remembers some hundred bytes for each event
// stream, and hashes of what must not come twice: about twenty bytes a command.
package check

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"

	"aanvraag.internal/services/audit"
	"aanvraag.internal/services/billing"
	"aanvraag.internal/services/consent"
	"aanvraag.internal/services/intake"
	"aanvraag.internal/services/notification"
	"aanvraag.internal/services/operations"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/parking"
	"aanvraag.internal/services/platform/service"
	"aanvraag.internal/services/scheduling"
)

// Subject is what is looked at. All of it stays the caller's. What is not given is
// not looked at, but for the log.
type Subject struct {
	Store eventstore.Store
	Bus   *nats.Conn
	// Mail is the spool directory. Nobody may have picked up letters from it.
	Mail string
	// Views are the directories in which services keep their views. One that holds
	// no file of a view is passed over, if another does.
	Views []string
	Keys  Keys
	// Blobs is the directory of recordings.
	Blobs string
	// Acknowledged are the commands that a caller had an answer to and that recorded
	// something: by the id that the log knows them by, and what to call them.
	Acknowledged map[uuid.UUID]string
	// Parked are the pairs that may be parked.
	Parked []parking.ID
}

// Keys is a vault's key store, as far as it is looked at.
type Keys interface {
	// Get answers [vault.ErrNoKey] or [vault.ErrErased] for a key that is not there.
	Get(ctx context.Context, id string) ([]byte, error)
}

// services are all whose events the log holds, or whose views follow from it.
func services() []service.Facts {
	return []service.Facts{
		consent.Facts(), intake.Facts(), scheduling.Facts(), billing.Facts(), notification.Facts(), audit.Facts(), operations.Facts(),
	}
}

// invariant is one thing that must be true of the whole. It sees every event in log
// order.
type invariant interface {
	see(ctx context.Context, e *event) error
	// end is called once all events were seen.
	end(ctx context.Context) error
}

// All answers what is wrong, and nothing when every invariant holds. An error means
// that it could not look.
func All(ctx context.Context, s Subject) (_ []Finding, err error) {
	if s.Store == nil {
		return nil, errors.New("check: there is no log to look at")
	}
	ctx, cancel := context.WithCancel(ctx)
	found := &findings{}
	p := newParser(s)
	invariants := []invariant{
		newLogged(s, found), newHandled(found), newSeries(found), newSlots(found), newAcknowledged(s, found),
	}
	parked := newParked(s, found)
	invariants = append(invariants, parked, newFollowed(found, parked))
	if s.Mail != "" {
		invariants = append(invariants, newMailed(s, found))
	}
	if s.Keys != nil {
		invariants = append(invariants, newKept(s, found))
	}
	if s.Blobs != "" {
		invariants = append(invariants, newStored(s, found))
	}
	var closers []func() error
	defer func() {
		cancel()
		for _, c := range closers {
			err = errors.Join(err, c())
		}
	}()
	if s.Bus != nil {
		t, err := newTold(ctx, s, found)
		if err != nil {
			return nil, fmt.Errorf("check the bus: %w", err)
		}
		closers = append(closers, t.close)
		invariants = append(invariants, t)
	}
	if len(s.Views) > 0 {
		v, err := newShown(ctx, s, found)
		if err != nil {
			return nil, fmt.Errorf("check the views: %w", err)
		}
		closers = append(closers, v.close)
		invariants = append(invariants, v)
	}
	if err := hold(ctx, p.events(ctx, s.Store), found, invariants); err != nil {
		return nil, fmt.Errorf("check: %w", err)
	}
	return found.all(), nil
}

// hold shows every event to every invariant. A damage that the log's engine cannot
// go on behind is found, and nothing behind it is looked at.
func hold(ctx context.Context, events events, found *findings, invariants []invariant) error {
	for e, err := range events {
		if damage, ok := errors.AsType[*eventstore.Corrupt](err); ok {
			found.add(LogDamaged, at{damage.Stream, damage.Revision, damage.Position}, damage.Problem+"; nothing behind it can be read")
			return nil
		}
		if err != nil {
			return err
		}
		for _, i := range invariants {
			if err := i.see(ctx, e); err != nil {
				return err
			}
		}
	}
	for _, i := range invariants {
		if err := i.end(ctx); err != nil {
			return err
		}
	}
	return nil
}
