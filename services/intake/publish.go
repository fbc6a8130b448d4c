package intake

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/intake/internal/incident"
	"aanvraag.internal/services/intake/internal/request"
	"aanvraag.internal/services/intake/internal/tally"
	"aanvraag.internal/services/intake/internal/warranty"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/vault"
)

var (
	codec      = command.NewCodec[request.Request](request.Events())
	tallyCodec = command.NewCodec[tally.Tally](tally.Events())
	claimCodec = command.NewCodec[warranty.Claim](warranty.Events())
)

// publish gives the public form of an own event; nil for a private one. What is
// sealed leaves sealed, and only where another service needs it: the problem and
// the internal notes stay here.
func publish(r eventstore.Recorded) (proto.Message, error) {
	streams, id, _ := strings.Cut(r.Stream, "-")
	switch streams {
	case category:
		e, err := codec.Decode(r.Type, r.Data)
		if err != nil {
			return nil, err
		}
		return publicEvent(id, e), nil
	case incidentCategory:
		e, err := incidentCodec.Decode(r.Type, r.Data)
		if err != nil {
			return nil, err
		}
		if recorded, ok := e.(incident.DataIncidentRecorded); ok {
			return &intakev1.DataIncidentRecorded{
				IncidentId: id, SupportRequestId: recorded.SupportRequestID, HappenedAt: timestamppb.New(recorded.HappenedAt),
				PersonalDataInvolved: recorded.PersonalData, WhatHappened: vault.Public(recorded.WhatHappened),
			}, nil
		}
		return nil, nil
	case contactCategory, mailCategory:
		return nil, nil // nobody else listens
	case tallies:
		_, err := tallyCodec.Decode(r.Type, r.Data)
		return nil, err // how often somebody sends is nobody else's business
	case claimCategory:
		e, err := claimCodec.Decode(r.Type, r.Data)
		if err != nil {
			return nil, err
		}
		return publicClaim(id, e), nil
	case "policy":
		return policies.Public(r)
	}
	return nil, fmt.Errorf("stream %s is not intake's", r.Stream)
}

func publicEvent(id string, e request.Event) proto.Message {
	switch e := e.(type) {
	case request.Submitted:
		m := &intakev1.SupportRequestSubmitted{
			SupportRequestId: id,
			Reference:        e.Reference,
			Channel:          channels[e.Channel],
			PartyKind:        kinds[e.PartyKind],
			Language:         e.Language,
			SubmittedAt:      timestamppb.New(e.SubmittedAt),
			Contact:          vault.Public(e.Contact),
			InvoiceParty:     vault.Public(e.InvoiceParty),
		}
		if !e.NextOpening.IsZero() {
			m.NextOpening = timestamppb.New(e.NextOpening)
		}
		return m
	case request.Diverted:
		return &intakev1.SupportRequestDiverted{SupportRequestId: id, DivertedAt: timestamppb.New(e.DivertedAt)}
	case request.Accepted:
		return &intakev1.SupportRequestAccepted{
			SupportRequestId: id,
			AcceptedAt:       timestamppb.New(e.AcceptedAt),
			ConsentId:        e.ID,
			PartyKind:        kinds[e.PartyKind],
		}
	case request.Refused:
		return &intakev1.SupportRequestRefused{
			SupportRequestId: id, RefusedAt: timestamppb.New(e.RefusedAt), Reason: vault.Public(e.Reason),
		}
	case request.Cancelled:
		return &intakev1.SupportRequestCancelled{SupportRequestId: id, CancelledAt: timestamppb.New(e.CancelledAt)}
	case request.Closed:
		return publicClosed(id, e)
	case request.Drafted:
		return &intakev1.SupportRequestDrafted{
			SupportRequestId: id,
			Reference:        e.Reference,
			Channel:          channels[e.Channel],
			DraftedAt:        timestamppb.New(e.DraftedAt),
			ExpiresAt:        timestamppb.New(e.ExpiresAt),
		}
	case request.LinkIssued:
		return &intakev1.IntakeLinkIssued{
			SupportRequestId: id,
			IssuedAt:         timestamppb.New(e.IssuedAt),
			ExpiresAt:        timestamppb.New(e.ExpiresAt),
			DeviceHash:       e.Device,
		}
	case request.Expired:
		return &intakev1.SupportRequestExpired{SupportRequestId: id, ExpiredAt: timestamppb.New(e.ExpiredAt)}
	}
	return publicExit(id, e)
}

