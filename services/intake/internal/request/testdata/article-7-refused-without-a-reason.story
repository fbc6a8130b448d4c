# Article 7: a request may be refused without a reason. Refusing it again changes nothing, and it cannot
# be accepted after all.
> submit {"partyKind":"consumer","at":"2026-11-27T16:00:00Z"}
0 request.submitted.v1 {"reference":"A-7F3K-29QD","channel":"web-form","partyKind":"consumer","language":"nl","submittedAt":"2026-11-27T16:00:00Z","nextOpening":"2026-11-30T06:30:00Z","contact":{"subject":"s","purpose":"operational","field":"contact","place":"request-r","cipher":"Y29udGFjdA=="},"problem":{"subject":"s","purpose":"operational","field":"problem","place":"request-r","cipher":"cHJvYmxlbQ=="},"invoiceParty":{"subject":"s","purpose":"fiscal","field":"invoiceParty","place":"request-r","cipher":"aW52b2ljZVBhcnR5"}}
> refuse {"at":"2026-11-30T07:00:00Z"}
1 request.refused.v1 {"refusedAt":"2026-11-30T07:00:00Z"}
> refuse {"at":"2026-11-30T07:01:00Z"}
= nothing happens
> accept {"at":"2026-11-30T07:02:00Z"}
! ILLEGAL_STATE (R-02): a request that is REFUSED does not allow accept
