# A customer chooses an hour and has a quarter of an hour to confirm it. Nobody else
# gets it meanwhile; at the end of it exactly, somebody does.
> hold {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600,"requestState":"ACCEPTED","holdSeconds":900,"at":"2026-11-23T08:00:00Z"}
0 calendar.hold_placed.v1 {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600,"expiresAt":"2026-11-23T08:15:00Z"}
> reserve {"appointmentId":"a2","supportRequestId":"r2","technicianId":"tess","start":"2026-11-23T09:30:00Z","seconds":3600,"requestState":"ACCEPTED","at":"2026-11-23T08:14:59Z"}
! SLOT_TAKEN (section 4): the technician is already booked, or held for somebody, for a part of that time
> reserve {"appointmentId":"a2","supportRequestId":"r2","technicianId":"tess","start":"2026-11-23T09:30:00Z","seconds":3600,"requestState":"ACCEPTED","at":"2026-11-23T08:15:00Z"}
1 calendar.slot_reserved.v1 {"appointmentId":"a2","supportRequestId":"r2","technicianId":"tess","start":"2026-11-23T09:30:00Z","seconds":3600}
# That it expired is noted afterwards; his confirmation comes too late.
> expire {"appointmentId":"a1","at":"2026-11-23T08:15:00Z"}
2 calendar.hold_released.v1 {"appointmentId":"a1","reason":"expired"}
> reserve {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600,"requestState":"ACCEPTED","at":"2026-11-23T08:15:01Z"}
! SLOT_TAKEN (section 4): the technician is already booked, or held for somebody, for a part of that time
# He chooses the hour before, and confirms in time.
> hold {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T08:30:00Z","seconds":3600,"requestState":"ACCEPTED","holdSeconds":900,"at":"2026-11-23T08:16:00Z"}
3 calendar.hold_placed.v1 {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T08:30:00Z","seconds":3600,"expiresAt":"2026-11-23T08:31:00Z"}
> reserve {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T08:30:00Z","seconds":3600,"requestState":"ACCEPTED","at":"2026-11-23T08:17:00Z"}
4 calendar.slot_reserved.v1 {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T08:30:00Z","seconds":3600}
> expire {"appointmentId":"a1","at":"2026-11-23T08:31:00Z"}
= nothing happens
