# S-03: the recording runs 61 seconds longer than what was measured. It is flagged
# until a person has looked.
> start {"sessionId":"s1","supportRequestId":"r1","keyId":"recording/s1","at":"2026-11-23T09:00:00Z"}
0 recording.started.v1 {"sessionId":"s1","supportRequestId":"r1","keyId":"recording/s1","startedAt":"2026-11-23T09:00:00Z"}
> end {"at":"2026-11-23T09:37:00Z"}
1 recording.ended.v1 {"endedAt":"2026-11-23T09:37:00Z"}
> upload {"sha256":"5feceb","ciphertextSha256":"6b86b2","bytes":104857600,"size":104904000,"recordedSeconds":2281,"measuredSeconds":2220,"toleranceSeconds":60,"maxBytes":2147483648,"at":"2026-11-23T09:40:00Z"}
2 recording.uploaded.v1 {"sessionId":"s1","supportRequestId":"r1","sha256":"5feceb","ciphertextSha256":"6b86b2","bytes":104857600,"size":104904000,"uploadedAt":"2026-11-23T09:40:00Z"}
3 recording.duration_verified.v1 {"sessionId":"s1","supportRequestId":"r1","measuredSeconds":2220,"recordedSeconds":2281,"deltaSeconds":61,"flagged":true}
> resolve {"note":{"subject":"p1","purpose":"operational","field":"durationNote","place":"recording-s1/c1","cipher":"Bw=="},"at":"2026-11-24T09:00:00Z"}
4 recording.duration_resolved.v1 {"sessionId":"s1","supportRequestId":"r1","note":{"subject":"p1","purpose":"operational","field":"durationNote","place":"recording-s1/c1","cipher":"Bw=="},"resolvedAt":"2026-11-24T09:00:00Z"}
