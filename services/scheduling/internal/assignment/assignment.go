// Package assignment is the chamber of what scheduling knows of one support
// request: whether it may be given a time, what the customer declared, which
// appointment it has, whether force majeure keeps it from going on (article 9), and
// which recordings wait for its bill to be paid. Most of it is built from other
// services' events, which arrive in no common order, so those wishes can come
// early, late or twice, and none of them is rejected.
package assignment

import (
	"slices"
	"time"

	"aanvraag.internal/services/kernel/money"
	"aanvraag.internal/services/platform/decider"
)

// Event and Command of an assignment stream.
type (
	Event   = decider.Event[Assignment]
	Command = decider.Command[Assignment, Event]
)

// The states of a request, as far as scheduling is concerned.
const (
	Unaccepted = "UNACCEPTED" // nothing is agreed yet
	Accepted   = "ACCEPTED"   // it waits for a time
	Scheduled  = "SCHEDULED"  // it has an appointment, to come or under way
	Suspended  = "SUSPENDED"  // force majeure; the customer is consulted (F-03)
	Ending     = "ENDING"     // its end was asked for and is being decided
	Ended      = "ENDED"      // refused, cancelled, terminated or closed, or agreed to end (F-04)
)

// Assignment is one request.
type Assignment struct {
	Opened   bool // accepted
	Released bool // refused, cancelled, terminated or closed; for good
	Consent  *Consent

	// Consumer and ConcludedAt decide on the period of withdrawal.
	Consumer    bool
	ConcludedAt time.Time // acceptance; zero before

	Appointment string   // the one to come or under way; empty when there is none
	Past        []string // appointments that no longer count

	// Ending is the wish to end the request that is being decided; empty for none.
	Ending string

	Recordings []string // sessions of which a recording is kept until the bill is satisfied
	SettledBy  string   // the invoice that was paid; empty before

	EndedAt     time.Time // when the request ended; zero before, and where it was not recorded
	NotInvoiced bool      // no bill follows (S-06)

	Declared int       // how often force majeure was declared
	Agreed   int       // the last declaration about which something was agreed
	AgreedAt time.Time // when that was
	Finished bool      // it was agreed that the work ends there (F-04)

	Cap        money.Cents // the customer's, exclusive of VAT; 0: none (T-11)
	CapSeconds int64       // of work, over all sessions, cost no more
}

// Unbilled answers since when the request is over without a bill to come, and
// whether it is (S-06).
func (a Assignment) Unbilled() (time.Time, bool) {
	return a.EndedAt, a.Released && a.NotInvoiced && a.SettledBy == "" && !a.EndedAt.IsZero()
}

// Consent is what the customer declared, as far as work depends on it.
type Consent struct {
	Backup              string    `json:"backup,omitzero"` // "made", "not_needed", "none_proceed", or empty (D-01)
	RecordingNoticeSeen bool      `json:"recordingNoticeSeen"`
	TariffSHA256        string    `json:"tariffSha256,omitzero"` // that he agreed to (T-11)
	DeclaredAt          time.Time `json:"declaredAt,omitzero"`   // when he declared his backup; zero in old histories
	// StartImmediately and WithdrawalLossAcknowledged let a consumer's work start within
	// the period of withdrawal.
	StartImmediately           bool `json:"startImmediately,omitzero"`
	WithdrawalLossAcknowledged bool `json:"withdrawalLossAcknowledged,omitzero"`
}

// Express tells whether the customer asked to start at once. Whether he also
// acknowledged what that costs him decides what he owes when he withdraws, not whether
// the work he asked for may begin.
func (c *Consent) Express() bool { return c != nil && c.StartImmediately }

// State is where the request stands.
func (a Assignment) State() string {
	switch {
	case a.Released, a.Finished:
		return Ended
	case a.Ending != "":
		return Ending
	case !a.Opened:
		return Unaccepted
	case a.Declared > a.Agreed:
		return Suspended
	case a.Appointment != "":
		return Scheduled
	}
	return Accepted
}

func (a Assignment) without(appointmentID string) Assignment {
	if a.Appointment == appointmentID {
		a.Appointment = ""
	}
	if !slices.Contains(a.Past, appointmentID) {
		a.Past = append(slices.Clip(a.Past), appointmentID)
	}
	return a
}
