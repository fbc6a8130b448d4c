package tally

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/decider/decidertest"
)

var (
	nine = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	ten  = nine.Add(time.Hour)
)

func count() Count { return Count{By: Email, Limit: 2, Until: ten, At: nine} }

func chamber() decidertest.Chamber[Tally, Event] {
	return decidertest.Chamber[Tally, Event]{
		Events: Events(),
		Commands: map[string]Command{
			"count":    count(),
			"throttle": Throttle{By: Email, Limit: 2, Until: ten, At: nine},
		},
	}
}

func TestPure(t *testing.T)       { decidertest.Chaste(t) }
func TestComplete(t *testing.T)   { chamber().Complete(t) }
func TestRemembered(t *testing.T) { chamber().Remembered(t) }
func TestStories(t *testing.T)    { chamber().Stories(t) }

func TestMatrix(t *testing.T) {
	one, stop := Counted{By: Email, At: nine}, Throttled{By: Email, Limit: 2, Until: ten, At: nine}
	chamber().Matrix(t, map[string][]Event{
		"0 nobody came":           nil,
		"1 below the limit":       {one},
		"2 at the limit":          {one, one},
		"3 above it, and stopped": {one, one, stop},
	}, chamber().Commands)
}

func TestN04_ExactlyAsManyAsTheLimitComeThrough(t *testing.T) {
	for _, limit := range []int{1, 5, 30} {
		var history []Event
		c := count()
		c.Limit = limit
		for range limit {
			history = append(history, decidertest.Given(t, history...).When(c).Events()...)
		}
		decidertest.Given(t, history...).When(c).Rejected("THROTTLED", "N-04")
		c.Limit++ // the policy was changed
		decidertest.Given(t, history...).When(c).Then(Counted{By: Email, At: nine})
	}
}

// The proof was found by trying; the one bit less is another request's.
func TestN04_WhileWorkIsDemandedARequestProvesIt(t *testing.T) {
	const request = "0b8f6a0e-6f7e-4a53-9d55-1f1f0a5d2c11"
	proof := ""
	for n := 0; ProvenBits(request, proof) < 12; n++ {
		proof = strconv.Itoa(n)
	}
	c := count()
	c.Request, c.Proof = request, proof
	for _, v := range []struct {
		bits   int
		enough bool
	}{{0, true}, {12, true}, {ProvenBits(request, proof), true}, {ProvenBits(request, proof) + 1, false}} {
		c.ProofBits = v.bits
		if v.enough {
			decidertest.Given[Tally, Event](t).When(c).Then(Counted{By: Email, At: nine})
			continue
		}
		r := decidertest.Given[Tally, Event](t).When(c).Rejected("PROOF_OF_WORK_REQUIRED", "N-04")
		if r.Details["bits"] != strconv.Itoa(v.bits) {
			t.Errorf("details %v", r.Details)
		}
	}
	c.ProofBits, c.Request = 12, "1b8f6a0e-6f7e-4a53-9d55-1f1f0a5d2c11"
	if ProvenBits(c.Request, proof) >= 12 {
		t.Fatal("this request happens to be proven as well")
	}
	decidertest.Given[Tally, Event](t).When(c).Rejected("PROOF_OF_WORK_REQUIRED", "N-04")
}

func TestN04_ZeroBitsAreCountedFromTheFirstOn(t *testing.T) {
	sum := sha256.Sum256([]byte("request:proof"))
	written := ""
	for _, b := range sum {
		written += fmt.Sprintf("%08b", b)
	}
	if want := len(written) - len(strings.TrimLeft(written, "0")); ProvenBits("request", "proof") != want {
		t.Errorf("%d bits, want %d of %s", ProvenBits("request", "proof"), want, written)
	}
}

func TestN04_WhoIsStoppedIsToldWhenToComeBack(t *testing.T) {
	full := []Event{Counted{}, Counted{}}
	for at, seconds := range map[time.Time]string{
		nine:                        "3600",
		ten.Add(-time.Second):       "1",
		ten.Add(-1):                 "1", // never at once: the same window would still hold
		nine.Add(time.Nanosecond):   "3600",
		nine.Add(30 * time.Minute):  "1800",
		ten.Add(-90 * time.Second):  "90",
		nine.Add(100 * time.Second): "3500",
	} {
		c := count()
		c.At = at
		r := decidertest.Given(t, full...).When(c).Rejected("THROTTLED", "N-04")
		if r.Kind != decider.Exhausted || r.Details["retryAfterSeconds"] != seconds {
			t.Errorf("at %s: %+v, want %s s", at, r, seconds)
		}
		if told := r.Error() + r.Details["by"]; strings.Contains(told, "mail") {
			t.Errorf("it tells by what the sender is known: %s", told)
		}
	}
}
