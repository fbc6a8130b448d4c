# S-05: the bill was satisfied while nobody was there to delete. Three days later the
# deletion is carried out at once, and the proof says by how much it is late.
> start {"sessionId":"s1","supportRequestId":"r1","keyId":"recording/s1","capSeconds":157680000,"at":"2026-11-23T09:00:00Z"}
0 recording.started.v1 {"sessionId":"s1","supportRequestId":"r1","keyId":"recording/s1","startedAt":"2026-11-23T09:00:00Z","capAt":"2031-11-22T09:00:00Z"}
> end {"at":"2026-11-23T09:37:00Z"}
1 recording.ended.v1 {"endedAt":"2026-11-23T09:37:00Z"}
> upload {"sha256":"5feceb","ciphertextSha256":"6b86b2","bytes":104857600,"size":104904000,"recordedSeconds":2220,"measuredSeconds":2220,"toleranceSeconds":60,"maxBytes":2147483648,"at":"2026-11-23T09:40:00Z"}
2 recording.uploaded.v1 {"sessionId":"s1","supportRequestId":"r1","sha256":"5feceb","ciphertextSha256":"6b86b2","bytes":104857600,"size":104904000,"uploadedAt":"2026-11-23T09:40:00Z"}
3 recording.duration_verified.v1 {"sessionId":"s1","supportRequestId":"r1","measuredSeconds":2220,"recordedSeconds":2220,"deltaSeconds":0,"flagged":false}
> due {"invoiceId":"i1","cause":"SETTLED","from":"2026-11-30T12:00:00Z","withinSeconds":86400,"at":"2026-12-03T12:00:00Z"}
4 recording.deletion_due.v1 {"sessionId":"s1","supportRequestId":"r1","invoiceId":"i1","dueAt":"2026-11-30T12:00:00Z","cause":"SETTLED","deadlineAt":"2026-12-01T12:00:00Z"}
> begin {"at":"2026-12-03T12:00:00Z"}
5 recording.destruction_begun.v1 {"sessionId":"s1","supportRequestId":"r1","begunAt":"2026-12-03T12:00:00Z"}
> destroyed {"keyId":"recording/s1","actor":"service scheduling","at":"2026-12-03T12:00:00Z"}
6 recording.key_destroyed.v1 {"sessionId":"s1","supportRequestId":"r1","keyId":"recording/s1","destroyedAt":"2026-12-03T12:00:00Z","actor":"service scheduling","lateSeconds":172800}
> deleted {"size":104904000,"actor":"service scheduling","at":"2026-12-03T12:00:00Z"}
7 recording.deleted.v1 {"sessionId":"s1","supportRequestId":"r1","ciphertextSha256":"6b86b2","size":104904000,"deletedAt":"2026-12-03T12:00:00Z","actor":"service scheduling"}
