# Article 7: a request that is refused after it was scheduled gives its time back,
# and another request can have it in the same second.
> reserve {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600,"requestState":"ACCEPTED","at":"2026-11-23T08:00:00Z"}
0 calendar.slot_reserved.v1 {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600}
> release {"appointmentId":"a1","at":"2026-11-23T08:30:00Z"}
1 calendar.slot_released.v1 {"appointmentId":"a1"}
> reserve {"appointmentId":"a2","supportRequestId":"r2","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600,"requestState":"ACCEPTED","at":"2026-11-23T08:30:00Z"}
2 calendar.slot_reserved.v1 {"appointmentId":"a2","supportRequestId":"r2","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600}
# The refused request itself is at its end and cannot have another time.
> reserve {"appointmentId":"a3","supportRequestId":"r1","technicianId":"tess","start":"2026-11-24T09:00:00Z","seconds":3600,"requestState":"ENDED","at":"2026-11-23T08:31:00Z"}
! ILLEGAL_STATE (R-02): only an accepted request that waits for a time can be given one
