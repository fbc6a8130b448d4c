# Article 4: a claim that was rejected gives the desk nothing. Without an agreement of the customer's own the
# request stays an offer; with one it is accepted, and billed like any other. Granted, it needs none.
> submit {"at":"2026-11-23T08:00:00Z"}
0 request.submitted.v1 {"reference":"A-7F3K-29QD","channel":"web-form","partyKind":"consumer","language":"nl","submittedAt":"2026-11-23T08:00:00Z","contact":{"subject":"s","purpose":"operational","field":"contact","place":"request-r","cipher":"Y29udGFjdA=="},"problem":{"subject":"s","purpose":"operational","field":"problem","place":"request-r","cipher":"cHJvYmxlbQ=="},"invoiceParty":{"subject":"s","purpose":"fiscal","field":"invoiceParty","place":"request-r","cipher":"aW52b2ljZVBhcnR5"}}
> raise-warranty {"claimId":"k1","at":"2026-11-23T08:01:00Z"}
1 request.warranty_raised.v1 {"claimId":"k1","raisedAt":"2026-11-23T08:01:00Z"}
> accept {"at":"2026-11-23T08:02:00Z"}
! WARRANTY_UNDECIDED (W-04): warranty was claimed for this request, and nobody decided on it yet
> reject-warranty {"claimId":"k1","at":"2026-11-23T08:03:00Z"}
2 request.warranty_decided.v1 {"claimId":"k1","granted":false,"decidedAt":"2026-11-23T08:03:00Z"}
> accept {"at":"2026-11-23T08:04:00Z"}
! CONSENT_MISSING (O-07): the customer has not agreed to the terms and the price of this request
> grant-warranty {"claimId":"k1","at":"2026-11-23T08:05:00Z"}
= nothing happens
> accept {"at":"2026-11-23T08:06:00Z"}
! CONSENT_MISSING (O-07): the customer has not agreed to the terms and the price of this request
> attach-consent {"consent":{"consentId":"c1","givenAt":"2026-11-23T08:07:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"}},"at":"2026-11-23T08:07:00Z"}
3 request.consent_attached.v1 {"consentId":"c1","givenAt":"2026-11-23T08:07:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"},"attachedAt":"2026-11-23T08:07:00Z"}
> accept {"at":"2026-11-23T08:08:00Z"}
4 request.accepted.v1 {"acceptedAt":"2026-11-23T08:08:00Z","partyKind":"consumer","consentId":"c1","givenAt":"2026-11-23T08:07:00Z","tariff":{"kind":"tariff","version":1,"sha256":"aa"}}
