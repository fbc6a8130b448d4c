package hours

import (
	"slices"
	"time"
)

// horizon is how many days without an opening [Calendar.NextOpening] and
// [Calendar.AddOpen] look ahead: more than a year, so that only a calendar that stays
// closed comes to its end.
const horizon = 400

// Window is the half-open interval of instants [From, To), UTC.
type Window struct{ From, To time.Time }

// span is a window in Unix seconds.
type span struct{ from, to int64 }

// Windows are the opening hours of a local date in order, none when the desk is
// closed that day or the date is malformed. An edge is the first instant of the
// date at which the clock shows that time or a later one: one sentence that also
// holds in the night the clock is changed.
func (c Calendar) Windows(date string) []Window {
	day, ok := parseDate(date)
	if !ok {
		return nil
	}
	var windows []Window
	for _, s := range c.spans(nil, c.zone(), day) {
		windows = append(windows, Window{From: utc(s.from), To: utc(s.to)})
	}
	return windows
}

// Open says whether an instant is inside the support window: its first second is,
// its last edge is not (G-10).
func (c Calendar) Open(at time.Time) bool {
	var buf [4]span
	zone, second := c.zone(), at.Unix()
	for _, s := range c.spans(buf[:0], zone, localDay(zone, second)) {
		if s.from <= second && second < s.to {
			return true
		}
	}
	return false
}

// NextOpening is when the desk can first act on what came in at an instant: that
// instant itself, untouched, when open, otherwise the next opening, UTC (G-16).
// It is false when the calendar stays closed for 400 days.
func (c Calendar) NextOpening(at time.Time) (time.Time, bool) {
	var buf [4]span
	zone, second := c.zone(), at.Unix()
	today := localDay(zone, second)
	for day := today; day <= today+horizon; day++ {
		for _, s := range c.spans(buf[:0], zone, day) {
			if second < s.from {
				return utc(s.from), true
			}
			if second < s.to {
				return at, true
			}
		}
	}
	return time.Time{}, false
}

// Split counts the seconds of the interval [from, to) inside and outside the
// support window (T-08), elapsed time and not wall-clock time: an hour that the
// clock repeats counts twice. Instants count by their whole second, so that
// cutting an interval anywhere never changes the sum. An interval that does not
// go forward has no seconds.
func (c Calendar) Split(from, to time.Time) (inside, outside int64) {
	first, end := from.Unix(), to.Unix()
	if end <= first {
		return 0, 0
	}
	var buf [4]span
	zone := c.zone()
	last := localDay(zone, end)
	for day := localDay(zone, first); day <= last; day++ {
		for _, s := range c.spans(buf[:0], zone, day) {
			inside += max(0, min(end, s.to)-max(first, s.from))
		}
	}
	return inside, end - first - inside
}

// AddOpen is the earliest instant, UTC, by which that many seconds of opening time
// have passed since an instant: response clocks count window time alone (G-16). It is
// at itself for no seconds. What ends as the desk closes ends then, and not at the
// next opening. It is false when the desk stays closed for 400 days before that.
// Like [Calendar.Split] it counts from the whole second of at.
func (c Calendar) AddOpen(at time.Time, seconds int64) (time.Time, bool) {
	if seconds <= 0 {
		return at, true
	}
	var buf [4]span
	zone, from := c.zone(), at.Unix()
	day := localDay(zone, from)
	for last := day + horizon; day <= last; day++ {
		for _, s := range c.spans(buf[:0], zone, day) {
			start := max(from, s.from)
			if start >= s.to {
				continue
			}
			if seconds <= s.to-start {
				return utc(start + seconds), true
			}
			seconds -= s.to - start
			last = day + horizon
		}
	}
	return time.Time{}, false
}

// spans appends the windows of a local day to buf, in order.
func (c Calendar) spans(buf []span, zone *time.Location, day int) []span {
	today := weekday(day)
	for _, w := range c.Weekly {
		if !slices.Contains(w.Days, today) {
			continue
		}
		from, to, ok := w.edges()
		if !ok {
			continue
		}
		s := span{from: momentOf(zone, day, from).first, to: momentOf(zone, day, to).first}
		if s.from >= s.to { // it lies in the hour that the clock skips
			continue
		}
		at := len(buf)
		for at > 0 && buf[at-1].from > s.from {
			at--
		}
		buf = slices.Insert(buf, at, s)
	}
	if len(buf) == 0 {
		return buf
	}
	if _, closed := c.closedOn(day); closed {
		return buf[:0]
	}
	return buf
}
