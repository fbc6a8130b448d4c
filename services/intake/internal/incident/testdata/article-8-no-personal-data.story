# Article 8 (D-03): settings were lost, and nothing about anybody. It is recorded; there
# is no task.
> record {"personalData":false,"happenedAt":"2026-11-23T08:30:00Z","at":"2026-11-23T09:00:00Z"}
0 incident.recorded.v1 {"supportRequestId":"r1","whatHappened":{"subject":"s1","purpose":"operational","field":"incident","place":"request-r1/c1","cipher":"AQ=="},"personalData":false,"happenedAt":"2026-11-23T08:30:00Z","recordedAt":"2026-11-23T09:00:00Z"}
> overdue {"at":"2026-12-23T09:00:00Z"}
= nothing happens
> answer {"at":"2026-11-24T09:00:00Z"}
! ILLEGAL_STATE (D-03): this incident asks for no answer
