package check

import (
	"context"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
)

// Types about a technician's time. Recorded names never change.
const (
	slotReserved = "calendar.slot_reserved.v1"
	slotReleased = "calendar.slot_released.v1"
	holdPlaced   = "calendar.hold_placed.v1"
	holdReleased = "calendar.hold_released.v1"
)

// slots: no part of a technician's time is given to two appointments, nor held for
// one while another has it (section 4). It looks over the edges of weeks, as the
// streams of the log do not.
type slots struct {
	found *findings
	given map[string][]stretch // by technician and day
	known map[whose]stretch    // all of them once
}

// whose names a stretch as the stream of its week does.
type whose struct {
	week, appointment, move string
	hold                    bool
}

// stretch is somebody's time, until it is released.
type stretch struct {
	technician, appointment, move string
	hold                          bool
	start, end                    time.Time
	until                         time.Time // that a hold expires at; zero: no hold
}

func newSlots(found *findings) *slots {
	return &slots{found: found, given: map[string][]stretch{}, known: map[whose]stretch{}}
}

func (s *slots) see(_ context.Context, e *event) error {
	switch e.Type {
	case slotReserved, slotReleased, holdPlaced, holdReleased:
	default:
		return nil
	}
	var m struct {
		AppointmentID string    `json:"appointmentId"`
		TechnicianID  string    `json:"technicianId"`
		MoveID        string    `json:"moveId"`
		Start         time.Time `json:"start"`
		Seconds       int64     `json:"seconds"`
		ExpiresAt     time.Time `json:"expiresAt"`
	}
	if e.unreadable != "" || json.Unmarshal(e.Data, &m) != nil {
		return nil //nolint:nilerr // no codec reads it either
	}
	one := stretch{
		technician: m.TechnicianID, appointment: m.AppointmentID, move: m.MoveID, hold: e.Type == holdPlaced,
		start: m.Start, end: m.Start.Add(time.Duration(m.Seconds) * time.Second), until: m.ExpiresAt,
	}
	// A hold ends by its release, by the booking that confirms it, or by the next one.
	if e.Type != slotReleased {
		s.release(whose{week: e.id, appointment: one.appointment, hold: true})
	}
	switch e.Type {
	case slotReleased:
		s.release(whose{week: e.id, appointment: one.appointment, move: one.move})
	case slotReserved, holdPlaced:
		s.give(e, one)
	}
	return nil
}

func (s *slots) give(e *event, one stretch) {
	s.known[whose{e.id, one.appointment, one.move, one.hold}] = one
	var told []string // a stretch over midnight is met on both days
	for _, key := range days(one) {
		for _, o := range s.given[key] {
			expired := o.hold && !e.meta.DecidedAt.Before(o.until)
			apart := !o.start.Before(one.end) || !one.start.Before(o.end)
			if o.appointment == one.appointment || expired || apart || slices.Contains(told, o.appointment) {
				continue
			}
			told = append(told, o.appointment)
			s.found.addf(SlotTwice, e.at(), "time of %s from %s on is given to %s, and %s has it",
				one.technician, one.start.Format(time.RFC3339), one.appointment, o.appointment)
		}
		s.given[key] = append(s.given[key], one)
	}
}

func (s *slots) release(w whose) {
	gone, known := s.known[w]
	if !known {
		return
	}
	delete(s.known, w)
	for _, key := range days(gone) {
		s.given[key] = slices.DeleteFunc(s.given[key], func(o stretch) bool { return o == gone })
		if len(s.given[key]) == 0 {
			delete(s.given, key)
		}
	}
}

// days are the keys that a stretch stands under: of each UTC day that it touches.
func days(s stretch) (keys []string) {
	last := s.end.Add(-1).UTC().Format(time.DateOnly)
	for day := s.start.UTC(); ; day = day.AddDate(0, 0, 1) {
		date := day.Format(time.DateOnly)
		keys = append(keys, s.technician+"/"+date)
		if date >= last {
			return keys
		}
	}
}

func (s *slots) end(context.Context) error { return nil }
