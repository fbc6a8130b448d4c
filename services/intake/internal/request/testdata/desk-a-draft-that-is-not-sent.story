# A draft that nobody sends is over after a day, to the second, and nothing of the person is left (G-03).
> draft {"at":"2026-11-23T08:00:00Z"}
0 request.drafted.v1 {"reference":"A-7F3K-29QD","channel":"phone","draftedAt":"2026-11-23T08:00:00Z","expiresAt":"2026-11-24T08:00:00Z","contact":{"subject":"s","purpose":"operational","field":"contact","place":"request-r","cipher":"Y29udGFjdA=="}}
1 request.link_issued.v1 {"hash":"c1","device":"d1","issuedAt":"2026-11-23T08:00:00Z","expiresAt":"2026-11-23T08:30:00Z"}
> expire {"at":"2026-11-24T07:59:59Z"}
= nothing happens
> forget {"at":"2026-11-24T07:59:59Z"}
= nothing happens
> submit-by-link {"at":"2026-11-24T08:00:00Z"}
! EXPIRED (G-03): this draft was not sent in time and is gone
> reissue {"at":"2026-11-24T08:00:00Z"}
! EXPIRED (G-03): this draft was not sent in time and is gone
> expire {"at":"2026-11-24T08:00:00Z"}
2 request.expired.v1 {"expiredAt":"2026-11-24T08:00:00Z"}
> forget {"at":"2026-11-24T08:00:00Z"}
3 request.keys_destroyed.v1 {"keys":[{"keyId":"operational/s","destroyedAt":"2026-11-24T08:00:00Z"}],"at":"2026-11-24T08:00:00Z"}
> forget {"at":"2026-11-24T08:00:01Z"}
= nothing happens
> submit-by-link {"at":"2026-11-24T09:00:00Z"}
! EXPIRED (G-03): this draft was not sent in time and is gone
