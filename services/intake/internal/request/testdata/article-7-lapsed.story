# Article 7: nothing is accepted until the desk says so. An offer that nobody answers within five opening days
# lapses at the closing of the fifth, and costs nothing; thirty days later the person's keys are destroyed.
> submit {"answerDays":5,"at":"2026-11-23T08:00:00Z"}
0 request.submitted.v1 {"reference":"A-7F3K-29QD","channel":"web-form","partyKind":"consumer","language":"nl","submittedAt":"2026-11-23T08:00:00Z","contact":{"subject":"s","purpose":"operational","field":"contact","place":"request-r","cipher":"Y29udGFjdA=="},"problem":{"subject":"s","purpose":"operational","field":"problem","place":"request-r","cipher":"cHJvYmxlbQ=="},"invoiceParty":{"subject":"s","purpose":"fiscal","field":"invoiceParty","place":"request-r","cipher":"aW52b2ljZVBhcnR5"},"lapsesAt":"2026-11-30T16:00:00Z"}
> lapse {"eraseAfterDays":30,"at":"2026-11-30T15:59:59.999999Z"}
= nothing happens
> lapse {"eraseAfterDays":30,"at":"2026-11-30T16:00:00Z"}
1 request.lapsed.v1 {"lapsedAt":"2026-11-30T16:00:00Z","eraseAt":"2026-12-30T16:00:00Z"}
> accept {"at":"2026-11-30T16:00:00Z"}
! ILLEGAL_STATE (R-02): a request that is LAPSED does not allow accept
> erase {"keyIds":["operational/s","fiscal/s"],"at":"2026-12-30T15:59:59.999999Z"}
= nothing happens
> erase {"keyIds":["operational/s","fiscal/s"],"at":"2026-12-30T16:00:00Z"}
2 request.erased.v1 {"keyIds":["operational/s","fiscal/s"],"erasedAt":"2026-12-30T16:00:00Z"}
> erase {"keyIds":["operational/s","fiscal/s"],"at":"2026-12-30T16:00:01Z"}
= nothing happens