// publicExit is the public form of what ends a request otherwise.
func publicExit(id string, e request.Event) proto.Message {
	switch e := e.(type) {
	case request.Lapsed:
		return &intakev1.SupportRequestLapsed{SupportRequestId: id, LapsedAt: timestamppb.New(e.LapsedAt)}
	case request.EndingBegun:
		return &intakev1.SupportRequestEnding{SupportRequestId: id, EndingId: e.ID, AfterWork: e.AfterWork()}
	case request.Terminated:
		return &intakev1.SupportRequestTerminated{
			SupportRequestId: id, TerminatedAt: timestamppb.New(e.TerminatedAt), Reason: vault.Public(e.Reason),
		}
	case request.Erased:
		return &intakev1.SupportRequestErased{SupportRequestId: id, ErasedAt: timestamppb.New(e.ErasedAt), KeyIds: e.KeyIDs}
	case request.WarrantyRaised:
		return &intakev1.WarrantyClaimRaised{
			SupportRequestId: id, WarrantyClaimId: e.ClaimID, RaisedAt: timestamppb.New(e.RaisedAt),
		}
	}
	return nil
}

// publicClaim is the decision on a claim. What was said of it stays here.
func publicClaim(id string, e warranty.Event) proto.Message {
	switch e := e.(type) {
	case warranty.ClaimGranted:
		return &intakev1.WarrantyClaimGranted{
			WarrantyClaimId: id, SupportRequestId: e.SupportRequestID, GrantedAt: timestamppb.New(e.GrantedAt),
		}
	case warranty.ClaimRejected:
		return &intakev1.WarrantyClaimRejected{
			WarrantyClaimId: id, SupportRequestId: e.SupportRequestID, RejectedAt: timestamppb.New(e.RejectedAt),
		}
	}
	return nil
}

func publicClosed(id string, e request.Closed) *intakev1.SupportRequestClosed {
	m := &intakev1.SupportRequestClosed{
		SupportRequestId:    id,
		Reference:           e.Reference,
		ClosedAt:            timestamppb.New(e.ClosedAt),
		Outcome:             outcomes[e.Outcome],
		Tariff:              policies.Ref(e.Tariff),
		ConsentId:           e.ConsentID,
		PartyKind:           kinds[e.PartyKind],
		Language:            e.Language,
		InvoiceParty:        vault.Public(e.InvoiceParty),
		Withdrawn:           owed[e.Withdrawn],
		EndedByForceMajeure: e.EndedByForceMajeure,
		AbortedBy:           aborters[e.AbortedBy],
		UnderWarranty:       e.UnderWarranty,
	}
	for _, w := range e.Sessions {
		m.Sessions = append(m.Sessions, &intakev1.WorkedSession{
			SessionId:      w.SessionID,
			WorkedSeconds:  w.WorkedSeconds,
			RegularSeconds: w.RegularSeconds,
			OutsideSeconds: w.OutsideSeconds,
			StartedAt:      timestamppb.New(w.StartedAt),
			EndedAt:        timestamppb.New(w.EndedAt),
			Calendar:       policies.Ref(w.Calendar),
		})
	}
	return m
}

var owed = map[request.Owed]intakev1.WithdrawnWork{
	request.Proportional: intakev1.WithdrawnWork_WITHDRAWN_WORK_PROPORTIONAL,
	request.Nothing:      intakev1.WithdrawnWork_WITHDRAWN_WORK_NOTHING,
}
