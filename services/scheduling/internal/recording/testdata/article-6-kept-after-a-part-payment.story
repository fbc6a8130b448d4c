# Article 6: a part of the bill was paid. It is not satisfied, so nothing asks for
# the deletion; and a destruction that nobody asked for is not recorded as lawful.
> start {"sessionId":"s1","supportRequestId":"r1","keyId":"recording/s1","at":"2026-11-23T09:00:00Z"}
0 recording.started.v1 {"sessionId":"s1","supportRequestId":"r1","keyId":"recording/s1","startedAt":"2026-11-23T09:00:00Z"}
> end {"at":"2026-11-23T09:37:00Z"}
1 recording.ended.v1 {"endedAt":"2026-11-23T09:37:00Z"}
> destroyed {"keyId":"recording/s1","actor":"service scheduling","at":"2026-11-25T12:00:00Z"}
! ILLEGAL_STATE (S-05): a recording is destroyed only after the bill is satisfied
