# Article 7: the desk ends the agreement with a business after there was work. An open session ends first. What
# was worked by then is recorded, and nobody pays it.
> submit {"partyKind":"business","answerDays":5,"at":"2026-11-23T08:00:00Z"}
0 request.submitted.v1 {"reference":"A-7F3K-29QD","channel":"web-form","partyKind":"business","language":"nl","submittedAt":"2026-11-23T08:00:00Z","contact":{"subject":"s","purpose":"operational","field":"contact","place":"request-r","cipher":"Y29udGFjdA=="},"problem":{"subject":"s","purpose":"operational","field":"problem","place":"request-r","cipher":"cHJvYmxlbQ=="},"invoiceParty":{"subject":"s","purpose":"fiscal","field":"invoiceParty","place":"request-r","cipher":"aW52b2ljZVBhcnR5"},"lapsesAt":"2026-11-30T16:00:00Z"}
> attach-consent {"consent":{"consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"}},"at":"2026-11-23T08:00:01Z"}
1 request.consent_attached.v1 {"consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"},"attachedAt":"2026-11-23T08:00:01Z"}
> accept {"at":"2026-11-23T08:05:00Z"}
2 request.accepted.v1 {"acceptedAt":"2026-11-23T08:05:00Z","partyKind":"business","consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"}}
> schedule {"appointmentId":"a1","at":"2026-11-23T08:06:00Z"}
3 request.scheduled.v1 {"appointmentId":"a1","scheduledAt":"2026-11-23T08:06:00Z"}
> start-work {"sessionId":"w1","appointmentId":"a1","at":"2026-11-23T09:00:00Z"}
4 request.work_started.v1 {"sessionId":"w1","appointmentId":"a1","startedAt":"2026-11-23T09:00:00Z"}
> terminate {"by":"dora","at":"2026-11-23T09:10:00Z"}
! ILLEGAL_STATE (R-05): a session is still open; end it first
> end-work {"sessionId":"w1","workedSeconds":600,"regularSeconds":600,"startedAt":"2026-11-23T09:00:00Z","endedAt":"2026-11-23T09:10:00Z","calendar":{"kind":"calendar","version":1,"sha256":"cc"},"notes":1}
5 request.work_ended.v1 {"sessionId":"w1","workedSeconds":600,"regularSeconds":600,"outsideSeconds":0,"startedAt":"2026-11-23T09:00:00Z","endedAt":"2026-11-23T09:10:00Z","calendar":{"kind":"calendar","version":1,"sha256":"cc"},"notes":1}
> terminate {"by":"dora","at":"2026-11-23T09:11:00Z"}
6 request.ending_begun.v1 {"endingId":"55555555-5555-4555-8555-555555555555","kind":"terminate","reason":{"subject":"s","purpose":"operational","field":"reason","place":"request-r","cipher":"cmVhc29u"},"begunAt":"2026-11-23T09:11:00Z"}
> conclude-granted {"at":"2026-11-23T09:11:00Z"}
7 request.terminated.v1 {"terminatedAt":"2026-11-23T09:11:00Z","reason":{"subject":"s","purpose":"operational","field":"reason","place":"request-r","cipher":"cmVhc29u"},"workedSeconds":600}
