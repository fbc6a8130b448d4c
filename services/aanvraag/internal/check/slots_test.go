package check

import (
	"maps"
	"time"

	"aanvraag.internal/services/platform/eventstore"
)

func brokenSlots() map[string]broken {
	// give adds a reservation or a hold beside the first reservation of the world.
	give := func(c *copied, eventType string, more map[string]any, change func(*eventstore.Metadata)) {
		first := c.first(slotReserved)
		data := map[string]any{
			"appointmentId": "x", "supportRequestId": "x", "technicianId": member(c.t, first, "technicianId"),
			"start": member(c.t, first, "start"), "seconds": 3600,
		}
		maps.Copy(data, more)
		c.append("calendar-another-week", eventType, data, change)
	}
	begins := func(c *copied) time.Time {
		at, err := time.Parse(time.RFC3339, member(c.t, c.first(slotReserved), "start"))
		must(c.t, err)
		return at
	}
	end := monday.Add(15 * time.Minute)
	return map[string]broken{
		"a slot is given to two": {func(c *copied) {
			give(c.stored(), slotReserved, nil, nil)
		}, []Name{NotHandled, SlotTwice}},
		"a slot is given to two, from another day on": {func(c *copied) {
			give(c.stored(), slotReserved, map[string]any{"start": begins(c).Add(-23 * time.Hour), "seconds": 24 * 3600}, nil)
		}, []Name{NotHandled, SlotTwice}},
		"a slot touches another": {func(c *copied) {
			give(c.stored(), slotReserved, map[string]any{"start": begins(c).Add(time.Hour)}, nil)
		}, []Name{NotHandled}},
		"a slot is held that somebody has": {func(c *copied) {
			give(c.stored(), holdPlaced, map[string]any{"expiresAt": end}, nil)
		}, []Name{SlotTwice}},
		"a slot that is held is given away": {func(c *copied) {
			later := begins(c).AddDate(0, 0, 1)
			give(c.stored(), holdPlaced, map[string]any{"expiresAt": end, "start": later}, nil)
			give(c, slotReserved, map[string]any{"appointmentId": "y", "start": later}, func(m *eventstore.Metadata) {
				m.DecidedAt = end.Add(-time.Microsecond)
			})
		}, []Name{NotHandled, SlotTwice}},
		"a slot that was held is given away": {func(c *copied) {
			later := begins(c).AddDate(0, 0, 1)
			give(c.stored(), holdPlaced, map[string]any{"expiresAt": end, "start": later}, nil)
			give(c, slotReserved, map[string]any{"appointmentId": "y", "start": later}, func(m *eventstore.Metadata) { m.DecidedAt = end })
		}, []Name{NotHandled}},
		"a slot that was held is confirmed": {func(c *copied) {
			later := begins(c).AddDate(0, 0, 1)
			give(c.stored(), holdPlaced, map[string]any{"expiresAt": end, "start": later}, nil)
			give(c, slotReserved, map[string]any{"start": later}, nil)
		}, []Name{NotHandled}},
	}
}
