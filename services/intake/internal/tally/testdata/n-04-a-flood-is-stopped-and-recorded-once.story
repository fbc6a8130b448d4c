# Two requests an hour are let through here. The third is turned away, which is recorded
# once: the flood that follows leaves no trace in the log (N-04).
> count {}
0 submission.counted.v1 {"by":"email","at":"2026-11-23T09:00:00Z"}
> count {"at":"2026-11-23T09:10:00Z"}
1 submission.counted.v1 {"by":"email","at":"2026-11-23T09:10:00Z"}
> count {"at":"2026-11-23T09:20:00Z"}
! THROTTLED (N-04): too many requests came from you; try again later, or call
> throttle {"at":"2026-11-23T09:20:00Z"}
2 submission.throttled.v1 {"by":"email","limit":2,"until":"2026-11-23T10:00:00Z","at":"2026-11-23T09:20:00Z"}
> count {"at":"2026-11-23T09:59:59Z"}
! THROTTLED (N-04): too many requests came from you; try again later, or call
> throttle {"at":"2026-11-23T09:59:59Z"}
= nothing happens
