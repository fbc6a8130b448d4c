# Article 7: the desk accepts at the very instant at which the offer would lapse, and is first. Then there is
# nothing left that could lapse.
> submit {"answerDays":5,"at":"2026-11-23T08:00:00Z"}
0 request.submitted.v1 {"reference":"A-7F3K-29QD","channel":"web-form","partyKind":"consumer","language":"nl","submittedAt":"2026-11-23T08:00:00Z","contact":{"subject":"s","purpose":"operational","field":"contact","place":"request-r","cipher":"Y29udGFjdA=="},"problem":{"subject":"s","purpose":"operational","field":"problem","place":"request-r","cipher":"cHJvYmxlbQ=="},"invoiceParty":{"subject":"s","purpose":"fiscal","field":"invoiceParty","place":"request-r","cipher":"aW52b2ljZVBhcnR5"},"lapsesAt":"2026-11-30T16:00:00Z"}
> attach-consent {"consent":{"consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"}},"at":"2026-11-23T08:00:01Z"}
1 request.consent_attached.v1 {"consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"},"attachedAt":"2026-11-23T08:00:01Z"}
> accept {"at":"2026-11-30T16:00:00Z"}
2 request.accepted.v1 {"acceptedAt":"2026-11-30T16:00:00Z","partyKind":"consumer","consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"}}
> lapse {"at":"2026-11-30T16:00:00Z"}
= nothing happens
