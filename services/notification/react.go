package notification

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/kernel/money"
	"aanvraag.internal/services/notification/internal/letters"
	"aanvraag.internal/services/notification/internal/wording"
	"aanvraag.internal/services/platform/inbox"
	"aanvraag.internal/services/platform/vault"
)

// letter is what a public event is worth telling the customer. The zero value is
// no letter: there is nothing to tell that another letter does not.
type letter struct {
	kind  letters.Kind
	learn *letters.Learn // whom to write to, when the event says so
	facts wording.Facts
	// reason that the desk gave the customer, still sealed.
	reason vault.Sealed
	// declarant is who withdrew from the contract, still sealed.
	declarant vault.Sealed
	// evidence goes with it, as files.
	evidence evidence
	// atOnce is when it happened, of what the customer must hear of at once (F-02).
	atOnce time.Time
	invite *invitation // what the customer's calendar is told; nil: nothing
}

// about is a public event that names its support request.
type about[T any] interface {
	*T
	proto.Message
	GetSupportRequestId() string
}

// reaction writes the letter that follows from a public event, if any.
func reaction[T any, M about[T]](s *Service, tell func(M) letter) inbox.Handler {
	return inbox.On(func(ctx context.Context, in inbox.Inbound, m M) error {
		l := tell(m)
		if l.kind == "" {
			return nil
		}
		return s.write(ctx, in, m.GetSupportRequestId(), l)
	})
}

// onSubmitted acknowledges an offer; that is not an acceptance (R-02, G-16).
func onSubmitted(m *intakev1.SupportRequestSubmitted) letter {
	return letter{
		kind: letters.Acknowledgement,
		learn: &letters.Learn{Contact: letters.Contact{
			Contact:   vault.FromPublic(m.GetContact()),
			Language:  wording.Language(m.GetLanguage()),
			Reference: m.GetReference(),
			PartyKind: partyKind(m.GetPartyKind()),
		}},
		facts: wording.Facts{NextOpening: instant(m.GetNextOpening())},
	}
}

func onAccepted(*intakev1.SupportRequestAccepted) letter {
	return letter{kind: letters.Acceptance}
}

// onRefused tells of a refusal, with a reason only where one was given for the
// customer. An internal note is not even in the event.
func onRefused(m *intakev1.SupportRequestRefused) letter {
	return letter{kind: letters.Refusal, reason: vault.FromPublic(m.GetReason())}
}

func onCancelled(*intakev1.SupportRequestCancelled) letter {
	return letter{kind: letters.Cancellation}
}

// onLapsed tells that nobody answered in time, and that nothing is owed.
func onLapsed(*intakev1.SupportRequestLapsed) letter {
	return letter{kind: letters.Lapse}
}

// onTerminated tells why the desk ended the agreement; there always is a reason.
func onTerminated(m *intakev1.SupportRequestTerminated) letter {
	return letter{kind: letters.Termination, reason: vault.FromPublic(m.GetReason())}
}

func onAppointmentBooked(m *schedulingv1.AppointmentBooked) letter {
	start, length := instant(m.GetStart()), m.GetDuration().AsDuration()
	return letter{
		kind:   letters.Appointment,
		facts:  wording.Facts{Start: start, Duration: length},
		invite: &invitation{appointmentID: m.GetAppointmentId(), start: start, length: length},
	}
}

func onAppointmentMoved(m *schedulingv1.AppointmentMoved) letter {
	start, length := instant(m.GetStart()), m.GetDuration().AsDuration()
	return letter{
		kind: letters.AppointmentMoved,
		facts: wording.Facts{
			Start: start, Duration: length, Was: instant(m.GetFromStart()), WasFor: m.GetFromDuration().AsDuration(),
		},
		invite: &invitation{appointmentID: m.GetAppointmentId(), sequence: m.GetSequence(), start: start, length: length},
	}
}

// onAppointmentCancelled tells that a new time will follow. Of an appointment that
// was revoked the calendar is told: its entry goes, and the refusal or
// cancellation of the request, or the letter about force majeure, says why. Before
// there were invitations there was no entry, and so nothing to tell.
func onAppointmentCancelled(m *schedulingv1.AppointmentCancelled) letter {
	start, length := instant(m.GetStart()), m.GetDuration().AsDuration()
	l := letter{kind: letters.AppointmentCancelled, facts: wording.Facts{Start: start, Duration: length}}
	if m.GetSequence() > 0 {
		l.invite = &invitation{
			appointmentID: m.GetAppointmentId(), sequence: m.GetSequence(), cancelled: true, start: start, length: length,
		}
	}
	told := m.GetRevoked() || m.GetForceMajeure()
	switch {
	case told && l.invite == nil:
		return letter{}
	case told:
		l.kind = letters.AppointmentRevoked
	}
	return l
}

func onInvoiceIssued(m *billingv1.InvoiceIssued) letter {
	return letter{kind: letters.Invoice, facts: wording.Facts{
		Number:         m.GetNumber(),
		InvoiceDate:    m.GetInvoiceDate(),
		DueDate:        m.GetDueDate(),
		ServiceDate:    m.GetServiceDate(),
		HourlyRate:     money.Cents(m.GetHourlyRateCents()),
		PerMinute:      m.GetBilledSeconds() == (m.GetWorkedSeconds()+59)/60*60,
		BilledSeconds:  m.GetBilledSeconds(),
		Time:           money.Cents(m.GetTimeCents()),
		MinimumSupport: money.Cents(m.GetMinimumSupportCents()),
		MinimumInvoice: money.Cents(m.GetMinimumInvoiceCents()),
		ExcludingVAT:   money.Cents(m.GetTotalExcludingVatCents()),
		VATBasisPoints: int64(m.GetVatBasisPoints()),
		VAT:            money.Cents(m.GetVatCents()),
		IncludingVAT:   money.Cents(m.GetTotalIncludingVatCents()),
		Payment:        m.GetPaymentReference(),
	}}
}

