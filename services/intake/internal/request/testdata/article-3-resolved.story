# Article 3: effort is owed, not a result. The work solved the problem; it is closed, invoiced and
# settled. Compare article-3-unresolved: the same seconds, the same path, the same facts for the invoice.
> submit {"partyKind":"business","at":"2026-11-23T08:00:00Z"}
0 request.submitted.v1 {"reference":"A-7F3K-29QD","channel":"web-form","partyKind":"business","language":"nl","submittedAt":"2026-11-23T08:00:00Z","contact":{"subject":"s","purpose":"operational","field":"contact","place":"request-r","cipher":"Y29udGFjdA=="},"problem":{"subject":"s","purpose":"operational","field":"problem","place":"request-r","cipher":"cHJvYmxlbQ=="},"invoiceParty":{"subject":"s","purpose":"fiscal","field":"invoiceParty","place":"request-r","cipher":"aW52b2ljZVBhcnR5"}}
> attach-consent {"consent":{"consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"}},"at":"2026-11-23T08:00:01Z"}
1 request.consent_attached.v1 {"consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"},"attachedAt":"2026-11-23T08:00:01Z"}
> accept {"at":"2026-11-23T08:05:00Z"}
2 request.accepted.v1 {"acceptedAt":"2026-11-23T08:05:00Z","partyKind":"business","consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"}}
> schedule {"appointmentId":"a1","at":"2026-11-23T08:06:00Z"}
3 request.scheduled.v1 {"appointmentId":"a1","scheduledAt":"2026-11-23T08:06:00Z"}
> start-work {"sessionId":"w1","appointmentId":"a1","at":"2026-11-23T09:00:00Z"}
4 request.work_started.v1 {"sessionId":"w1","appointmentId":"a1","startedAt":"2026-11-23T09:00:00Z"}
> end-work {"sessionId":"w1","workedSeconds":2220,"regularSeconds":2220,"outsideSeconds":0,"startedAt":"2026-11-23T09:00:00Z","endedAt":"2026-11-23T09:37:00Z","calendar":{"kind":"calendar","version":1,"sha256":"cc"},"notes":1}
5 request.work_ended.v1 {"sessionId":"w1","workedSeconds":2220,"regularSeconds":2220,"outsideSeconds":0,"startedAt":"2026-11-23T09:00:00Z","endedAt":"2026-11-23T09:37:00Z","calendar":{"kind":"calendar","version":1,"sha256":"cc"},"notes":1}
> close {"outcome":"resolved","at":"2026-11-23T09:40:00Z"}
6 request.closed.v1 {"closedAt":"2026-11-23T09:40:00Z","reference":"A-7F3K-29QD","outcome":"resolved","summary":{"subject":"s","purpose":"operational","field":"summary","place":"request-r","cipher":"c3VtbWFyeQ=="},"sessions":[{"sessionId":"w1","workedSeconds":2220,"regularSeconds":2220,"outsideSeconds":0,"startedAt":"2026-11-23T09:00:00Z","endedAt":"2026-11-23T09:37:00Z","calendar":{"kind":"calendar","version":1,"sha256":"cc"}}],"consentId":"c1","tariff":{"kind":"tariff","version":1,"sha256":"aa"},"partyKind":"business","language":"nl","invoiceParty":{"subject":"s","purpose":"fiscal","field":"invoiceParty","place":"request-r","cipher":"aW52b2ljZVBhcnR5"}}
> mark-invoiced {"invoiceId":"i1","number":"2026-000001","at":"2026-11-23T09:40:01Z"}
7 request.invoiced.v1 {"invoiceId":"i1","number":"2026-000001","invoicedAt":"2026-11-23T09:40:01Z"}
> settle {"invoiceId":"i1","at":"2026-11-24T10:00:00Z"}
8 request.settled.v1 {"invoiceId":"i1","settledAt":"2026-11-24T10:00:00Z"}
