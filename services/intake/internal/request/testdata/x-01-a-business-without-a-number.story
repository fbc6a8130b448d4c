# Who says that he is a business, and gives no number by which one is known, has the protection of a
# consumer: accepted, his request can no longer be refused (X-01, R-04).
> submit {"partyKind":"business","unidentified":true}
0 request.submitted.v1 {"reference":"A-7F3K-29QD","channel":"web-form","partyKind":"consumer","language":"nl","submittedAt":"2026-11-23T08:00:00Z","contact":{"subject":"s","purpose":"operational","field":"contact","place":"request-r","cipher":"Y29udGFjdA=="},"problem":{"subject":"s","purpose":"operational","field":"problem","place":"request-r","cipher":"cHJvYmxlbQ=="},"invoiceParty":{"subject":"s","purpose":"fiscal","field":"invoiceParty","place":"request-r","cipher":"aW52b2ljZVBhcnR5"}}
> attach-consent {}
1 request.consent_attached.v1 {"consentId":"44444444-4444-4444-8444-444444444444","givenAt":"2026-11-23T09:00:00Z","tariff":{"kind":"tariff","version":2,"sha256":"bb"},"attachedAt":"2026-11-23T08:00:00Z"}
> accept {}
2 request.accepted.v1 {"acceptedAt":"2026-11-23T08:00:00Z","partyKind":"consumer","consentId":"44444444-4444-4444-8444-444444444444","givenAt":"2026-11-23T09:00:00Z","tariff":{"kind":"tariff","version":2,"sha256":"bb"}}
> refuse {}
! USE_TERMINATE (R-04): an accepted request of a consumer can no longer be refused, only terminated with a reason
