package hours

import (
	_ "embed" // the zone rules travel inside the binary (G-12)
	"time"
)

// Amsterdam is the zone of the desk, and the only one that is carried.
const Amsterdam = "Europe/Amsterdam"

// tzData is the release of the tz database that zoneinfo/Amsterdam comes from.
const tzData = "2025c"

// TZData is the version of the time zone rules in use, to be recorded with what
// was decided on local time (G-12). It is exact: the rules are a file of that
// release inside this package, not what the machine happens to have.
// (time.LoadLocation, even with time/tzdata linked, prefers the machine's.)
func TZData() string { return tzData }

//go:embed zoneinfo/Amsterdam
var amsterdamRules []byte

// carried are the zones that a calendar may name.
var carried = map[string]*time.Location{Amsterdam: load(Amsterdam, amsterdamRules)}

func load(name string, rules []byte) *time.Location {
	zone, err := time.LoadLocationFromTZData(name, rules)
	if err != nil {
		panic("hours: embedded rules of " + name + ": " + err.Error())
	}
	return zone
}

// zone is the calendar's location. To go on in another one would guess when work
// is billable, so a zone that is not carried panics.
func (c Calendar) zone() *time.Location {
	zone, ok := carried[c.Zone]
	if !ok {
		panic("hours: zone " + c.Zone + " is not carried: the calendar was not checked")
	}
	return zone
}

// offsetAt is how far local time is ahead of UTC at an instant, in seconds.
func offsetAt(zone *time.Location, second int64) int64 {
	_, offset := time.Unix(second, 0).In(zone).Zone()
	return int64(offset)
}

// localDay is the calendar day on the wall at an instant.
func localDay(zone *time.Location, second int64) int {
	return floorDay(second + offsetAt(zone, second))
}

// moment is what a wall time means in instants, Unix seconds. Where the clock was
// put back it comes twice: first < last. Where it was put forward it is missing,
// and first and last are the instant of the change.
type moment struct {
	first, last int64
	missing     bool
}

// momentOf finds the instants at which the wall shows a day and seconds since
// midnight. It looks a day to each side, so it asks of a zone that it does not
// change twice within two days.
func momentOf(zone *time.Location, day, seconds int) moment {
	wall := int64(day)*secondsPerDay + int64(seconds)
	before := offsetAt(zone, wall-secondsPerDay)
	after := offsetAt(zone, wall+secondsPerDay)
	if before == after {
		return moment{first: wall - before, last: wall - before}
	}
	early, late := wall-before, wall-after
	earlyHolds := offsetAt(zone, early) == before
	lateHolds := offsetAt(zone, late) == after
	switch {
	case earlyHolds && lateHolds:
		return moment{first: early, last: late}
	case earlyHolds:
		return moment{first: early, last: early}
	case lateHolds:
		return moment{first: late, last: late}
	}
	// In the gap the later offset leads to just before the change.
	_, change := time.Unix(late, 0).In(zone).ZoneBounds()
	return moment{first: change.Unix(), last: change.Unix(), missing: true}
}
