# Nobody agrees to anything for a draft that was not sent in time (G-03).
> note-expiry {}
0 consent.request_expired.v1 {"supportRequestId":"r1","expiredAt":"2026-11-23T12:00:00Z"}
> give {}
! EXPIRED (G-03): this draft was not sent in time and is gone
