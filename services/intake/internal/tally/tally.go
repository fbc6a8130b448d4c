// Package tally counts how many requests one sender sends within a window of time,
// and stops whoever sends too many (N-04). It is pure.
//
// A tally is one stream for one sender and one window. Its name is a keyed hash of
// both, so a sender has another name in each window, and nothing here is personal.
package tally

import (
	"crypto/sha256"
	"math/bits"
	"strconv"
	"time"

	"aanvraag.internal/services/platform/decider"
)

// Event and Command of a tally stream.
type (
	Event   = decider.Event[Tally]
	Command = decider.Command[Tally, Event]
)

// By is what a sender is known by.
type By string

// What senders are known by.
const (
	Email   By = "email"
	Address By = "address" // of the client, on the network
)

// Tally is one sender in one window.
type Tally struct {
	Counted   int
	Throttled bool // somebody was stopped, which is recorded once
}

// Events lists a sample of every event type of a tally stream.
func Events() []Event { return []Event{Counted{}, Throttled{}} }

// Counted: a request of this sender was let through.
type Counted struct {
	By By        `json:"by"`
	At time.Time `json:"at"`
}

// EventType is the recorded name.
func (Counted) EventType() string { return "submission.counted.v1" }

// Evolve counts it.
func (e Counted) Evolve(t Tally) Tally {
	t.Counted++
	return t
}

// Throttled: a request of this sender was turned away, for the first time in this
// window. Further ones leave no trace, so that a flood does not fill the log (N-04).
type Throttled struct {
	By    By        `json:"by"`
	Limit int       `json:"limit"`
	Until time.Time `json:"until"` // when the window ends
	At    time.Time `json:"at"`
}

// EventType is the recorded name.
func (Throttled) EventType() string { return "submission.throttled.v1" }

// Evolve remembers it.
func (e Throttled) Evolve(t Tally) Tally {
	t.Throttled = true
	return t
}

// Count lets one request through, or not.
type Count struct {
	By    By        `json:"by"`
	Limit int       `json:"limit"`
	Until time.Time `json:"until"` // when the window ends
	At    time.Time `json:"at"`

	// ProofBits is how many zero bits a proof of work must begin with, and Proof the
	// text that is to prove it for this request.
	ProofBits int    `json:"proofBits,omitzero"`
	Request   string `json:"request,omitzero"`
	Proof     string `json:"proof,omitzero"`
}

// Decide refuses more than the limit (N-04), with the seconds after which the next
// window begins, and what comes without the work that is demanded. A proof is good
// for one request, so it cannot be used again.
func (c Count) Decide(t Tally) ([]Event, error) {
	if ProvenBits(c.Request, c.Proof) < c.ProofBits {
		return nil, unproven(c.ProofBits)
	}
	if t.Counted >= c.Limit {
		return nil, throttled(c.Until.Sub(c.At))
	}
	return []Event{Counted{By: c.By, At: c.At}}, nil
}

// ProvenBits is with how many zero bits the SHA-256 of "<request>:<proof>" begins.
func ProvenBits(request, proof string) int {
	zeros := 0
	for _, b := range sha256.Sum256([]byte(request + ":" + proof)) {
		zeros += bits.LeadingZeros8(b)
		if b != 0 {
			break
		}
	}
	return zeros
}

// Throttle records that somebody was stopped.
type Throttle struct {
	By    By        `json:"by"`
	Limit int       `json:"limit"`
	Until time.Time `json:"until"`
	At    time.Time `json:"at"`
}

// Decide records it once a window, and only of a sender who has reached the limit (N-04).
func (c Throttle) Decide(t Tally) ([]Event, error) {
	if t.Throttled || t.Counted < c.Limit {
		return nil, nil
	}
	return []Event{Throttled(c)}, nil
}

func unproven(bits int) *decider.Rejection {
	return &decider.Rejection{
		Kind: decider.Precondition, Code: "PROOF_OF_WORK_REQUIRED", Rule: "N-04",
		Reason:  "requests need a proof of work at the moment; send it again with one",
		Details: map[string]string{"bits": strconv.Itoa(bits)},
	}
}

// throttled does not say by what the sender was known: that somebody else used an
// e-mail address is nobody's business.
func throttled(wait time.Duration) *decider.Rejection {
	seconds := int64((wait + time.Second - 1) / time.Second)
	return &decider.Rejection{
		Kind: decider.Exhausted, Code: "THROTTLED", Rule: "N-04",
		Reason:  "too many requests came from you; try again later, or call",
		Details: map[string]string{"retryAfterSeconds": strconv.FormatInt(max(1, seconds), 10)},
	}
}
