package check

// rule says what stands in the log, once nothing is left to do, because an event
// does: what docs/lifecycle.md says that follows, and the reactions of the services
// record. What may rightly find nothing to do any more has no rule, or one that says
// when.
type rule struct {
	causes   []string          // event types
	stream   string            // only causes of this stream; empty: of any
	when     func(*event) bool // nil: always
	listener string            // the service that answers
	effects  []string          // any one of these
	letter   string            // of this kind only
	// by is what cause and effect both name. Without it the effect names the cause as
	// its source.
	by     []part
	given  *presence  // only where this is there
	unless []presence // and none of these is
}

// presence is any one of some event types that names the same parts as the cause.
type presence struct {
	types []string
	by    []part
	twice bool      // at least two of them
	with  *presence // and this too
}

// Types that invariants ask about besides rules.
const (
	letterSent       = "letter.sent.v1"
	letterSkipped    = "letter.skipped.v1"
	invoiceIssued    = "invoice.issued.v1"
	recordingStarted = "recording.started.v1"
	keyDestroyed     = "recording.key_destroyed.v1"
	keysDestroyed    = "request.keys_destroyed.v1"
	personErased     = "request.erased.v1"

	recordingUploaded = "recording.uploaded.v1"
)

func types(list ...string) []string { return list }

func names(parts ...part) []part { return parts }

// gone are the ends of a request before its work was carried out.
func gone(more ...string) []string {
	return append(types("request.refused.v1", "request.cancelled.v1", "request.lapsed.v1", "request.terminated.v1"), more...)
}

// over: the request came to its end, so news of it may have found nothing to do.
func over(types ...string) []presence { return []presence{{types: types, by: names(request)}} }

// overWithout: the request was closed without a session that began at that moment.
// There was another session then, for closing waits for what it knows of.
func overWithout() []presence {
	closed := presence{types: types("request.closed.v1"), by: names(request), with: &presence{
		types: types("session.started.v1"), by: names(request), twice: true,
	}}
	return append(over(gone()...), closed)
}

// off: the appointment no longer counts for its request.
func off() []string {
	return types("assignment.appointment_dropped.v1", "assignment.appointment_voided.v1", "assignment.released.v1")
}

// about is a presence.
func about(eventType string, by ...part) *presence {
	return &presence{types: types(eventType), by: by}
}

// referred: a referral holds keys, and does not say whose. Once there was one, any
// destruction may wait (D-06).
func referred() []presence { return []presence{{types: types("referral.raised.v1")}} }

func recorded(e *event) bool { return e.names.Recorded }

// effective tells withdrawals that ended a contract.
func effective(e *event) bool { return e.names.Outcome == "effective" }

// atOnce tells deletions that were due when they were decided: the clock need not
// come to them.
func atOnce(e *event) bool { return !e.names.DueAt.After(e.meta.DecidedAt) }

