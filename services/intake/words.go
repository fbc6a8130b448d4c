package intake

import (
	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/intake/internal/request"
)

// The recorded words and the public contract's numbers for them.
var (
	states = map[request.State]intakev1.SupportRequestState{
		request.StateDiverted:   intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_DIVERTED,
		request.StateSubmitted:  intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_SUBMITTED,
		request.StateAccepted:   intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_ACCEPTED,
		request.StateScheduled:  intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_SCHEDULED,
		request.StateInProgress: intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_IN_PROGRESS,
		request.StatePaused:     intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_PAUSED,
		request.StateClosed:     intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_CLOSED,
		request.StateInvoiced:   intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_INVOICED,
		request.StateSettled:    intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_SETTLED,
		request.StateRefused:    intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_REFUSED,
		request.StateCancelled:  intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_CANCELLED,
		request.StateDrafted:    intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_DRAFTED,
		request.StateExpired:    intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_EXPIRED,
		request.StateSuspended:  intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_SUSPENDED,
	}
	channels = map[request.Channel]intakev1.Channel{
		request.WebForm:    intakev1.Channel_CHANNEL_WEB_FORM,
		request.Email:      intakev1.Channel_CHANNEL_EMAIL,
		request.Phone:      intakev1.Channel_CHANNEL_PHONE,
		request.Monitoring: intakev1.Channel_CHANNEL_MONITORING,
	}
	kinds = map[request.PartyKind]commonv1.PartyKind{
		request.Business: commonv1.PartyKind_PARTY_KIND_BUSINESS,
		request.Consumer: commonv1.PartyKind_PARTY_KIND_CONSUMER,
	}
	outcomes = map[request.Outcome]intakev1.Outcome{
		request.Resolved:   intakev1.Outcome_OUTCOME_RESOLVED,
		request.Unresolved: intakev1.Outcome_OUTCOME_UNRESOLVED,
		request.Partly:     intakev1.Outcome_OUTCOME_PARTLY,
		request.Aborted:    intakev1.Outcome_OUTCOME_ABORTED,
	}
)

// wordFor is the recorded word of a public number; "" for one that has none.
func wordFor[W ~string, N comparable](words map[W]N, number N) W {
	for word, n := range words {
		if n == number {
			return word
		}
	}
	return ""
}
