# Article 9: force majeure stops the work at 09:04. The request stands still: it cannot be closed, cancelled or refused
# until it was agreed with the customer how to go on (F-03). It is agreed to end the work there; the closing says so,
# and the bill follows a policy of its own (F-04).
> submit {"partyKind":"business","at":"2026-11-23T08:00:00Z"}
0 request.submitted.v1 {"reference":"A-7F3K-29QD","channel":"web-form","partyKind":"business","language":"nl","submittedAt":"2026-11-23T08:00:00Z","contact":{"subject":"s","purpose":"operational","field":"contact","place":"request-r","cipher":"Y29udGFjdA=="},"problem":{"subject":"s","purpose":"operational","field":"problem","place":"request-r","cipher":"cHJvYmxlbQ=="},"invoiceParty":{"subject":"s","purpose":"fiscal","field":"invoiceParty","place":"request-r","cipher":"aW52b2ljZVBhcnR5"}}
> attach-consent {"consent":{"consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"}},"at":"2026-11-23T08:00:01Z"}
1 request.consent_attached.v1 {"consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"},"attachedAt":"2026-11-23T08:00:01Z"}
> accept {"at":"2026-11-23T08:05:00Z"}
2 request.accepted.v1 {"acceptedAt":"2026-11-23T08:05:00Z","partyKind":"business","consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"}}
> start-work {"sessionId":"w1","appointmentId":"a1","at":"2026-11-23T09:00:00Z"}
3 request.work_started.v1 {"sessionId":"w1","appointmentId":"a1","startedAt":"2026-11-23T09:00:00Z"}
> suspend {"number":1,"from":"2026-11-23T09:04:00Z","at":"2026-11-23T09:05:00Z"}
4 request.suspended.v1 {"number":1,"from":"2026-11-23T09:04:00Z","suspendedAt":"2026-11-23T09:05:00Z"}
> pause-work {"sessionId":"w1","at":"2026-11-23T09:05:00Z"}
5 request.work_paused.v1 {"sessionId":"w1","pausedAt":"2026-11-23T09:05:00Z"}
> close {"outcome":"aborted","at":"2026-11-23T09:10:00Z"}
! CONSULT_FIRST (F-03): force majeure was declared; the request goes on only as agreed with the customer
> cancel {"at":"2026-11-23T09:10:00Z"}
! CONSULT_FIRST (F-03): force majeure was declared; the request goes on only as agreed with the customer
> refuse {"at":"2026-11-23T09:10:00Z"}
! CONSULT_FIRST (F-03): force majeure was declared; the request goes on only as agreed with the customer
> end-work {"sessionId":"w1","workedSeconds":240,"regularSeconds":240,"outsideSeconds":0,"startedAt":"2026-11-23T09:00:00Z","endedAt":"2026-11-23T09:15:00Z","calendar":{"kind":"calendar","version":1,"sha256":"cc"},"notes":1,"corrections":1}
6 request.work_ended.v1 {"sessionId":"w1","workedSeconds":240,"regularSeconds":240,"outsideSeconds":0,"startedAt":"2026-11-23T09:00:00Z","endedAt":"2026-11-23T09:15:00Z","calendar":{"kind":"calendar","version":1,"sha256":"cc"},"notes":1,"corrections":1}
> go-on {"number":1,"handling":"end","at":"2026-11-23T09:15:00Z"}
7 request.handling_agreed.v1 {"number":1,"handling":"end","agreedAt":"2026-11-23T09:15:00Z"}
> close {"outcome":"aborted","at":"2026-11-23T09:20:00Z"}
8 request.closed.v1 {"closedAt":"2026-11-23T09:20:00Z","reference":"A-7F3K-29QD","outcome":"aborted","summary":{"subject":"s","purpose":"operational","field":"summary","place":"request-r","cipher":"c3VtbWFyeQ=="},"sessions":[{"sessionId":"w1","workedSeconds":240,"regularSeconds":240,"outsideSeconds":0,"startedAt":"2026-11-23T09:00:00Z","endedAt":"2026-11-23T09:15:00Z","calendar":{"kind":"calendar","version":1,"sha256":"cc"}}],"consentId":"c1","tariff":{"kind":"tariff","version":1,"sha256":"aa"},"partyKind":"business","language":"nl","invoiceParty":{"subject":"s","purpose":"fiscal","field":"invoiceParty","place":"request-r","cipher":"aW52b2ljZVBhcnR5"},"endedByForceMajeure":true}
