# A message whose headers cannot be read belongs to no event stream that anybody
# knows, so it is parked alone.
> park {"eventId":"e1","eventType":"","revision":0,"previous":-1,"tries":1,"reason":"header ce-id is missing","message":{"sequence":17,"storedAt":"2026-11-23T09:00:00Z"},"at":"2026-11-23T09:00:01Z"}
0 parking.parked.v1 {"eventId":"e1","eventType":"","revision":0,"previous":-1,"tries":1,"reason":"header ce-id is missing","message":{"sequence":17,"storedAt":"2026-11-23T09:00:00Z"},"parkedAt":"2026-11-23T09:00:01Z"}
> skip {"revision":0,"reason":"published by hand, by mistake","at":"2026-11-23T10:00:00Z"}
1 parking.skipped.v1 {"attempt":1,"eventId":"e1","revision":0,"reason":"published by hand, by mistake","skippedAt":"2026-11-23T10:00:00Z"}
> release {"attempt":1,"through":0,"at":"2026-11-23T10:00:01Z"}
2 parking.released.v1 {"attempt":1,"through":0,"releasedAt":"2026-11-23T10:00:01Z"}
