# Article 6: the recording is kept until the bill is satisfied, and then its own key
# is destroyed. What stays tells which key, when and by whom.
> start {"sessionId":"s1","supportRequestId":"r1","keyId":"recording/s1","at":"2026-11-23T09:00:00Z"}
0 recording.started.v1 {"sessionId":"s1","supportRequestId":"r1","keyId":"recording/s1","startedAt":"2026-11-23T09:00:00Z"}
> end {"at":"2026-11-23T09:37:00Z"}
1 recording.ended.v1 {"endedAt":"2026-11-23T09:37:00Z"}
> due {"invoiceId":"i1","at":"2026-11-30T12:00:00Z"}
2 recording.deletion_due.v1 {"sessionId":"s1","supportRequestId":"r1","invoiceId":"i1","dueAt":"2026-11-30T12:00:00Z"}
> begin {"at":"2026-11-30T12:00:00Z"}
3 recording.destruction_begun.v1 {"sessionId":"s1","supportRequestId":"r1","begunAt":"2026-11-30T12:00:00Z"}
> destroyed {"keyId":"recording/s1","actor":"service scheduling","at":"2026-11-30T12:00:01Z"}
4 recording.key_destroyed.v1 {"sessionId":"s1","supportRequestId":"r1","keyId":"recording/s1","destroyedAt":"2026-11-30T12:00:01Z","actor":"service scheduling"}
