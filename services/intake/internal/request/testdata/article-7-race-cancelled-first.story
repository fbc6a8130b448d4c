# Article 7: the customer cancels at the instant at which the work starts. Here the appointment was taken back
# first. Until that is known nothing else ends the request; afterwards no work is taken in any more.
> submit {"partyKind":"business","answerDays":5,"at":"2026-11-23T08:00:00Z"}
0 request.submitted.v1 {"reference":"A-7F3K-29QD","channel":"web-form","partyKind":"business","language":"nl","submittedAt":"2026-11-23T08:00:00Z","contact":{"subject":"s","purpose":"operational","field":"contact","place":"request-r","cipher":"Y29udGFjdA=="},"problem":{"subject":"s","purpose":"operational","field":"problem","place":"request-r","cipher":"cHJvYmxlbQ=="},"invoiceParty":{"subject":"s","purpose":"fiscal","field":"invoiceParty","place":"request-r","cipher":"aW52b2ljZVBhcnR5"},"lapsesAt":"2026-11-30T16:00:00Z"}
> attach-consent {"consent":{"consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"}},"at":"2026-11-23T08:00:01Z"}
1 request.consent_attached.v1 {"consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"},"attachedAt":"2026-11-23T08:00:01Z"}
> accept {"at":"2026-11-23T08:05:00Z"}
2 request.accepted.v1 {"acceptedAt":"2026-11-23T08:05:00Z","partyKind":"business","consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"}}
> schedule {"appointmentId":"a1","at":"2026-11-23T08:06:00Z"}
3 request.scheduled.v1 {"appointmentId":"a1","scheduledAt":"2026-11-23T08:06:00Z"}
> cancel {"eraseAfterDays":30,"at":"2026-11-23T09:00:00Z"}
4 request.ending_begun.v1 {"endingId":"55555555-5555-4555-8555-555555555555","kind":"cancel","eraseAfterDays":30,"begunAt":"2026-11-23T09:00:00Z"}
> refuse {"at":"2026-11-23T09:00:00Z"}
! ILLEGAL_STATE (R-06): the end of this request was asked for and is being decided
> cancel {"at":"2026-11-23T09:00:00Z"}
! ILLEGAL_STATE (R-06): the end of this request was asked for and is being decided
> conclude-granted {"at":"2026-11-23T09:00:00Z"}
5 request.cancelled.v1 {"cancelledAt":"2026-11-23T09:00:00Z","eraseAt":"2026-12-23T09:00:00Z"}
> start-work {"sessionId":"w1","appointmentId":"a1","at":"2026-11-23T09:00:00Z"}
= nothing happens
