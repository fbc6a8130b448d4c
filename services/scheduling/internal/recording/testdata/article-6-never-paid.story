# S-06: nobody ever paid. After five years the recording goes all the same: nothing is
# kept for ever.
> start {"sessionId":"s1","supportRequestId":"r1","keyId":"recording/s1","capSeconds":157680000,"at":"2026-11-23T09:00:00Z"}
0 recording.started.v1 {"sessionId":"s1","supportRequestId":"r1","keyId":"recording/s1","startedAt":"2026-11-23T09:00:00Z","capAt":"2031-11-22T09:00:00Z"}
> end {"at":"2026-11-23T09:37:00Z"}
1 recording.ended.v1 {"endedAt":"2026-11-23T09:37:00Z"}
> upload {"sha256":"5feceb","ciphertextSha256":"6b86b2","bytes":104857600,"size":104904000,"recordedSeconds":2220,"measuredSeconds":2220,"toleranceSeconds":60,"maxBytes":2147483648,"at":"2026-11-23T09:40:00Z"}
2 recording.uploaded.v1 {"sessionId":"s1","supportRequestId":"r1","sha256":"5feceb","ciphertextSha256":"6b86b2","bytes":104857600,"size":104904000,"uploadedAt":"2026-11-23T09:40:00Z"}
3 recording.duration_verified.v1 {"sessionId":"s1","supportRequestId":"r1","measuredSeconds":2220,"recordedSeconds":2220,"deltaSeconds":0,"flagged":false}
> due {"cause":"RETENTION_CAP","from":"2031-11-22T09:00:00Z","withinSeconds":86400,"at":"2031-11-22T09:00:00Z"}
4 recording.retention_cap_reached.v1 {"sessionId":"s1","supportRequestId":"r1","capAt":"2031-11-22T09:00:00Z"}
5 recording.deletion_due.v1 {"sessionId":"s1","supportRequestId":"r1","invoiceId":"","dueAt":"2031-11-22T09:00:00Z","cause":"RETENTION_CAP","deadlineAt":"2031-11-23T09:00:00Z"}
> begin {"at":"2031-11-22T09:00:00Z"}
6 recording.destruction_begun.v1 {"sessionId":"s1","supportRequestId":"r1","begunAt":"2031-11-22T09:00:00Z"}
> destroyed {"keyId":"recording/s1","actor":"service scheduling","at":"2031-11-22T09:00:00Z"}
7 recording.key_destroyed.v1 {"sessionId":"s1","supportRequestId":"r1","keyId":"recording/s1","destroyedAt":"2031-11-22T09:00:00Z","actor":"service scheduling"}
