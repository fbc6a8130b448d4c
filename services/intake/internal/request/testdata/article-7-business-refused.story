# Article 7: the request of a business is refused after acceptance, with a reason for the customer and a
# note for the staff, both sealed. What scheduling tells about it afterwards changes nothing.
> submit {"partyKind":"business","at":"2026-11-23T08:00:00Z"}
0 request.submitted.v1 {"reference":"A-7F3K-29QD","channel":"web-form","partyKind":"business","language":"nl","submittedAt":"2026-11-23T08:00:00Z","contact":{"subject":"s","purpose":"operational","field":"contact","place":"request-r","cipher":"Y29udGFjdA=="},"problem":{"subject":"s","purpose":"operational","field":"problem","place":"request-r","cipher":"cHJvYmxlbQ=="},"invoiceParty":{"subject":"s","purpose":"fiscal","field":"invoiceParty","place":"request-r","cipher":"aW52b2ljZVBhcnR5"}}
> attach-consent {"consent":{"consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"}},"at":"2026-11-23T08:00:01Z"}
1 request.consent_attached.v1 {"consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"},"attachedAt":"2026-11-23T08:00:01Z"}
> accept {"at":"2026-11-23T08:05:00Z"}
2 request.accepted.v1 {"acceptedAt":"2026-11-23T08:05:00Z","partyKind":"business","consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"}}
> schedule {"appointmentId":"a1","at":"2026-11-23T08:07:00Z"}
3 request.scheduled.v1 {"appointmentId":"a1","scheduledAt":"2026-11-23T08:07:00Z"}
> refuse {"reason":{"subject":"s1","purpose":"operational","field":"reason","place":"request-r1","cipher":"Aw=="},"internalNote":{"subject":"s1","purpose":"operational","field":"internalNote","place":"request-r1","cipher":"BA=="},"at":"2026-11-23T08:08:00Z"}
4 request.ending_begun.v1 {"endingId":"55555555-5555-4555-8555-555555555555","kind":"refuse","reason":{"subject":"s1","purpose":"operational","field":"reason","place":"request-r1","cipher":"Aw=="},"internalNote":{"subject":"s1","purpose":"operational","field":"internalNote","place":"request-r1","cipher":"BA=="},"begunAt":"2026-11-23T08:08:00Z"}
# There may be an appointment that starts at this moment; the calendar decides (R-06), and it had not.
> conclude-granted {"at":"2026-11-23T08:08:00Z"}
5 request.refused.v1 {"refusedAt":"2026-11-23T08:08:00Z","reason":{"subject":"s1","purpose":"operational","field":"reason","place":"request-r1","cipher":"Aw=="},"internalNote":{"subject":"s1","purpose":"operational","field":"internalNote","place":"request-r1","cipher":"BA=="}}
> unschedule {"appointmentId":"a1","at":"2026-11-23T08:08:01Z"}
= nothing happens
> start-work {"sessionId":"w1","appointmentId":"a1","at":"2026-11-23T09:00:00Z"}
= nothing happens
