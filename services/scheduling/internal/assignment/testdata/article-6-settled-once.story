# Article 6: the recording waits for the bill. The bill is satisfied; that it is
# satisfied again, after a reversal, changes nothing.
> open {"supportRequestId":"r1","at":"2026-11-23T08:00:00Z"}
0 assignment.opened.v1 {"supportRequestId":"r1"}
> keep {"supportRequestId":"r1","sessionId":"s1","at":"2026-11-23T09:00:00Z"}
1 assignment.recording_kept.v1 {"supportRequestId":"r1","sessionId":"s1"}
> settle {"supportRequestId":"r1","invoiceId":"i1","at":"2026-11-30T12:00:00Z"}
2 assignment.settled.v1 {"supportRequestId":"r1","invoiceId":"i1"}
> settle {"supportRequestId":"r1","invoiceId":"i1","at":"2026-12-10T12:00:00Z"}
= nothing happens
