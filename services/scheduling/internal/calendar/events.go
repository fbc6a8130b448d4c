package calendar

import "slices"

// Events lists every event type of a calendar stream.
func Events() []Event { return []Event{SlotReserved{}, SlotReleased{}} }

// SlotReserved: an appointment holds the slot from now on. This is the commit
// point of a booking; everything else follows from it.
type SlotReserved struct{ Slot }

// EventType is the recorded name.
func (SlotReserved) EventType() string { return "calendar.slot_reserved.v1" }

// Evolve holds the slot.
func (e SlotReserved) Evolve(w Week) Week {
	w.Held = append(slices.Clip(w.Held), e.Slot)
	return w
}

// SlotReleased: the slot is free again, in the same second.
type SlotReleased struct {
	AppointmentID string `json:"appointmentId"`
}

// EventType is the recorded name.
func (SlotReleased) EventType() string { return "calendar.slot_released.v1" }

// Evolve frees the slot.
func (e SlotReleased) Evolve(w Week) Week {
	i, held := find(w.Held, e.AppointmentID)
	if !held {
		return w
	}
	w.Released = append(slices.Clip(w.Released), w.Held[i])
	w.Held = slices.Delete(slices.Clone(w.Held), i, i+1)
	return w
}
