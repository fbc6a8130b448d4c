package intake

import (
	"context"
	"errors"
	"fmt"
	"time"

	"connectrpc.com/connect/v2"

	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/intake/internal/request"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/rpc"
)

// Somebody may accept a moment after consent was given, or close a moment after
// the session ended, while the news of it is still on its way here. Then the
// service that owns the fact is asked, and only when the fact is there is it waited
// for. Nothing is decided on what a neighbour says: the command is decided again on
// this log. If the news does not come, the caller is told to send it again.

// patience is how long a fact that exists may take to arrive.
const patience = time.Second

// consentUnderWay waits, after a refusal for want of consent, for a consent that
// exists. It answers nil once the command may be decided again, the refusal itself
// when there is nothing to wait for, or that the news has not come.
func (s *Service) consentUnderWay(ctx context.Context, id string, refusal error) error {
	if rejection, ok := errors.AsType[*decider.Rejection](refusal); !ok || rejection.Code != "CONSENT_MISSING" {
		return refusal
	}
	binds := func() error {
		answer, err := s.neighbours.Consents.GetConsent(ctx, &consentv1.GetConsentRequest{SupportRequestId: id})
		switch {
		case err != nil:
			return unlessMissing(err, refusal)
		case answer.GetConsent().GetWithheld(): // it does not bind the customer, and will not come
			return refusal
		}
		return nil
	}
	if err := binds(); err != nil {
		return err
	}
	err := s.until(ctx, id, func(r request.Request) bool {
		return r.State != request.StateSubmitted || !r.Consent.IsZero()
	})
	if err == nil || ctx.Err() != nil {
		return err
	}
	if withheld := binds(); withheld != nil { // it came before the request, which consent knows by now
		return withheld
	}
	return err
}

// workUnderWay does the same after closing was refused: because of the state, for
// the end of the session that stood in the way; for want of a note, for one that
// was made after a session had ended.
func (s *Service) workUnderWay(ctx context.Context, id string, refusal error) error {
	rejection, ok := errors.AsType[*decider.Rejection](refusal)
	if !ok {
		return refusal
	}
	standing, err := s.requests.Load(ctx, id)
	if err != nil {
		return err
	}
	switch {
	case rejection.Code == "CONSULT_FIRST":
		return s.agreementUnderWay(ctx, id, standing.State, refusal)
	case rejection.Code == "ILLEGAL_STATE":
		return s.endUnderWay(ctx, id, standing.State, refusal)
	case rejection.Details["missing"] == "note":
		return s.noteUnderWay(ctx, id, standing.State, refusal)
	}
	return refusal
}

// agreementUnderWay waits for what was agreed with the customer, when scheduling
// knows that something was (F-03).
func (s *Service) agreementUnderWay(ctx context.Context, id string, r request.Request, refusal error) error {
	if len(r.Sessions) == 0 {
		return refusal
	}
	last := r.Sessions[len(r.Sessions)-1].ID
	asked, err := s.neighbours.Sessions.GetSession(ctx, &schedulingv1.GetSessionRequest{SessionId: last})
	if err != nil {
		return unlessMissing(err, refusal)
	}
	if asked.GetRequestSuspended() {
		return refusal
	}
	return s.until(ctx, id, func(r request.Request) bool { return !r.Suspended })
}

// correctionsUnderWay waits, before closing, until every correction of measured time
// that counts has come here: what is billed follows from the seconds known here (T-12).
func (s *Service) correctionsUnderWay(ctx context.Context, id string) error {
	standing, err := s.requests.Load(ctx, id)
	if err != nil {
		return err
	}
	for _, known := range standing.State.Sessions {
		if known.State != request.Ended {
			continue
		}
		asked, err := s.neighbours.Sessions.GetSession(ctx, &schedulingv1.GetSessionRequest{SessionId: known.ID})
		if connect.CodeOf(err) == connect.CodeNotFound {
			continue
		}
		if err != nil {
			return fmt.Errorf("ask another service: %w", err)
		}
		count := int(asked.GetSession().GetCorrections())
		err = s.until(ctx, id, func(r request.Request) bool { return r.Final() || r.Outcome != "" || r.Corrected(known.ID) >= count })
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) noteUnderWay(ctx context.Context, id string, r request.Request, refusal error) error {
	for _, session := range r.Sessions {
		if session.Notes > 0 && session.Unnoted == 0 {
			continue
		}
		asked, err := s.neighbours.Sessions.GetSession(ctx, &schedulingv1.GetSessionRequest{SessionId: session.ID})
		if err != nil {
			return unlessMissing(err, refusal)
		}
		made := int(asked.GetSession().GetNoteCount())
		if made <= session.Notes {
			return refusal
		}
		return s.until(ctx, id, func(r request.Request) bool { return r.Final() || r.Notes(session.ID) >= made })
	}
	return nil // the news has come since the refusal; deciding again tells
}

func (s *Service) endUnderWay(ctx context.Context, id string, r request.Request, refusal error) error {
	session, err := s.sessionInTheWay(ctx, id, r)
	if err != nil || session == "" {
		return err // nil: the news may have come since the refusal; deciding again tells
	}
	asked, err := s.neighbours.Sessions.GetSession(ctx, &schedulingv1.GetSessionRequest{SessionId: session})
	if err != nil {
		return unlessMissing(err, refusal)
	}
	if asked.GetSession().GetState() != schedulingv1.SessionState_SESSION_STATE_ENDED {
		return refusal
	}
	return s.until(ctx, id, func(r request.Request) bool { return r.Final() || r.Ended(session) })
}

// sessionInTheWay is the session whose end is missing here: one that is open, or
// one that this log has not heard of at all.
func (s *Service) sessionInTheWay(ctx context.Context, id string, r request.Request) (string, error) {
	if open := r.OpenSession(); open != "" {
		return open, nil
	}
	if r.State != request.StateAccepted && r.State != request.StateScheduled {
		return "", nil
	}
	end, err := s.house.Store.End(ctx)
	if err != nil {
		return "", fmt.Errorf("look for sessions: %w", err)
	}
	// The list must have seen all that was recorded before now.
	asked, err := s.neighbours.Sessions.ListAppointments(ctx, &schedulingv1.ListAppointmentsRequest{
		SupportRequestId: id, ConsistencyToken: rpc.Token(end),
	})
	if err != nil {
		return "", fmt.Errorf("ask scheduling for sessions: %w", err)
	}
	for _, a := range asked.GetAppointments() {
		if a.GetSessionId() != "" && !r.Ended(a.GetSessionId()) {
			return a.GetSessionId(), nil
		}
	}
	return "", nil
}

// unlessMissing is the refusal when the neighbour knows of no such fact. A neighbour
// that cannot answer says nothing about it: the caller is to come back.
func unlessMissing(err, refusal error) error {
	if connect.CodeOf(err) == connect.CodeNotFound {
		return refusal
	}
	return fmt.Errorf("ask another service: %w", err)
}

// until waits, at most for its patience, for news of a request until it is as wanted.
func (s *Service) until(ctx context.Context, id string, wanted func(request.Request) bool) error {
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		standing, err := s.requests.Load(ctx, id)
		if err != nil || wanted(standing.State) {
			return err
		}
		if err := eventstore.Await(wait, s.house.Store, s.requests.Stream(id), standing.Revision); err != nil {
			if wait.Err() != nil && ctx.Err() == nil {
				return rpc.NotYet()
			}
			return err
		}
	}
}
