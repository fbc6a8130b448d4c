// Package technician is the chamber of a technician: what he is called, what he can
// do and when he works. Who is a technician is for the identity provider to say;
// one who was never registered works the desk's hours.
package technician

import (
	"cmp"
	"slices"
	"time"

	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// Event and Command of a technician stream.
type (
	Event   = decider.Event[Technician]
	Command = decider.Command[Technician, Event]
)

// Technician is one technician. The zero Technician is one who was never registered.
type Technician struct {
	TechnicianID string
	Name         sealed.Data    // he is a person too (P7)
	Skills       []string       // sorted, none twice
	Working      []hours.Weekly // wall time in Amsterdam; empty: the desk's hours
	Absences     []Absence      // in order
	Retired      bool
}

// Absence is a stretch [From, To) in which he does not work. Why is nobody's business.
type Absence struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Why a technician does not work at some time.
const (
	WhyRetired = "retired"
	WhyAbsent  = "absent"
	WhyOutside = "outside his working times"
)

// Unavailable says why he does not work in all of [start, start + seconds); empty
// when he does, or when nothing is known that speaks against it: of the desk's own
// hours it says nothing.
func (t Technician) Unavailable(start time.Time, seconds int64) string {
	end := start.Add(time.Duration(seconds) * time.Second)
	if t.Retired {
		return WhyRetired
	}
	for _, a := range t.Absences {
		if start.Before(a.To) && a.From.Before(end) {
			return WhyAbsent
		}
	}
	if len(t.Working) > 0 {
		if _, outside := t.calendar().Split(start, end); outside > 0 {
			return WhyOutside
		}
	}
	return ""
}

// Hours are when he works on a local date, within the hours of the desk and without
// regard to his absences: half-open, in order.
func (t Technician) Hours(desk hours.Calendar, date string) []hours.Window {
	open := desk.Windows(date)
	switch {
	case t.Retired:
		return nil
	case len(t.Working) == 0:
		return open
	}
	var out []hours.Window
	for _, d := range open {
		for _, w := range t.calendar().Windows(date) {
			from, to := d.From, d.To
			if w.From.After(from) {
				from = w.From
			}
			if w.To.Before(to) {
				to = w.To
			}
			if from.Before(to) {
				out = append(out, hours.Window{From: from, To: to})
			}
		}
	}
	return out
}

// Able tells whether he has a skill; everybody has none.
func (t Technician) Able(skill string) bool { return skill == "" || slices.Contains(t.Skills, skill) }

func (t Technician) calendar() hours.Calendar {
	return hours.Calendar{Zone: hours.Amsterdam, Weekly: t.Working}
}

// working refuses working times that are not sound.
func working(weekly []hours.Weekly) error {
	if len(weekly) == 0 {
		return nil
	}
	if err := (hours.Calendar{Zone: hours.Amsterdam, Weekly: weekly}).Check(); err != nil {
		return &decider.Rejection{
			Kind: decider.Invalid, Code: "WORKING_TIMES_INVALID", Rule: "section 4",
			Reason:  "working times are windows of whole minutes, such as 08:00 to 12:30, that do not overlap",
			Details: map[string]string{"problem": err.Error()},
		}
	}
	return nil
}

// absences puts them in order, and refuses one that ends before it begins.
func absences(all []Absence) ([]Absence, error) {
	out := make([]Absence, 0, len(all))
	for _, a := range all {
		if !a.From.Before(a.To) {
			return nil, errAbsence
		}
		out = append(out, Absence{From: a.From.UTC(), To: a.To.UTC()})
	}
	slices.SortFunc(out, func(a, b Absence) int { return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To)) })
	return out, nil
}

// skills are sorted, each once.
func skills(all []string) []string {
	out := slices.Sorted(slices.Values(all))
	return slices.Compact(out)
}

var (
	errUnknown = &decider.Rejection{
		Kind: decider.Missing, Code: "TECHNICIAN_UNKNOWN", Rule: "section 4",
		Reason: "this technician was never registered",
	}
	errRetired = &decider.Rejection{
		Kind: decider.Precondition, Code: "TECHNICIAN_RETIRED", Rule: "section 4",
		Reason: "this technician has retired; register him again first",
	}
	errAbsence = &decider.Rejection{
		Kind: decider.Invalid, Code: "ABSENCE_INVALID", Rule: "section 4",
		Reason: "an absence ends after it begins",
	}
)
