# An appointment moves by half an hour: it holds both slots until it has moved, and
# then only the new one.
> reserve {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600,"requestState":"ACCEPTED","at":"2026-11-23T08:00:00Z"}
0 calendar.slot_reserved.v1 {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600}
> move {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:30:00Z","seconds":3600,"moveId":"m1","sequence":1,"at":"2026-11-23T08:01:00Z"}
1 calendar.slot_reserved.v1 {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:30:00Z","seconds":3600,"moveId":"m1","sequence":1}
> reserve {"appointmentId":"a2","supportRequestId":"r2","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":1800,"requestState":"ACCEPTED","at":"2026-11-23T08:01:00Z"}
! SLOT_TAKEN (section 4): the technician is already booked, or held for somebody, for a part of that time
> release {"appointmentId":"a1","at":"2026-11-23T08:01:00Z"}
2 calendar.slot_released.v1 {"appointmentId":"a1"}
> reserve {"appointmentId":"a2","supportRequestId":"r2","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":1800,"requestState":"ACCEPTED","at":"2026-11-23T08:01:00Z"}
3 calendar.slot_reserved.v1 {"appointmentId":"a2","supportRequestId":"r2","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":1800}
# Now it cannot go back: somebody else is there.
> move {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600,"moveId":"m2","sequence":2,"at":"2026-11-23T08:02:00Z"}
! SLOT_TAKEN (section 4): the technician is already booked, or held for somebody, for a part of that time
