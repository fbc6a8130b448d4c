// Package decidertest is the test kit of the chambers: sentences over events,
// golden stories that an auditor can read, and checks that a chamber is pure and
// that recorded names never change.
package decidertest

import (
	"errors"
	"fmt"
	"reflect"
	"testing"

	"aanvraag.internal/services/platform/decider"
)

// Spec is one sentence: given these events, when this command, then those events
// or that rejection.
type Spec[S any, E decider.Event[S]] struct {
	t      testing.TB
	given  []E
	events []E
	err    error
}

// Given starts a sentence with history.
func Given[S any, E decider.Event[S]](t testing.TB, events ...E) *Spec[S, E] {
	t.Helper()
	return &Spec[S, E]{t: t, given: events}
}

// When decides the command, and checks on the way that deciding is pure: it
// leaves the state alone and gives the same answer twice.
func (s *Spec[S, E]) When(c decider.Command[S, E]) *Spec[S, E] {
	s.t.Helper()
	s.events, s.err = Pure(s.t, s.given, c)
	return s
}

// Then checks the events that follow. None means that nothing happens.
func (s *Spec[S, E]) Then(want ...E) *Spec[S, E] {
	s.t.Helper()
	if s.err != nil {
		s.t.Fatalf("rejected: %v", s.err)
	}
	if len(s.events) != len(want) || (len(want) > 0 && !reflect.DeepEqual(s.events, want)) {
		s.t.Fatalf("events\n got %+v\nwant %+v", s.events, want)
	}
	return s
}

// Events gives what followed, for checks of a part of it.
func (s *Spec[S, E]) Events() []E {
	s.t.Helper()
	if s.err != nil {
		s.t.Fatalf("rejected: %v", s.err)
	}
	return s.events
}

// Rejected checks the rejection's code and rule id.
func (s *Spec[S, E]) Rejected(code, rule string) *decider.Rejection {
	s.t.Helper()
	var r *decider.Rejection
	if !errors.As(s.err, &r) {
		s.t.Fatalf("not rejected: events %+v, error %v", s.events, s.err)
	}
	if r.Code != code || r.Rule != rule {
		s.t.Fatalf("rejected as %s (%s), want %s (%s)", r.Code, r.Rule, code, rule)
	}
	return r
}

// Pure decides c after the events and fails the test when deciding changed the
// state or a second time gives another answer.
func Pure[S any, E decider.Event[S]](t testing.TB, given []E, c decider.Command[S, E]) ([]E, error) {
	t.Helper()
	var zero S
	used, untouched := decider.Fold(zero, given...), decider.Fold(zero, given...)
	events, err := c.Decide(used)
	if !reflect.DeepEqual(used, untouched) {
		t.Fatalf("%T changed the state it was given", c)
	}
	again, errAgain := c.Decide(used)
	if !reflect.DeepEqual(events, again) || fmt.Sprint(err) != fmt.Sprint(errAgain) {
		t.Fatalf("%T decides differently the second time", c)
	}
	decider.Fold(used, events...)
	if !reflect.DeepEqual(used, untouched) {
		t.Fatalf("an event of %T changed an earlier state", c)
	}
	return events, err
}
