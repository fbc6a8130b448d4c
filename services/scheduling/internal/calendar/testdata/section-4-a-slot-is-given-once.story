# Two customers want the same hour of the same technician. One gets it; the other
# is told so at once and takes the next hour.
> reserve {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600,"requestState":"ACCEPTED","at":"2026-11-23T08:00:00Z"}
0 calendar.slot_reserved.v1 {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600}
> reserve {"appointmentId":"a2","supportRequestId":"r2","technicianId":"tess","start":"2026-11-23T09:30:00Z","seconds":3600,"requestState":"ACCEPTED","at":"2026-11-23T08:00:00Z"}
! SLOT_TAKEN (section 4): the technician is already booked, or held for somebody, for a part of that time
> reserve {"appointmentId":"a2","supportRequestId":"r2","technicianId":"tess","start":"2026-11-23T10:00:00Z","seconds":3600,"requestState":"ACCEPTED","at":"2026-11-23T08:00:05Z"}
1 calendar.slot_reserved.v1 {"appointmentId":"a2","supportRequestId":"r2","technicianId":"tess","start":"2026-11-23T10:00:00Z","seconds":3600}
# The first caller's answer was lost and he asks again: he has it already.
> reserve {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600,"requestState":"SCHEDULED","at":"2026-11-23T08:00:09Z"}
= nothing happens
