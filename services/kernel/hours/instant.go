package hours

import (
	"errors"
	"fmt"
	"time"
)

// What [Calendar.Instant] answers for a wall time that is not one instant. All
// are the caller's to correct: INVALID_ARGUMENT at the door.
var (
	// ErrMalformed: the date or the wall time is not written as it should be.
	ErrMalformed = errors.New("not a local date and time")
	// ErrNoSuchTime: the clock was put forward over it.
	ErrNoSuchTime = errors.New("this local time does not exist: the clock was put forward")
	// ErrAmbiguousTime: the clock was put back and showed it twice, and no offset
	// says which is meant.
	ErrAmbiguousTime = errors.New("this local time comes twice: the clock was put back, give the UTC offset")
	// ErrWrongOffset: the zone does not have the given offset at that time.
	ErrWrongOffset = errors.New("the UTC offset is not that of the zone at this local time")
)

// Instant is the instant, UTC, at which the wall clock of the zone shows a date
// ("2027-03-28") and a time ("02:30" or "02:30:00"). The offset is local time
// minus UTC; it may be nil, and is needed only when the time comes twice. Nothing
// is shifted in silence: see [ErrMalformed], [ErrNoSuchTime], [ErrAmbiguousTime]
// and [ErrWrongOffset].
func (c Calendar) Instant(date, wall string, offset *time.Duration) (time.Time, error) {
	day, okDate := parseDate(date)
	seconds, okWall := parseWall(wall)
	if !okDate || !okWall {
		return time.Time{}, fmt.Errorf("%q %q: %w", date, wall, ErrMalformed)
	}
	zone := c.zone()
	m := momentOf(zone, day, seconds)
	switch {
	case m.missing:
		return time.Time{}, fmt.Errorf("%s %s in %s: %w", date, wall, c.Zone, ErrNoSuchTime)
	case offset == nil && m.first != m.last:
		return time.Time{}, fmt.Errorf("%s %s in %s: %w", date, wall, c.Zone, ErrAmbiguousTime)
	case offset == nil:
		return utc(m.first), nil
	}
	for _, second := range [...]int64{m.first, m.last} {
		if time.Duration(offsetAt(zone, second))*time.Second == *offset {
			return utc(second), nil
		}
	}
	return time.Time{}, fmt.Errorf("%s %s in %s, offset %s: %w", date, wall, c.Zone, *offset, ErrWrongOffset)
}

// Date is the local calendar date at an instant, "2027-03-28".
func (c Calendar) Date(at time.Time) string {
	return formatDate(localDay(c.zone(), at.Unix()))
}

// StartOfDay is the first instant, UTC, of a local date. A malformed date gives
// the zero time.
func (c Calendar) StartOfDay(date string) time.Time {
	day, ok := parseDate(date)
	if !ok {
		return time.Time{}
	}
	return utc(momentOf(c.zone(), day, 0).first)
}

func utc(second int64) time.Time { return time.Unix(second, 0).UTC() }
