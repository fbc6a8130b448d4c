# Article 3: the utmost effort must be shown. A session without a note cannot be closed; the note
# that was forgotten can be made afterwards, and then it can.
> submit {"partyKind":"consumer","at":"2026-11-23T08:00:00Z"}
0 request.submitted.v1 {"reference":"A-7F3K-29QD","channel":"web-form","partyKind":"consumer","language":"nl","submittedAt":"2026-11-23T08:00:00Z","contact":{"subject":"s","purpose":"operational","field":"contact","place":"request-r","cipher":"Y29udGFjdA=="},"problem":{"subject":"s","purpose":"operational","field":"problem","place":"request-r","cipher":"cHJvYmxlbQ=="},"invoiceParty":{"subject":"s","purpose":"fiscal","field":"invoiceParty","place":"request-r","cipher":"aW52b2ljZVBhcnR5"}}
> attach-consent {"consent":{"consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"}},"at":"2026-11-23T08:00:01Z"}
1 request.consent_attached.v1 {"consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"},"attachedAt":"2026-11-23T08:00:01Z"}
> accept {"at":"2026-11-23T08:05:00Z"}
2 request.accepted.v1 {"acceptedAt":"2026-11-23T08:05:00Z","partyKind":"consumer","consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"}}
> schedule {"appointmentId":"a1","at":"2026-11-23T08:06:00Z"}
3 request.scheduled.v1 {"appointmentId":"a1","scheduledAt":"2026-11-23T08:06:00Z"}
> start-work {"sessionId":"w1","appointmentId":"a1","at":"2026-11-23T09:00:00Z"}
4 request.work_started.v1 {"sessionId":"w1","appointmentId":"a1","startedAt":"2026-11-23T09:00:00Z"}
> end-work {"sessionId":"w1","workedSeconds":2220,"regularSeconds":2220,"outsideSeconds":0,"startedAt":"2026-11-23T09:00:00Z","endedAt":"2026-11-23T09:37:00Z","calendar":{"kind":"calendar","version":1,"sha256":"cc"},"notes":0}
5 request.work_ended.v1 {"sessionId":"w1","workedSeconds":2220,"regularSeconds":2220,"outsideSeconds":0,"startedAt":"2026-11-23T09:00:00Z","endedAt":"2026-11-23T09:37:00Z","calendar":{"kind":"calendar","version":1,"sha256":"cc"},"notes":0}
> close {"outcome":"partly","at":"2026-11-23T09:40:00Z"}
! EFFORT_NOTE_REQUIRED (E-02): effort is shown by a work note of each interval of each session; one is missing
> note-work {"sessionId":"w1","notes":1,"at":"2026-11-23T09:45:00Z"}
6 request.work_noted.v1 {"sessionId":"w1","notes":1,"notedAt":"2026-11-23T09:45:00Z"}
> close {"outcome":"partly","at":"2026-11-23T10:05:00Z"}
7 request.closed.v1 {"closedAt":"2026-11-23T10:05:00Z","reference":"A-7F3K-29QD","outcome":"partly","summary":{"subject":"s","purpose":"operational","field":"summary","place":"request-r","cipher":"c3VtbWFyeQ=="},"sessions":[{"sessionId":"w1","workedSeconds":2220,"regularSeconds":2220,"outsideSeconds":0,"startedAt":"2026-11-23T09:00:00Z","endedAt":"2026-11-23T09:37:00Z","calendar":{"kind":"calendar","version":1,"sha256":"cc"}}],"consentId":"c1","tariff":{"kind":"tariff","version":1,"sha256":"aa"},"partyKind":"consumer","language":"nl","invoiceParty":{"subject":"s","purpose":"fiscal","field":"invoiceParty","place":"request-r","cipher":"aW52b2ljZVBhcnR5"}}
