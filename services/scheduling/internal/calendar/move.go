package calendar

import "time"

// ReserveMove takes a technician's time for an appointment that is to move there.
// The slot that it moves from stays its own until it has moved.
type ReserveMove struct {
	Slot
	MoveID   string `json:"moveId"`
	Sequence int64  `json:"sequence"` // that the appointment gets by this move
	// Unavailable says why the technician does not work then; empty: nothing is known.
	Unavailable string    `json:"unavailable,omitzero"`
	At          time.Time `json:"at"`
}

// Decide refuses a slot that overlaps one that another appointment has or holds;
// with its own an appointment may overlap, for it leaves that. Whether it may move
// at all, the appointment decides.
func (c ReserveMove) Decide(w Week) ([]Event, error) {
	for _, all := range [][]Reservation{w.Held, w.Released} {
		if _, known := find(all, c.AppointmentID, c.MoveID); known {
			return nil, nil
		}
	}
	if err := w.give(c.Slot, c.Unavailable, c.At); err != nil {
		return nil, err
	}
	return []Event{SlotReserved{Reservation{Slot: c.utc(), MoveID: c.MoveID, Sequence: c.Sequence}}}, nil
}
