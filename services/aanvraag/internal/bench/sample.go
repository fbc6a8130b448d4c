package bench

import (
	"math"
	"slices"
	"time"
)

// sample is what a load saw.
type sample struct {
	answers []answered
	elapsed time.Duration
}

func (s *sample) join(other sample) {
	s.answers = append(s.answers, other.answers...)
	s.elapsed += other.elapsed
}

// rate is commands per second.
func (s *sample) rate() float64 { return float64(len(s.answers)) / s.elapsed.Seconds() }

// times are the answers' times in order, of one step or, below zero, of all.
func (s *sample) times(step int) []time.Duration {
	var out []time.Duration
	for _, a := range s.answers {
		if step < 0 || a.step == step {
			out = append(out, a.took)
		}
	}
	slices.Sort(out)
	return out
}

// quantile is the smallest time that a share q of the sorted times do not exceed,
// in microseconds; NaN of none.
func quantile(sorted []time.Duration, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	i := int(math.Ceil(q*float64(len(sorted)))) - 1
	return micros(sorted[max(i, 0)])
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// now reads the machine's clock with its monotonic part, which package clock leaves
// out. Spans are measured by it; nothing is decided or recorded.
func now() time.Time { return time.Now() }
