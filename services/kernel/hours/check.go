package hours

import (
	"errors"
	"fmt"
	"slices"
)

// Check says everything that is wrong with the calendar, or nil: a zone that is
// not carried, no window at all, a day outside 1 to 7, an edge that is not a wall
// time, a window that is empty or overlaps another, a holiday that is unknown or
// named twice, a closing that is not a date or named twice.
func (c Calendar) Check() error {
	var wrong []error
	if _, ok := carried[c.Zone]; !ok {
		wrong = append(wrong, fmt.Errorf("zone %q is not carried; %s is", c.Zone, Amsterdam))
	}
	wrong = append(wrong, c.checkWeekly()...)
	wrong = append(wrong, c.checkHolidays()...)
	for i, date := range c.Closings {
		if _, ok := parseDate(date); !ok {
			wrong = append(wrong, fmt.Errorf("closing %q is not a date like 2026-12-31", date))
		}
		if slices.Contains(c.Closings[:i], date) {
			wrong = append(wrong, fmt.Errorf("closing %s is named twice", date))
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return fmt.Errorf("calendar: %w", err)
	}
	return nil
}

func (c Calendar) checkWeekly() (wrong []error) {
	if len(c.Weekly) == 0 {
		wrong = append(wrong, errors.New("no weekly window: it would never open"))
	}
	for i, w := range c.Weekly {
		from, to, ok := w.edges()
		switch {
		case !ok:
			wrong = append(wrong, fmt.Errorf("window %q to %q is not written like 07:30 to 17:00", w.From, w.To))
		case from >= to:
			wrong = append(wrong, fmt.Errorf("window %s to %s is empty: one past midnight is written as two", w.From, w.To))
		}
		if len(w.Days) == 0 {
			wrong = append(wrong, fmt.Errorf("window %s to %s has no days", w.From, w.To))
		}
		for j, day := range w.Days {
			if day < 1 || day > 7 {
				wrong = append(wrong, fmt.Errorf("day %d is not between 1 (Monday) and 7 (Sunday)", day))
			}
			if slices.Contains(w.Days[:j], day) {
				wrong = append(wrong, fmt.Errorf("window %s to %s names day %d twice", w.From, w.To, day))
			}
		}
		for _, other := range c.Weekly[:i] {
			if w.overlaps(other) {
				wrong = append(wrong, fmt.Errorf("windows %s to %s and %s to %s overlap",
					other.From, other.To, w.From, w.To))
			}
		}
	}
	return wrong
}

func (c Calendar) checkHolidays() (wrong []error) {
	for i, h := range c.Holidays {
		if _, ok := h.dayIn(2000); !ok {
			wrong = append(wrong, fmt.Errorf("holiday %q is not known", h.Name))
		}
		if slices.ContainsFunc(c.Holidays[:i], func(o Holiday) bool { return o.Name == h.Name }) {
			wrong = append(wrong, fmt.Errorf("holiday %s is named twice", h.Name))
		}
	}
	return wrong
}

// edges are the window's edges in seconds since midnight on the wall clock.
func (w Weekly) edges() (from, to int, ok bool) {
	from, ok = parseMinute(w.From)
	if !ok {
		return 0, 0, false
	}
	if w.To == "24:00" {
		return from, secondsPerDay, true
	}
	to, ok = parseMinute(w.To)
	return from, to, ok
}

// overlaps says whether two windows share a day and a minute; touching is fine.
func (w Weekly) overlaps(o Weekly) bool {
	from, to, ok := w.edges()
	oFrom, oTo, oOK := o.edges()
	if !ok || !oOK || from >= oTo || oFrom >= to {
		return false
	}
	return slices.ContainsFunc(w.Days, func(day int) bool { return slices.Contains(o.Days, day) })
}
