package check

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/google/uuid"

	"aanvraag.internal/services/platform/eventstore"
)

func brokenBus() map[string]broken {
	const service, somewhere = "intake", 5
	return map[string]broken{
		"a message is missing": {func(c *copied) {
			c.bus[service] = slices.Delete(c.bus[service], somewhere, somewhere+1)
			c.stored().published()
		}, []Name{BusMissing}},
		"the last message is missing": {func(c *copied) {
			c.bus[service] = c.bus[service][:len(c.bus[service])-1]
			c.stored().published()
		}, []Name{BusMissing}},
		"a service's stream is missing": {func(c *copied) {
			delete(c.bus, service)
			c.stored().published()
		}, []Name{BusMissing}},
		"a message is there again at once": {func(c *copied) {
			c.bus[service] = slices.Insert(c.bus[service], somewhere, c.bus[service][somewhere])
			c.stored().published()
		}, []Name{BusDouble}},
		"a message is there again at the end": {func(c *copied) {
			c.bus[service] = append(c.bus[service], c.bus[service][somewhere])
			c.stored().published()
		}, []Name{BusDouble}},
		"two messages changed places": {func(c *copied) {
			b := c.bus[service]
			b[somewhere], b[somewhere+1] = b[somewhere+1], b[somewhere]
			c.stored().published()
		}, []Name{BusOrder}},
		"a message names another one before it": {func(c *copied) {
			for _, m := range c.bus[service] {
				if m.Header.Get("aanvraag-revision") == "2" {
					m.Header["aanvraag-previous"] = []string{"1"}
					break
				}
			}
			c.stored().published()
		}, []Name{BusDiffers}},
		"a message is about another request": {func(c *copied) {
			c.bus[service][somewhere].Header["aanvraag-correlation"] = []string{"x"}
			c.stored().published()
		}, []Name{BusDiffers}},
		"a message has another body": {func(c *copied) {
			c.bus[service][somewhere].Data = nil
			c.stored().published()
		}, []Name{BusDiffers}},
		"a message is of another log": {func(c *copied) {
			m := c.bus[service][somewhere]
			m.Header["ce-id"] = []string{uuid.NewString()}
			c.stored().published()
		}, []Name{BusForeign, BusMissing}},
		"the log lost its end": {func(c *copied) {
			end := slices.IndexFunc(c.log, func(e eventstore.Recorded) bool { return e.ID == c.last("appointment.booked.v1").ID })
			c.log = c.log[:end]
			c.stored().published()
		}, []Name{BusForeign, NotHandled}},
		"the log grew meanwhile": {func(c *copied) {
			grown := c.first("request.settled.v1").Position
			for ; !strings.HasPrefix(c.log[grown].Stream, "appointment-"); grown++ { // a public event in the rest
			}
			c.stored().published().Acknowledged = nil
			c.Store = endsAt{c.Store, grown}
		}, []Name{NotHandled}},
		"a message cannot be read": {func(c *copied) {
			delete(c.bus[service][somewhere].Header, "ce-id")
			c.stored().published()
		}, []Name{BusMissing, BusUnread}},
	}
}

// endsAt is a log of which the end was not there yet when the reading began.
type endsAt struct {
	eventstore.Store
	end eventstore.Position
}

func (s endsAt) Gapless() bool { return true }

func (s endsAt) ReadAll(ctx context.Context, after eventstore.Position, f eventstore.Filter) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		for r, err := range s.Store.ReadAll(ctx, after, f) {
			if r.Position > s.end || !yield(r, err) {
				return
			}
		}
	}
}
