# Article 4: sending the form declares that these hours are outside warranty. That declaration is part of
# the consent; without one the request stays an offer, with one it is accepted.
> submit {"partyKind":"consumer","at":"2026-11-23T08:00:00Z"}
0 request.submitted.v1 {"reference":"A-7F3K-29QD","channel":"web-form","partyKind":"consumer","language":"nl","submittedAt":"2026-11-23T08:00:00Z","contact":{"subject":"s","purpose":"operational","field":"contact","place":"request-r","cipher":"Y29udGFjdA=="},"problem":{"subject":"s","purpose":"operational","field":"problem","place":"request-r","cipher":"cHJvYmxlbQ=="},"invoiceParty":{"subject":"s","purpose":"fiscal","field":"invoiceParty","place":"request-r","cipher":"aW52b2ljZVBhcnR5"}}
> accept {"at":"2026-11-23T08:00:00Z"}
! CONSENT_MISSING (O-07): the customer has not agreed to the terms and the price of this request
> attach-consent {"consent":{"consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"}},"at":"2026-11-23T08:00:01Z"}
1 request.consent_attached.v1 {"consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"},"attachedAt":"2026-11-23T08:00:01Z"}
> accept {"at":"2026-11-23T08:05:00Z"}
2 request.accepted.v1 {"acceptedAt":"2026-11-23T08:05:00Z","partyKind":"consumer","consentId":"c1","givenAt":"2026-11-23T08:00:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"}}
# A later consent, under a new tariff, changes nothing: the price was agreed at acceptance (T-01).
> attach-consent {"consent":{"consentId":"c1","givenAt":"2026-11-23T08:06:00Z","tariff":{"kind":"tariff","version":2,"sha256":"bb"}},"at":"2026-11-23T08:06:01Z"}
= nothing happens
