# Limits against floods can be changed by publishing other ones; limits that let nobody
# through are refused, and nothing is in force before now (N-04, P2).
> publish {"limits":{"perEmail":3,"perAddress":20,"windowSeconds":1800},"effectiveFrom":"2026-11-23T09:00:00Z"}
0 policy.published.v1 {"ref":{"kind":"submission-limits","version":1,"sha256":"c5c9090cb3d2dca95e5338448c4c6e75cc8f4961221aedeba229eeff24cf5e21"},"effectiveFrom":"2026-11-23T09:00:00Z","content":{"perEmail":3,"perAddress":20,"windowSeconds":1800}}
> publish {"limits":{"perEmail":0,"perAddress":20,"windowSeconds":1800}}
! LIMITS_INVALID (N-04): a limit of less than one request lets nobody through
> publish {"effectiveFrom":"2026-11-23T08:59:59Z"}
! EFFECTIVE_IN_PAST (P2): a new version cannot be in force before now, nor before the version it follows
