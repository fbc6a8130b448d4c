package policies_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/policies"
)

type rate struct {
	Cents int `json:"cents"`
}

var nine = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func code(err error) string {
	if r, ok := errors.AsType[*decider.Rejection](err); ok {
		return r.Code
	}
	return ""
}

func TestP02NothingIsAssumedWhereNoVersionIsInForce(t *testing.T) {
	book := policies.New("billing", memory.New(), clock.NewFrozen(nine, nil))
	var r rate
	if _, err := book.At(t.Context(), "tariff", nine, &r); code(err) != "POLICY_MISSING" {
		t.Errorf("none at all: %v", err)
	}
	if err := book.Seed(t.Context(), "tariff", rate{1}); err != nil {
		t.Fatal(err)
	}
	if _, err := book.At(t.Context(), "tariff", policies.Since.Add(-1), &r); code(err) != "POLICY_MISSING" {
		t.Errorf("before the first: %v", err)
	}
	if _, err := book.BySHA256(t.Context(), "tariff", "00", &r); code(err) != "POLICY_MISSING" {
		t.Errorf("unknown content: %v", err)
	}
}

func TestP02AnOldVersionStaysReadableByItsContent(t *testing.T) {
	book := policies.New("billing", memory.New(), clock.NewFrozen(nine, nil))
	for range 2 { // a second start seeds nothing
		if err := book.Seed(t.Context(), "tariff", rate{1}); err != nil {
			t.Fatal(err)
		}
	}
	env := command.Envelope{CommandID: uuid.New(), DecidedAt: nine}
	published, _, err := book.Publish(t.Context(), env, "tariff", rate{2}, time.Time{})
	if err != nil || published.Ref.Version != 2 {
		t.Fatalf("%+v (%v)", published, err)
	}
	var before, after, named rate
	old, err := book.At(t.Context(), "tariff", nine.Add(-1), &before)
	if err != nil || before.Cents != 1 {
		t.Errorf("before: %+v (%v)", before, err)
	}
	if _, err := book.At(t.Context(), "tariff", nine, &after); err != nil || after.Cents != 2 {
		t.Errorf("after: %+v (%v)", after, err)
	}
	if ref, err := book.BySHA256(t.Context(), "tariff", old.SHA256, &named); err != nil || named.Cents != 1 || ref != old {
		t.Errorf("by content: %+v (%v)", named, err)
	}
}

func TestContentThatNobodyUnderstandsIsRefused(t *testing.T) {
	book := policies.New("billing", memory.New(), clock.NewFrozen(nine, nil))
	if err := book.Seed(t.Context(), "tariff", map[string]int{"cents": 1, "discount": 2}); err != nil {
		t.Fatal(err)
	}
	var r rate
	if _, err := book.At(t.Context(), "tariff", nine, &r); err == nil {
		t.Errorf("part of a price was read: %+v", r)
	}
}
