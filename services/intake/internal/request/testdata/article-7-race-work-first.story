# Article 7: the customer cancels at the instant at which the work starts. What was first in the appointment's
# own stream stands: here the start. The wish is denied, and the request goes on; once work is known, nobody
# can cancel or refuse any more.
> submit {"partyKind":"consumer","answerDays":5,"at":"2026-11-23T08:00:00Z"}
0 request.submitted.v1 {"reference":"A-7F3K-29QD","channel":"web-form","partyKind":"consumer","language":"nl","submittedAt":"2026-11-23T08:00:00Z","contact":{"subject":"s","purpose":"operational","field":"contact","place":"request-r","cipher":"Y29udGFjdA=="},"problem":{"subject":"s","purpose":"operational","field":"problem","place":"request-r","cipher":"cHJvYmxlbQ=="},"invoiceParty":{"subject":"s","purpose":"fiscal","field":"invoiceParty","place":"request-r","cipher":"aW52b2ljZVBhcnR5"},"lapsesAt":"2026-11-30T16:00:00Z"}
> attach-consent {"consent":{"consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"}},"at":"2026-11-23T08:00:01Z"}
1 request.consent_attached.v1 {"consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"},"attachedAt":"2026-11-23T08:00:01Z"}
> accept {"at":"2026-11-23T08:05:00Z"}
2 request.accepted.v1 {"acceptedAt":"2026-11-23T08:05:00Z","partyKind":"consumer","consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"}}
> schedule {"appointmentId":"a1","at":"2026-11-23T08:06:00Z"}
3 request.scheduled.v1 {"appointmentId":"a1","scheduledAt":"2026-11-23T08:06:00Z"}
> cancel {"at":"2026-11-23T09:00:00Z"}
4 request.ending_begun.v1 {"endingId":"55555555-5555-4555-8555-555555555555","kind":"cancel","begunAt":"2026-11-23T09:00:00Z"}
> conclude-denied {"at":"2026-11-23T09:00:00Z"}
5 request.ending_denied.v1 {"endingId":"55555555-5555-4555-8555-555555555555","deniedAt":"2026-11-23T09:00:00Z"}
> start-work {"sessionId":"w1","appointmentId":"a1","at":"2026-11-23T09:00:00Z"}
6 request.work_started.v1 {"sessionId":"w1","appointmentId":"a1","startedAt":"2026-11-23T09:00:00Z"}
> cancel {"at":"2026-11-23T09:00:01Z"}
! ILLEGAL_STATE (R-06): a request that is IN_PROGRESS does not allow cancel
> conclude-granted {"at":"2026-11-23T09:00:01Z"}
= nothing happens
