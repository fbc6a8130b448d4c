# Article 7, and the law above it: once accepted, the request of a consumer can no longer be refused, only
# terminated with a reason. The request of a business can be, until work begins (article-7-business-refused).
> submit {"partyKind":"consumer","at":"2026-11-23T08:00:00Z"}
0 request.submitted.v1 {"reference":"A-7F3K-29QD","channel":"web-form","partyKind":"consumer","language":"nl","submittedAt":"2026-11-23T08:00:00Z","contact":{"subject":"s","purpose":"operational","field":"contact","place":"request-r","cipher":"Y29udGFjdA=="},"problem":{"subject":"s","purpose":"operational","field":"problem","place":"request-r","cipher":"cHJvYmxlbQ=="},"invoiceParty":{"subject":"s","purpose":"fiscal","field":"invoiceParty","place":"request-r","cipher":"aW52b2ljZVBhcnR5"}}
> attach-consent {"consent":{"consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"}},"at":"2026-11-23T08:00:01Z"}
1 request.consent_attached.v1 {"consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"},"attachedAt":"2026-11-23T08:00:01Z"}
> accept {"at":"2026-11-23T08:05:00Z"}
2 request.accepted.v1 {"acceptedAt":"2026-11-23T08:05:00Z","partyKind":"consumer","consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"}}
> refuse {"at":"2026-11-23T08:06:00Z"}
! USE_TERMINATE (R-04): an accepted request of a consumer can no longer be refused, only terminated with a reason
> schedule {"appointmentId":"a1","at":"2026-11-23T08:07:00Z"}
3 request.scheduled.v1 {"appointmentId":"a1","scheduledAt":"2026-11-23T08:07:00Z"}
> refuse {"at":"2026-11-23T08:08:00Z"}
! USE_TERMINATE (R-04): an accepted request of a consumer can no longer be refused, only terminated with a reason
# The customer himself can still cancel.
> cancel {"at":"2026-11-23T08:09:00Z"}
4 request.ending_begun.v1 {"endingId":"55555555-5555-4555-8555-555555555555","kind":"cancel","begunAt":"2026-11-23T08:09:00Z"}
> conclude-granted {"at":"2026-11-23T08:09:00Z"}
5 request.cancelled.v1 {"cancelledAt":"2026-11-23T08:09:00Z"}
