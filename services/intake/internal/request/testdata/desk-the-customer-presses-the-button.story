# The desk drafts a request for a caller. Nobody but the holder of the link sends it, and nobody of the
# desk does (G-01, G-02).
> draft {"at":"2026-11-23T08:00:00Z"}
0 request.drafted.v1 {"reference":"A-7F3K-29QD","channel":"phone","draftedAt":"2026-11-23T08:00:00Z","expiresAt":"2026-11-24T08:00:00Z","contact":{"subject":"s","purpose":"operational","field":"contact","place":"request-r","cipher":"Y29udGFjdA=="}}
1 request.link_issued.v1 {"hash":"c1","device":"d1","issuedAt":"2026-11-23T08:00:00Z","expiresAt":"2026-11-23T08:30:00Z"}
> submit {"at":"2026-11-23T08:01:00Z"}
! LINK_REQUIRED (G-01): this request was drafted for its customer: only he sends it, with the code of his link
> submit-by-wrong-link {"at":"2026-11-23T08:02:00Z"}
! LINK_WRONG (G-01): this is not the code of this request's newest link
> submit-by-link {"byStaff":true,"at":"2026-11-23T08:03:00Z"}
! PERMISSION_DENIED (G-02): the customer presses the button himself; nobody of the desk does it for him
# The link works before its last instant, not at it. The desk gives another, and the customer sends the
# form from the technician's own computer, which is noted.
> submit-by-link {"at":"2026-11-23T08:30:00Z"}
! EXPIRED (G-01): this link has expired; the desk can give a new one
> reissue {"at":"2026-11-23T08:31:00Z"}
2 request.link_issued.v1 {"hash":"c2","issuedAt":"2026-11-23T08:31:00Z","expiresAt":"2026-11-23T09:01:00Z"}
> submit-by-link {"linkHash":"c2","device":"d1","at":"2026-11-23T08:32:00Z"}
3 request.link_used.v1 {"usedAt":"2026-11-23T08:32:00Z","sameDevice":true}
4 request.submitted.v1 {"reference":"A-7F3K-29QD","channel":"phone","partyKind":"consumer","language":"nl","submittedAt":"2026-11-23T08:32:00Z","contact":{"subject":"s","purpose":"operational","field":"contact","place":"request-r","cipher":"Y29udGFjdA=="},"problem":{"subject":"s","purpose":"operational","field":"problem","place":"request-r","cipher":"cHJvYmxlbQ=="},"invoiceParty":{"subject":"s","purpose":"fiscal","field":"invoiceParty","place":"request-r","cipher":"aW52b2ljZVBhcnR5"}}
# A link works once.
> submit-by-link {"linkHash":"c2","at":"2026-11-23T08:33:00Z"}
! LINK_USED (G-01): this link was used; it works once
> expire {"at":"2026-11-24T08:00:00Z"}
= nothing happens
