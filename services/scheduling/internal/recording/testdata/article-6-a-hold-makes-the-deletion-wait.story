# S-08: the bill is paid while the customer disputes what was done. The deletion is
# due and waits; once the hold is released it is carried out, and its term runs anew.
> start {"sessionId":"s1","supportRequestId":"r1","keyId":"recording/s1","capSeconds":157680000,"at":"2026-11-23T09:00:00Z"}
0 recording.started.v1 {"sessionId":"s1","supportRequestId":"r1","keyId":"recording/s1","startedAt":"2026-11-23T09:00:00Z","capAt":"2031-11-22T09:00:00Z"}
> end {"at":"2026-11-23T09:37:00Z"}
1 recording.ended.v1 {"endedAt":"2026-11-23T09:37:00Z"}
> upload {"sha256":"5feceb","ciphertextSha256":"6b86b2","bytes":104857600,"size":104904000,"recordedSeconds":2220,"measuredSeconds":2220,"toleranceSeconds":60,"maxBytes":2147483648,"at":"2026-11-23T09:40:00Z"}
2 recording.uploaded.v1 {"sessionId":"s1","supportRequestId":"r1","sha256":"5feceb","ciphertextSha256":"6b86b2","bytes":104857600,"size":104904000,"uploadedAt":"2026-11-23T09:40:00Z"}
3 recording.duration_verified.v1 {"sessionId":"s1","supportRequestId":"r1","measuredSeconds":2220,"recordedSeconds":2220,"deltaSeconds":0,"flagged":false}
> hold {"holdId":"h1","kind":"DISPUTE","owner":"bea","reviewOn":"2026-12-15","reason":{"subject":"p1","purpose":"operational","field":"holdReason","place":"recording-s1/c1","cipher":"Bw=="},"at":"2026-11-24T09:00:00Z"}
4 recording.hold_placed.v1 {"sessionId":"s1","supportRequestId":"r1","holdId":"h1","kind":"DISPUTE","owner":"bea","reviewOn":"2026-12-15","reason":{"subject":"p1","purpose":"operational","field":"holdReason","place":"recording-s1/c1","cipher":"Bw=="},"placedAt":"2026-11-24T09:00:00Z"}
> due {"invoiceId":"i1","cause":"SETTLED","withinSeconds":86400,"at":"2026-11-30T12:00:00Z"}
5 recording.deletion_due.v1 {"sessionId":"s1","supportRequestId":"r1","invoiceId":"i1","dueAt":"2026-11-30T12:00:00Z","cause":"SETTLED","deadlineAt":"2026-12-01T12:00:00Z"}
> begin {"at":"2026-11-30T12:00:00Z"}
= nothing happens
> release {"holdId":"h1","withinSeconds":86400,"at":"2026-12-10T08:00:00Z"}
6 recording.hold_released.v1 {"sessionId":"s1","supportRequestId":"r1","holdId":"h1","releasedAt":"2026-12-10T08:00:00Z","dueAt":"2026-12-10T08:00:00Z","deadlineAt":"2026-12-11T08:00:00Z"}
> begin {"at":"2026-12-10T08:00:00Z"}
7 recording.destruction_begun.v1 {"sessionId":"s1","supportRequestId":"r1","begunAt":"2026-12-10T08:00:00Z"}
> destroyed {"keyId":"recording/s1","actor":"service scheduling","at":"2026-12-10T08:00:01Z"}
8 recording.key_destroyed.v1 {"sessionId":"s1","supportRequestId":"r1","keyId":"recording/s1","destroyedAt":"2026-12-10T08:00:01Z","actor":"service scheduling"}
> deleted {"size":104904000,"actor":"service scheduling","at":"2026-12-10T08:00:01Z"}
9 recording.deleted.v1 {"sessionId":"s1","supportRequestId":"r1","ciphertextSha256":"6b86b2","size":104904000,"deletedAt":"2026-12-10T08:00:01Z","actor":"service scheduling"}
