# The same Message-ID twice is one request; whoever brings it again is told which (G-15).
> take {}
0 mail.taken.v1 {"supportRequestId":"r1","takenAt":"2026-11-23T08:00:00Z"}
> take {"at":"2026-11-23T08:01:00Z"}
= nothing happens
> take {"supportRequestId":"r2","at":"2026-11-23T08:02:00Z"}
! MAIL_ALREADY_TAKEN (G-15): this mail came in before and has a request of its own
