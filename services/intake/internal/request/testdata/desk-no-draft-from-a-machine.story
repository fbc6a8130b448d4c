# An automatic reply and a bounce open nothing; a person's mail opens a draft, which is not consent and
# cannot be accepted (G-15).
> draft {"channel":"email","autoSubmitted":"auto-replied","at":"2026-11-23T08:00:00Z"}
! AUTOMATIC_MAIL (G-15): an automatic reply or a bounce is from nobody, and opens no request
> draft {"channel":"email","bounce":true,"at":"2026-11-23T08:00:00Z"}
! AUTOMATIC_MAIL (G-15): an automatic reply or a bounce is from nobody, and opens no request
> draft {"channel":"email","autoSubmitted":"no","at":"2026-11-23T08:00:00Z"}
0 request.drafted.v1 {"reference":"A-7F3K-29QD","channel":"email","draftedAt":"2026-11-23T08:00:00Z","expiresAt":"2026-11-24T08:00:00Z","contact":{"subject":"s","purpose":"operational","field":"contact","place":"request-r","cipher":"Y29udGFjdA=="}}
1 request.link_issued.v1 {"hash":"c1","device":"d1","issuedAt":"2026-11-23T08:00:00Z","expiresAt":"2026-11-23T08:30:00Z"}
> accept {"at":"2026-11-23T08:01:00Z"}
! ILLEGAL_STATE (R-02): a request that is DRAFTED does not allow accept
