# Article 8 (D-07): a business client is the controller of what its devices hold, and
# the desk works on them as its processor. The agreement on that is linked when it is
# there; the request is accepted without it all the same.
> submit {"partyKind":"business","at":"2026-11-23T08:00:00Z"}
0 request.submitted.v1 {"reference":"A-7F3K-29QD","channel":"web-form","partyKind":"business","language":"nl","submittedAt":"2026-11-23T08:00:00Z","contact":{"subject":"s","purpose":"operational","field":"contact","place":"request-r","cipher":"Y29udGFjdA=="},"problem":{"subject":"s","purpose":"operational","field":"problem","place":"request-r","cipher":"cHJvYmxlbQ=="},"invoiceParty":{"subject":"s","purpose":"fiscal","field":"invoiceParty","place":"request-r","cipher":"aW52b2ljZVBhcnR5"}}
> attach-consent {"at":"2026-11-23T08:00:00Z"}
1 request.consent_attached.v1 {"consentId":"44444444-4444-4444-8444-444444444444","givenAt":"2026-11-23T09:00:00Z","tariff":{"kind":"tariff","version":2,"sha256":"bb"},"attachedAt":"2026-11-23T08:00:00Z"}
> accept {"at":"2026-11-23T08:01:00Z"}
2 request.accepted.v1 {"acceptedAt":"2026-11-23T08:01:00Z","partyKind":"business","consentId":"44444444-4444-4444-8444-444444444444","givenAt":"2026-11-23T09:00:00Z","tariff":{"kind":"tariff","version":2,"sha256":"bb"}}
> link-processor {"agreementId":"VWO-2026-17","at":"2026-11-23T08:02:00Z"}
3 request.processor_agreement_linked.v1 {"agreementId":"VWO-2026-17","linkedAt":"2026-11-23T08:02:00Z"}
> link-processor {"agreementId":"VWO-2026-17","at":"2026-11-23T08:03:00Z"}
= nothing happens
> link-processor {"agreementId":"VWO-2027-3","at":"2027-01-04T08:00:00Z"}
4 request.processor_agreement_linked.v1 {"agreementId":"VWO-2027-3","linkedAt":"2027-01-04T08:00:00Z"}