// mustFollow is the table of rules, by who listens.
var mustFollow = []rule{
	// Consent: an agreement and its request find each other in either order.
	{listener: "consent", causes: types("request.submitted.v1"), effects: types("consent.request_submitted.v1"), by: names(request)},
	{
		listener: "consent", causes: types("request.submitted.v1"), effects: types("consent.attached.v1", "consent.withheld.v1"), by: names(request),
		given: about("consent.given.v1", request),
	},
	{listener: "consent", causes: types("consent.attached.v1"), effects: types("consent.receipt_issued.v1"), by: names(request)},
	{listener: "consent", causes: types("request.accepted.v1"), effects: types("consent.concluded.v1"), by: names(request)},
	{
		listener: "consent", causes: types("request.refused.v1", "request.cancelled.v1", "request.closed.v1"),
		effects: types("consent.request_ended.v1"), by: names(request),
	},
	{listener: "consent", causes: types("policy.published.v1"), stream: "policy-tariff", effects: types("policy.adopted.v1")},
	{listener: "consent", causes: types("policy.published.v1"), stream: "policy-tax", effects: types("policy.adopted.v1")},
	{
		listener: "consent", causes: types("request.link_issued.v1"), effects: types("consent.link_noted.v1"), by: names(request),
		when: func(e *event) bool { return e.names.Device != "" },
	},
	{listener: "consent", causes: types("request.expired.v1"), effects: types("consent.request_expired.v1"), by: names(request)},

	// Intake: the request's own stream tells its whole life.
	{listener: "intake", causes: types("policy.published.v1"), stream: "policy-calendar", effects: types("policy.adopted.v1")},
	{
		listener: "intake", causes: types("consent.attached.v1"), effects: types("request.consent_attached.v1"), by: names(request),
		unless: over(gone()...),
	},
	{
		listener: "intake", causes: types("appointment.booked.v1"), by: names(request, appointment),
		effects: types("request.scheduled.v1", "request.work_started.v1"),
		unless:  over(gone("request.closed.v1")...),
	},
	{
		listener: "intake", causes: types("appointment.cancelled.v1"), by: names(request, appointment),
		effects: types("request.unscheduled.v1", "request.work_started.v1"),
		given:   about("request.scheduled.v1", request, appointment),
		unless:  over(append(gone(), "request.contract_withdrawn.v1")...),
	},
	{
		listener: "intake", causes: types("withdrawal.acknowledged.v1"), by: names(request), when: effective,
		effects: types("request.contract_withdrawn.v1", "request.cancelled.v1", "request.refused.v1", "request.closed.v1"),
	},
	{
		listener: "intake", causes: types("session.started.v1"), effects: types("request.work_started.v1"), by: names(request, session),
		unless: overWithout(),
	},
	{
		listener: "intake", causes: types("session.paused.v1"), effects: types("request.work_paused.v1"),
		given: about("request.work_started.v1", request, session),
	},
	{
		listener: "intake", causes: types("session.resumed.v1"), effects: types("request.work_resumed.v1"),
		given: about("request.work_started.v1", request, session),
	},
	{
		listener: "intake", causes: types("session.ended.v1"), effects: types("request.work_ended.v1"),
		given: about("request.work_started.v1", request, session),
	},
	{
		listener: "intake", causes: types("session.noted.v1"), effects: types("request.work_noted.v1"),
		when:   func(e *event) bool { return e.names.Afterwards },
		given:  about("request.work_started.v1", request, session),
		unless: over("request.closed.v1"),
	},
	{
		listener: "intake", causes: types("session.suspended.v1"), effects: types("request.work_paused.v1"),
		when:  func(e *event) bool { return e.names.Ran },
		given: about("request.work_started.v1", request, session),
	},
	{
		listener: "intake", causes: types("session.work_corrected.v1"), effects: types("request.work_corrected.v1"),
		when:   func(e *event) bool { return e.names.Ended },
		given:  about("request.work_started.v1", request, session),
		unless: over("request.closed.v1"),
	},
	{
		listener: "intake", causes: types("assignment.force_majeure_declared.v1"), effects: types("request.suspended.v1"), by: names(request),
		unless: over("request.refused.v1", "request.cancelled.v1", "request.closed.v1"),
	},
	{
		listener: "intake", causes: types("assignment.handling_agreed.v1"), effects: types("request.handling_agreed.v1"), by: names(request),
		unless: over("request.refused.v1", "request.cancelled.v1", "request.closed.v1"),
	},
	{listener: "intake", causes: types(invoiceIssued), effects: types("request.invoiced.v1"), by: names(request, invoice)},
	{listener: "intake", causes: types("invoice.not_billable.v1"), effects: types("request.not_billable.v1"), by: names(request)},
	{listener: "intake", causes: types("invoice.settled.v1"), effects: types("request.settled.v1"), by: names(request, invoice)},
	{listener: "intake", causes: types("request.expired.v1"), effects: types(keysDestroyed), by: names(request), unless: referred()},
	{
		listener: "intake", causes: types("request.diverted.v1"), effects: types(keysDestroyed), by: names(request),
		given: about("request.drafted.v1", request), unless: referred(),
	},

	// Scheduling: what it knows of a request, and its own chain from slot to recording.
	{listener: "scheduling", causes: types("policy.published.v1"), stream: "policy-tariff", effects: types("policy.adopted.v1")},
	{listener: "scheduling", causes: types("request.accepted.v1"), effects: types("assignment.opened.v1"), by: names(request)},
	{
		listener: "scheduling", causes: types("request.refused.v1", "request.cancelled.v1", "request.closed.v1", "request.terminated.v1"),
		effects: types("assignment.released.v1", "assignment.ending_granted.v1"), by: names(request),
	},
	// The end of an accepted request: asked for, decided, concluded.
	{
		listener: "scheduling", causes: types("request.ending_begun.v1"), by: names(request, ending),
		effects: types("assignment.ending_granted.v1", "assignment.ending_denied.v1"),
	},
	{
		listener: "intake", causes: types("assignment.ending_granted.v1"), by: names(request),
		effects: types("request.refused.v1", "request.cancelled.v1", "request.terminated.v1"),
	},
	{
		listener: "intake", causes: types("assignment.ending_denied.v1"), by: names(request, ending),
		effects: types("request.ending_denied.v1"),
	},
	// A claim of warranty: raised, registered as a case, decided there and then here.
	{listener: "intake", causes: types("request.warranty_raised.v1"), effects: types("warranty.registered.v1"), by: names(request, claim)},
	{
		listener: "intake", causes: types("warranty.granted.v1", "warranty.rejected.v1"), by: names(request, claim),
		effects: types("request.warranty_decided.v1"), when: func(e *event) bool { return e.names.SupportRequestID != "" },
	},
	{
		listener: "scheduling", causes: types("withdrawal.acknowledged.v1"), when: effective,
		effects: types("assignment.released.v1"), by: names(request),
	},
	{listener: "scheduling", causes: types("consent.attached.v1"), effects: types("assignment.consent_recorded.v1"), by: names(request)},
	{
		listener: "scheduling", causes: types(slotReserved), effects: types("appointment.booked.v1"), by: names(appointment),
		when: func(e *event) bool { return e.names.MoveID == "" },
	},
	{
		listener: "scheduling", causes: types(slotReserved), by: names(appointment, slot),
		effects: types("appointment.moved.v1", slotReleased), when: func(e *event) bool { return e.names.MoveID != "" },
	},
	{listener: "scheduling", causes: types("appointment.moved.v1"), effects: types(slotReleased)},
	{
		listener: "scheduling", causes: types("appointment.booked.v1"), by: names(request, appointment),
		effects: types("assignment.appointment_planned.v1", "assignment.appointment_voided.v1", "assignment.appointment_dropped.v1"),
	},
	{
		listener: "scheduling", causes: types("assignment.released.v1", "assignment.appointment_voided.v1"), by: names(appointment),
		effects: types("appointment.cancelled.v1", "appointment.started.v1", "appointment.completed.v1"),
	},
	{listener: "scheduling", causes: types("appointment.cancelled.v1"), effects: types(slotReleased), by: names(appointment, slot)},
	{listener: "scheduling", causes: types("appointment.cancelled.v1"), effects: off(), by: names(request, appointment)},
	{listener: "scheduling", causes: types("appointment.started.v1"), effects: types("session.started.v1"), by: names(session)},
	{listener: "scheduling", causes: types("session.ended.v1"), effects: types("appointment.completed.v1"), by: names(appointment)},
	{listener: "scheduling", causes: types("session.ended.v1"), effects: off(), by: names(request, appointment)},
	{
		listener: "scheduling", causes: types("session.started.v1"), when: recorded,
		effects: types(recordingStarted), by: names(session),
	},
	{
		listener: "scheduling", causes: types("session.started.v1"), when: recorded,
		effects: types("assignment.recording_kept.v1"), by: names(request, session),
	},
	{
		listener: "scheduling", causes: types("session.ended.v1"), when: recorded,
		effects: types("recording.ended.v1", "recording.deletion_due.v1"), by: names(session),
	},
	{ // force majeure: an appointment that did not start is moved
		listener: "scheduling", causes: types("assignment.force_majeure_declared.v1"), by: names(appointment),
		effects: types("appointment.cancelled.v1", "appointment.started.v1", "appointment.completed.v1"),
	},
	{listener: "scheduling", causes: types("invoice.settled.v1"), effects: types("assignment.settled.v1"), by: names(request)},
	{
		listener: "scheduling", causes: types(recordingStarted), effects: types("recording.deletion_due.v1"), by: names(session),
		given: about("assignment.settled.v1", request),
	},
	{
		listener: "scheduling", causes: types("recording.deletion_due.v1"), when: atOnce,
		effects: types(keyDestroyed), by: names(session),
		unless: append(referred(), *about("recording.hold_placed.v1", session)), // the deletion waits (S-08)
	},
	{
		listener: "scheduling", causes: types("recording.destruction_begun.v1"), effects: types(keyDestroyed), by: names(session),
		unless: referred(),
	},
	{
		listener: "scheduling", causes: types(keyDestroyed), effects: types("recording.deleted.v1"), by: names(session),
		given: about(recordingUploaded, session),
	},
	{listener: "scheduling", causes: types("invoice.not_billable.v1"), effects: types("assignment.not_invoiced.v1"), by: names(request)},
	{
		listener: "scheduling", causes: types("assignment.not_invoiced.v1"), effects: types("recording.deletion_due.v1"), by: names(request),
		given: about("assignment.recording_kept.v1", request),
	},

	// Billing: every closed request is billed once, or has nothing to bill (T-04).
	{
		listener: "billing", causes: types("request.closed.v1"), effects: types(invoiceIssued), by: names(request),
		when:   func(e *event) bool { return e.billable() && !e.names.EndedByMajeure },
		unless: over("clearance.withheld.v1"), // it waits for a human (S-03)
	},
	{ // below the minimum invoice it is waived (F-04)
		listener: "billing", causes: types("request.closed.v1"), by: names(request),
		effects: types(invoiceIssued, "invoice.not_billable.v1"),
		when:    func(e *event) bool { return e.billable() && e.names.EndedByMajeure },
		unless:  over("clearance.withheld.v1"),
	},
	{listener: "billing", causes: types("clearance.granted.v1"), effects: types(invoiceIssued), by: names(request)},
	{
		listener: "billing", causes: types("recording.duration_verified.v1"), effects: types("clearance.flagged.v1"), by: names(request, session),
		when: func(e *event) bool { return e.names.Flagged },
	},
	{listener: "billing", causes: types("recording.duration_resolved.v1"), effects: types("clearance.resolved.v1"), by: names(request, session)},
	{
		listener: "billing", causes: types("request.closed.v1"), effects: types("invoice.not_billable.v1"), by: names(request),
		when: func(e *event) bool { return !e.billable() },
	},
	{
		listener: "billing", causes: types("payment.received.v1"), effects: types("invoice.payment_allocated.v1"), by: names(payment),
		when: func(e *event) bool { return e.names.InvoiceID != "" },
	},

	// Notification: each of these is told to the customer, or why not is on record.
	letterAbout("request.submitted.v1", "acknowledgement"),
	letterAbout("request.accepted.v1", "acceptance"),
	letterAbout("request.refused.v1", "refusal"),
	letterAbout("request.cancelled.v1", "cancellation"),
	letterAbout("request.lapsed.v1", "lapse"),
	letterAbout("request.terminated.v1", "termination"),
	letterAbout("appointment.booked.v1", "appointment"),
	{
		listener: "notification", causes: types("appointment.cancelled.v1"), effects: types(letterSent, letterSkipped),
		letter: "appointment_cancelled", when: func(e *event) bool { return !e.names.Revoked && !e.names.ForceMajeure },
	},
	letterAbout("assignment.force_majeure_declared.v1", "force_majeure"),
	{
		listener: "notification", causes: types("appointment.cancelled.v1"), effects: types(letterSent, letterSkipped),
		letter: "appointment_revoked", when: func(e *event) bool {
			return (e.names.Revoked || e.names.ForceMajeure) && e.names.Sequence > 0
		},
	},
	letterAbout("appointment.moved.v1", "appointment_moved"),
	letterAbout(invoiceIssued, "invoice"),
	letterAbout("invoice.settled.v1", "settlement"),
	letterAbout("incident.recorded.v1", "data_incident"),
	letterAbout("withdrawal.acknowledged.v1", "withdrawal"),
	{listener: "notification", causes: types("consent.receipt_issued.v1"), effects: types(letterSent, letterSkipped)},
}

func letterAbout(cause, kind string) rule {
	return rule{listener: "notification", causes: types(cause), effects: types(letterSent, letterSkipped), letter: kind}
}

// typesOfRules are all that the table names.
func typesOfRules() []string {
	var out []string
	for _, r := range mustFollow {
		out = append(append(out, r.causes...), r.effects...)
		for _, p := range r.presences() {
			out = append(out, p.types...)
		}
	}
	return out
}
