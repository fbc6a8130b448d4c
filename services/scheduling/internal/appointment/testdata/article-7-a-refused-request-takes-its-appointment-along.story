# Article 7: a request that is refused or cancelled needs no appointment any more. What goes
# with it says so, since the customer is told of the request already (R-03).
> book {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600,"at":"2026-11-23T08:00:00Z"}
0 appointment.booked.v1 {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600}
> revoke {"at":"2026-11-23T08:30:00Z"}
1 appointment.cancelled.v1 {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600,"revoked":true,"sequence":1}
> cancel {"at":"2026-11-23T08:31:00Z"}
= nothing happens
