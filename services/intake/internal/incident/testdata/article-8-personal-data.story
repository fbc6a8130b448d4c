# Article 8 (D-03): a disk was wiped with personal data on it. Whoever is liable, it is
# recorded, and somebody judges within 72 hours whether the authority must be told.
# Nobody did in time, which shows; a late answer is taken.
> record {"happenedAt":"2026-11-23T08:30:00Z","at":"2026-11-23T09:00:00Z"}
0 incident.recorded.v1 {"supportRequestId":"r1","whatHappened":{"subject":"s1","purpose":"operational","field":"incident","place":"request-r1/c1","cipher":"AQ=="},"personalData":true,"happenedAt":"2026-11-23T08:30:00Z","recordedAt":"2026-11-23T09:00:00Z","reportBy":"2026-11-26T09:00:00Z"}
> overdue {"at":"2026-11-26T08:59:59Z"}
= nothing happens
> overdue {"at":"2026-11-26T09:00:00Z"}
1 incident.report_overdue.v1 {"supportRequestId":"r1","reportBy":"2026-11-26T09:00:00Z"}
> answer {"at":"2026-11-26T10:00:00Z"}
2 incident.answered.v1 {"supportRequestId":"r1","reported":true,"explanation":{"subject":"s1","purpose":"operational","field":"incident","place":"request-r1/c1","cipher":"AQ=="},"answeredAt":"2026-11-26T10:00:00Z"}
> answer {"at":"2026-11-26T11:00:00Z"}
! ILLEGAL_STATE (D-03): this incident asks for no answer
