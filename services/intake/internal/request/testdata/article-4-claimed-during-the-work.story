# Article 4: the customer claims warranty while the work goes on. The seconds before stay as they are. Before the
# claim is decided the work cannot be closed; it is granted, and the facts for billing say so.
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
> raise-warranty {"claimId":"k1","at":"2026-11-23T09:05:00Z"}
5 request.warranty_raised.v1 {"claimId":"k1","raisedAt":"2026-11-23T09:05:00Z"}
> pause-work {"sessionId":"w1","at":"2026-11-23T09:05:00Z"}
6 request.work_paused.v1 {"sessionId":"w1","pausedAt":"2026-11-23T09:05:00Z"}
> end-work {"sessionId":"w1","workedSeconds":300,"regularSeconds":300,"startedAt":"2026-11-23T09:00:00Z","endedAt":"2026-11-23T09:10:00Z","calendar":{"kind":"calendar","version":1,"sha256":"cc"},"notes":1}
7 request.work_ended.v1 {"sessionId":"w1","workedSeconds":300,"regularSeconds":300,"outsideSeconds":0,"startedAt":"2026-11-23T09:00:00Z","endedAt":"2026-11-23T09:10:00Z","calendar":{"kind":"calendar","version":1,"sha256":"cc"},"notes":1}
> close {"at":"2026-11-23T09:15:00Z"}
! WARRANTY_UNDECIDED (W-04): warranty was claimed for this request, and nobody decided on it yet
> grant-warranty {"claimId":"k1","at":"2026-11-23T09:20:00Z"}
8 request.warranty_decided.v1 {"claimId":"k1","granted":true,"decidedAt":"2026-11-23T09:20:00Z"}
> reject-warranty {"claimId":"k1","at":"2026-11-23T09:21:00Z"}
= nothing happens
> close {"at":"2026-11-23T09:22:00Z"}
9 request.closed.v1 {"closedAt":"2026-11-23T09:22:00Z","reference":"A-7F3K-29QD","outcome":"resolved","summary":{"subject":"s","purpose":"operational","field":"summary","place":"request-r","cipher":"c3VtbWFyeQ=="},"sessions":[{"sessionId":"w1","workedSeconds":300,"regularSeconds":300,"outsideSeconds":0,"startedAt":"2026-11-23T09:00:00Z","endedAt":"2026-11-23T09:10:00Z","calendar":{"kind":"calendar","version":1,"sha256":"cc"}}],"consentId":"c1","tariff":{"kind":"tariff","version":1,"sha256":"aa"},"partyKind":"business","language":"nl","invoiceParty":{"subject":"s","purpose":"fiscal","field":"invoiceParty","place":"request-r","cipher":"aW52b2ljZVBhcnR5"},"underWarranty":true}
