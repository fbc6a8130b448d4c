# Article 7, and the law above it: the desk ends the agreement with a consumer for a weighty reason, and two
# people agree on that. One proposes, and cannot confirm what he proposed himself; another one confirms, and
# the reason of the first is told. A reason is required.
> submit {"partyKind":"consumer","answerDays":5,"at":"2026-11-23T08:00:00Z"}
0 request.submitted.v1 {"reference":"A-7F3K-29QD","channel":"web-form","partyKind":"consumer","language":"nl","submittedAt":"2026-11-23T08:00:00Z","contact":{"subject":"s","purpose":"operational","field":"contact","place":"request-r","cipher":"Y29udGFjdA=="},"problem":{"subject":"s","purpose":"operational","field":"problem","place":"request-r","cipher":"cHJvYmxlbQ=="},"invoiceParty":{"subject":"s","purpose":"fiscal","field":"invoiceParty","place":"request-r","cipher":"aW52b2ljZVBhcnR5"},"lapsesAt":"2026-11-30T16:00:00Z"}
> attach-consent {"consent":{"consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"}},"at":"2026-11-23T08:00:01Z"}
1 request.consent_attached.v1 {"consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"},"attachedAt":"2026-11-23T08:00:01Z"}
> accept {"at":"2026-11-23T08:05:00Z"}
2 request.accepted.v1 {"acceptedAt":"2026-11-23T08:05:00Z","partyKind":"consumer","consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"}}
> schedule {"appointmentId":"a1","at":"2026-11-23T08:06:00Z"}
3 request.scheduled.v1 {"appointmentId":"a1","scheduledAt":"2026-11-23T08:06:00Z"}
> terminate {"reason":{"cipher":""},"by":"dora","at":"2026-11-23T08:10:00Z"}
! REASON_REQUIRED (R-04): an agreement is terminated for a reason, which the customer is told
> terminate {"by":"dora","at":"2026-11-23T08:10:00Z"}
4 request.termination_proposed.v1 {"proposedBy":"dora","reason":{"subject":"s","purpose":"operational","field":"reason","place":"request-r","cipher":"cmVhc29u"},"proposedAt":"2026-11-23T08:10:00Z"}
> terminate {"by":"dora","at":"2026-11-23T08:11:00Z"}
! SECOND_PERSON_REQUIRED (R-04): the agreement of a consumer is terminated by two people; another one has to confirm
> terminate {"reason":{"cipher":""},"by":"dirk","at":"2026-11-23T08:12:00Z"}
5 request.ending_begun.v1 {"endingId":"55555555-5555-4555-8555-555555555555","kind":"terminate","reason":{"subject":"s","purpose":"operational","field":"reason","place":"request-r","cipher":"cmVhc29u"},"begunAt":"2026-11-23T08:12:00Z"}
> conclude-granted {"at":"2026-11-23T08:12:00Z"}
6 request.terminated.v1 {"terminatedAt":"2026-11-23T08:12:00Z","reason":{"subject":"s","purpose":"operational","field":"reason","place":"request-r","cipher":"cmVhc29u"},"workedSeconds":0}
> terminate {"by":"dirk","at":"2026-11-23T08:13:00Z"}
= nothing happens
