# S-03: the recording runs 61 seconds longer than what was measured. The request is
# closed, and its invoice waits until a billing clerk has looked.
> flag {"sessionId":"s1","at":"2026-11-23T10:00:00Z"}
0 clearance.flagged.v1 {"sessionId":"s1"}
> withhold {"bill":{"supportRequestId":"r1"},"closedOn":"2026-11-23","at":"2026-11-23T10:05:00Z"}
1 clearance.withheld.v1 {"bill":{"supportRequestId":"r1"},"closedOn":"2026-11-23"}
> resolve {"sessionId":"s1","at":"2026-11-24T08:00:00Z"}
2 clearance.resolved.v1 {"sessionId":"s1"}
3 clearance.granted.v1 {}
