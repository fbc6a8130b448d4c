// Package withdrawal is the statutory period in which a consumer may withdraw from a
// contract concluded at a distance. The law fixes it, so it is no policy.
package withdrawal

import (
	"time"

	"aanvraag.internal/services/kernel/hours"
)

// Days of the period, counted from the day after the conclusion.
const Days = 14

// Ends is the first instant after the period: midnight in Amsterdam at the end of its
// last day, so that the last second of day fourteen still counts. It is not moved by
// weekends or holidays.
func Ends(concluded time.Time) time.Time {
	wall := hours.Default()
	return wall.StartOfDay(hours.AddDays(wall.Date(concluded), Days+1))
}

// Open tells whether the right can still be used at an instant, as far as time goes.
// Before the conclusion it can.
func Open(concluded, at time.Time) bool {
	return concluded.IsZero() || at.Before(Ends(concluded))
}
