package request

import (
	"time"

	"aanvraag.internal/services/platform/decider"
)

// ProcessorAgreementLinked: the desk processes what is on this business client's
// devices under an agreement, named by its number (D-07).
type ProcessorAgreementLinked struct {
	AgreementID string    `json:"agreementId"`
	LinkedAt    time.Time `json:"linkedAt"`
}

// EventType is the recorded name.
func (ProcessorAgreementLinked) EventType() string { return "request.processor_agreement_linked.v1" }

// Evolve links.
func (e ProcessorAgreementLinked) Evolve(r Request) Request {
	r.ProcessorAgreement = e.AgreementID
	return r.changed(e.LinkedAt)
}

// LinkProcessorAgreement names the agreement, or a newer one.
type LinkProcessorAgreement struct {
	AgreementID string    `json:"agreementId"`
	At          time.Time `json:"at"`
}

// Decide links it for a business client whose devices the desk may come to work on,
// or did (D-07). A consumer is no controller of anybody's data.
func (c LinkProcessorAgreement) Decide(r Request) ([]Event, error) {
	switch r.State {
	case StateNone:
		return nil, Unknown
	case StateDrafted, StateDiverted, StateExpired, StateRefused, StateCancelled:
		return nil, illegal(r, "link-processor-agreement", "8", "D-07")
	}
	switch {
	case r.PartyKind != Business:
		return nil, errBusinessOnly
	case r.ProcessorAgreement == c.AgreementID:
		return nil, nil
	}
	return []Event{ProcessorAgreementLinked{AgreementID: c.AgreementID, LinkedAt: c.At}}, nil
}

var errBusinessOnly = &decider.Rejection{
	Kind: decider.Precondition, Code: "PROCESSOR_AGREEMENT_BUSINESS_ONLY", Article: "8", Rule: "D-07",
	Reason: "only a business client has a processor agreement",
}

// ProcessorAgreementMissing warns, and blocks nothing, from the agreement to the
// work on (D-07): nobody's data is processed before.
func (r Request) ProcessorAgreementMissing() bool {
	switch r.State {
	case StateAccepted, StateScheduled, StateInProgress, StatePaused, StateSuspended, StateClosed, StateInvoiced, StateSettled:
		return r.PartyKind == Business && r.ProcessorAgreement == ""
	}
	return false
}