func onInvoiceSettled(m *billingv1.InvoiceSettled) letter {
	return letter{kind: letters.Settlement, facts: wording.Facts{
		Number: m.GetNumber(), SettledAt: instant(m.GetSettledAt()), Credit: money.Cents(m.GetCreditCents()),
	}}
}

// onDataIncident tells what happened to the customer's data, in the words of whoever
// recorded it (D-03).
func onDataIncident(m *intakev1.DataIncidentRecorded) letter {
	return letter{
		kind: letters.DataIncident, reason: vault.FromPublic(m.GetWhatHappened()),
		facts: wording.Facts{HappenedAt: instant(m.GetHappenedAt()), PersonalData: m.GetPersonalDataInvolved()},
	}
}

// onForceMajeure tells the client at once that the work stands still (F-02).
func onForceMajeure(m *schedulingv1.ForceMajeureDeclared) letter {
	return letter{
		kind: letters.ForceMajeure, atOnce: instant(m.GetDeclaredAt()),
		facts: wording.Facts{Start: instant(m.GetAt()), Cause: causes[m.GetCause()]},
	}
}

// causes are the words that the templates know; any other is an unforeseen one.
var causes = map[schedulingv1.ForceMajeureCause]string{
	schedulingv1.ForceMajeureCause_FORCE_MAJEURE_CAUSE_POWER:     "power",
	schedulingv1.ForceMajeureCause_FORCE_MAJEURE_CAUSE_NETWORK:   "network",
	schedulingv1.ForceMajeureCause_FORCE_MAJEURE_CAUSE_SUPPLIER:  "supplier",
	schedulingv1.ForceMajeureCause_FORCE_MAJEURE_CAUSE_ATTACK:    "attack",
	schedulingv1.ForceMajeureCause_FORCE_MAJEURE_CAUSE_DISASTER:  "disaster",
	schedulingv1.ForceMajeureCause_FORCE_MAJEURE_CAUSE_AUTHORITY: "authority",
}

func partyKind(k commonv1.PartyKind) letters.PartyKind {
	if k == commonv1.PartyKind_PARTY_KIND_BUSINESS {
		return letters.Business
	}
	return letters.Consumer // protective when unsure
}

func instant(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}

// onReceiptIssued confirms what was agreed, or what was taken back, on a durable medium:
// with the texts, and the receipt that proves it (O-03, O-06, O-09, X-06).
func onReceiptIssued(m *consentv1.ConsentReceiptIssued) letter {
	l := letter{
		kind:     letters.ConsentConfirmation,
		evidence: evidence{consentID: m.GetConsentId(), receipt: m.GetReceipt()},
		facts: wording.Facts{
			HourlyRate: money.Cents(m.GetHourlyRateCents()), HourlyRateIncl: money.Cents(m.GetHourlyRateIncludingVatCents()),
			Support: money.Cents(m.GetMinimumSupportCents()), SupportIncl: money.Cents(m.GetMinimumSupportIncludingVatCents()),
			InvoiceLeast: money.Cents(m.GetMinimumInvoiceCents()), InvoiceLeastIncl: money.Cents(m.GetMinimumInvoiceIncludingVatCents()),
			Button: m.GetButtonText(), ExpressStart: m.GetStartImmediately() && m.GetWithdrawalLossAcknowledged(),
			RecordID: m.GetRecordId(), KeyID: m.GetKeyId(),
		},
	}
	if purpose, taken := takenBack[m.GetWithdrawn()]; taken {
		l.kind, l.facts.Purpose = letters.ConsentWithdrawn, purpose
		return l
	}
	for _, d := range m.GetDocuments() {
		l.evidence.documents = append(l.evidence.documents, d.GetSha256())
	}
	return l
}

var takenBack = map[consentv1.ConsentPurpose]string{
	consentv1.ConsentPurpose_CONSENT_PURPOSE_AGREEMENT:       "agreement",
	consentv1.ConsentPurpose_CONSENT_PURPOSE_RECORDING:       "recording",
	consentv1.ConsentPurpose_CONSENT_PURPOSE_MARKETING:       "marketing",
	consentv1.ConsentPurpose_CONSENT_PURPOSE_IMMEDIATE_START: "immediate_start",
}

// onWithdrawalAcknowledged answers a withdrawal at once, with its content, date and
// time, whatever it led to.
func onWithdrawalAcknowledged(m *consentv1.WithdrawalAcknowledged) letter {
	return letter{
		kind:      letters.Withdrawal,
		declarant: vault.FromPublic(m.GetName()),
		facts: wording.Facts{
			DeclaredAt: instant(m.GetDeclaredAt()), AcknowledgedAt: instant(m.GetAcknowledgedAt()),
			Outcome: withdrawalOutcomes[m.GetOutcome()], WorkedPartOwed: m.GetStartRequested(),
		},
	}
}

var withdrawalOutcomes = map[consentv1.WithdrawalOutcome]string{
	consentv1.WithdrawalOutcome_WITHDRAWAL_OUTCOME_EFFECTIVE:    "effective",
	consentv1.WithdrawalOutcome_WITHDRAWAL_OUTCOME_PERFORMED:    "performed",
	consentv1.WithdrawalOutcome_WITHDRAWAL_OUTCOME_PERIOD_OVER:  "period_over",
	consentv1.WithdrawalOutcome_WITHDRAWAL_OUTCOME_ENDED_BEFORE: "ended_before",
}
