package session

import (
	"slices"
	"time"

	"aanvraag.internal/services/kernel/sealed"
)

// Note says what is being done (E-02).
type Note struct {
	Note     sealed.Data `json:"note"`
	DeviceID string      `json:"deviceId,omitzero"` // that it is about
	At       time.Time   `json:"at"`
}

// Decide takes notes from the start on. How many there were is told when the
// session ends; one that was forgotten can be made afterwards, makes up for one
// interval that has none, and is told by itself. A note about a device that was not
// named is flagged (D-02).
func (c Note) Decide(s Session) ([]Event, error) {
	if err := s.allow("NoteWork", Running, Paused, Suspended, Ended); err != nil {
		return nil, err
	}
	return []Event{WorkNoted{
		SessionID: s.SessionID, SupportRequestID: s.SupportRequestID,
		NotedAt: s.notBefore(c.At), Note: c.Note, Number: len(s.Notes) + 1, Afterwards: s.Stage == Ended,
		Unnoted: max(0, s.Unnoted-1), DeviceID: c.DeviceID,
		UnnamedDevice: c.DeviceID != "" && !slices.Contains(s.Devices, c.DeviceID),
	}}, nil
}

// unnoted counts the intervals in which something was measured and nothing noted
// (E-02). A note belongs to the interval that began last, so it may also be made in
// the pause after it. Intervals without a pause between them are one.
func unnoted(measured []Interval, notes []WorkNote) int {
	var intervals []Interval
	for _, i := range measured {
		if last := len(intervals) - 1; last >= 0 && intervals[last].To.Equal(i.From) {
			intervals[last].To = i.To
			continue
		}
		intervals = append(intervals, i)
	}
	count := 0
	for n, i := range intervals {
		noted := slices.ContainsFunc(notes, func(w WorkNote) bool {
			return !w.At.Before(i.From) && (n == len(intervals)-1 || w.At.Before(intervals[n+1].From))
		})
		if !noted && i.To.Unix() > i.From.Unix() {
			count++
		}
	}
	return count
}
