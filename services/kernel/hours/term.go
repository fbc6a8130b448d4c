package hours

import "time"

// Term is the end of a term of so many opening days for what came in at an instant:
// the last closing of the days-th day with opening hours after the day on which the
// desk can first act on it (see [Calendar.NextOpening]), UTC. It is false when the
// calendar has too few such days within 400 days, or days is not positive. Answers have such a
// term.
func (c Calendar) Term(at time.Time, days int) (time.Time, bool) {
	first, ok := c.NextOpening(at)
	if !ok || days < 1 {
		return time.Time{}, false
	}
	var buf [4]span
	zone := c.zone()
	from := localDay(zone, first.Unix())
	for day := from + 1; day <= from+horizon; day++ {
		windows := c.spans(buf[:0], zone, day)
		if len(windows) == 0 {
			continue
		}
		if days--; days == 0 {
			return utc(windows[len(windows)-1].to), true
		}
	}
	return time.Time{}, false
}
