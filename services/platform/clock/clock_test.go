package clock_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"aanvraag.internal/services/platform/clock"
)

var nine = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func TestAFrozenClockMovesOnlyForwardAndOnlyWhenMoved(t *testing.T) {
	var kept time.Time
	c := clock.NewFrozen(nine, func(now time.Time) error { kept = now; return nil })
	if _, err := c.Advance(0); !errors.Is(err, clock.ErrBackwards) {
		t.Errorf("standing: %v", err)
	}
	if _, err := c.Advance(-time.Second); !errors.Is(err, clock.ErrBackwards) {
		t.Errorf("backwards: %v", err)
	}
	now, err := c.Advance(time.Hour)
	if want := nine.Add(time.Hour); err != nil || !now.Equal(want) || !c.Now().Equal(want) || !kept.Equal(want) {
		t.Errorf("at %s, kept %s (%v)", now, kept, err)
	}
}

func TestAnAdvanceThatIsNotKeptDoesNotHappen(t *testing.T) {
	full := errors.New("disk full")
	c := clock.NewFrozen(nine, func(time.Time) error { return full })
	if _, err := c.Advance(time.Hour); !errors.Is(err, full) || !c.Now().Equal(nine) {
		t.Errorf("at %s (%v)", c.Now(), err)
	}
}

func TestWaitersWakeWhenTheirInstantHasCome(t *testing.T) {
	c := clock.NewFrozen(nine, nil)
	woken := make(chan error, 1)
	go func() { woken <- c.WaitUntil(t.Context(), nine.Add(2*time.Hour)) }()
	for range 2 {
		select {
		case err := <-woken:
			t.Fatalf("woken at %s: %v", c.Now(), err)
		default:
		}
		if _, err := c.Advance(time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-woken; err != nil {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.WaitUntil(ended, nine.AddDate(1, 0, 0)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
