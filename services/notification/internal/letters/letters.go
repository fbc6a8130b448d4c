// Package letters is the chamber of what was written to a customer about one
// support request: whom to write to, and each letter once. What a letter says is
// not here, only its hash. It is pure.
package letters

import (
	"slices"

	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// Event and Command of a notification stream.
type (
	Event   = decider.Event[Letters]
	Command = decider.Command[Letters, Event]
)

// Kind is what a letter is about.
type Kind string

// The kinds of letters, in the order of a request's life.
const (
	Acknowledgement      Kind = "acknowledgement" // of the request's arrival, not an acceptance
	Acceptance           Kind = "acceptance"
	Refusal              Kind = "refusal" // its reason is optional
	Cancellation         Kind = "cancellation"
	Lapse                Kind = "lapse"       // nobody answered in time
	Termination          Kind = "termination" // by the desk, with its reason
	Appointment          Kind = "appointment"
	AppointmentCancelled Kind = "appointment_cancelled" // the request itself stands
	AppointmentMoved     Kind = "appointment_moved"
	AppointmentRevoked   Kind = "appointment_revoked" // with its request, or since that has another one
	Invoice              Kind = "invoice"
	Settlement           Kind = "settlement"

	ConsentConfirmation Kind = "consent_confirmation" // with texts and receipt (O-03, O-06, X-06)
	ConsentWithdrawn    Kind = "consent_withdrawn"    // one purpose (O-09)
	Withdrawal          Kind = "withdrawal"           // from the contract, acknowledged

	ForceMajeure Kind = "force_majeure" // the work stands still; the desk consults (F-02)
	DataIncident Kind = "data_incident" // something happened to his data (D-03)
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{
		Acknowledgement, Acceptance, Refusal, Cancellation, Lapse, Termination,
		Appointment, AppointmentCancelled, AppointmentMoved, AppointmentRevoked, ForceMajeure, Invoice, Settlement, DataIncident,
		ConsentConfirmation, ConsentWithdrawn, Withdrawal,
	}
}

// PartyKind decides which law protects the customer.
type PartyKind string

// The kinds of party.
const (
	Business PartyKind = "business"
	Consumer PartyKind = "consumer"
)

// Contact is whom letters about a request go to, and in which language.
type Contact struct {
	Contact   sealed.Data `json:"contact"`
	Language  string      `json:"language"`
	Reference string      `json:"reference"` // what the customer says over the phone
	PartyKind PartyKind   `json:"partyKind"`
}

// Letters is everything that was written about one support request.
type Letters struct {
	Contact *Contact // nil until it is learned
	Sent    []LetterSent
	Handled []string         // ids of the events that were answered, with a letter or without
	Owed    []Owed           // letters that had to leave at once (F-02)
	Tasks   []Task           // calls that staff has to make, or made
	Terms   []TermsDelivered // documents that went with letters
}

// Answered tells whether an event was answered, with a letter or without.
func (l Letters) Answered(causeEventID string) bool { return slices.Contains(l.Handled, causeEventID) }

// with adds an answered event. Earlier states keep their own list.
func (l Letters) with(causeEventID string) Letters {
	l.Handled = append(slices.Clip(l.Handled), causeEventID)
	return l
}
