package calendar

import "slices"

// Events lists every event type of a calendar stream.
func Events() []Event { return []Event{SlotReserved{}, SlotReleased{}, HoldPlaced{}, HoldReleased{}} }

// SlotReserved: an appointment holds the slot from now on. This is the commit
// point of a booking, and of a move; everything else follows from it.
type SlotReserved struct{ Reservation }

// EventType is the recorded name.
func (SlotReserved) EventType() string { return "calendar.slot_reserved.v1" }

// Evolve gives the slot away. What was held under the same id is thereby confirmed.
func (e SlotReserved) Evolve(w Week) Week {
	w.Held = append(slices.Clip(w.Held), e.Reservation)
	if _, held := w.Hold(e.AppointmentID); held {
		w.Holds = without(w.Holds, e.AppointmentID)
	}
	return w
}

// SlotReleased: the slot is free again, in the same second.
type SlotReleased struct {
	AppointmentID string `json:"appointmentId"`
	MoveID        string `json:"moveId,omitzero"` // of the move that had taken it; empty: the booking had
}

// EventType is the recorded name.
func (SlotReleased) EventType() string { return "calendar.slot_released.v1" }

// Evolve frees the slot.
func (e SlotReleased) Evolve(w Week) Week {
	i, held := find(w.Held, e.AppointmentID, e.MoveID)
	if !held {
		return w
	}
	w.Released = append(slices.Clip(w.Released), w.Held[i])
	w.Held = slices.Delete(slices.Clone(w.Held), i, i+1)
	return w
}

// HoldPlaced: nobody else gets the slot until the hold expires.
type HoldPlaced struct{ Hold }

// EventType is the recorded name.
func (HoldPlaced) EventType() string { return "calendar.hold_placed.v1" }

// Evolve holds the slot.
func (e HoldPlaced) Evolve(w Week) Week {
	w.Holds = append(without(w.Holds, e.AppointmentID), e.Hold)
	return w
}

// Why a hold ended without a booking.
const (
	Expired  = "expired"
	Replaced = "replaced" // its request chose another slot
)

// HoldReleased: a hold ended without a booking. The slot of an expired one was free
// before this was noted.
type HoldReleased struct {
	AppointmentID string `json:"appointmentId"`
	Reason        string `json:"reason"` // [Expired] or [Replaced]
}

// EventType is the recorded name.
func (HoldReleased) EventType() string { return "calendar.hold_released.v1" }

// Evolve forgets the hold.
func (e HoldReleased) Evolve(w Week) Week {
	w.Holds = without(w.Holds, e.AppointmentID)
	return w
}
