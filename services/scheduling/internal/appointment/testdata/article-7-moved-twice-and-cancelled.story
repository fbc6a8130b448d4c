# Article 7: until work starts the customer may move or cancel at no cost. The number
# by which his calendar tells what is newer rises each time.
> book {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600,"at":"2026-11-23T08:00:00Z"}
0 appointment.booked.v1 {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600}
> move {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T10:00:00Z","seconds":3600,"moveId":"m1","sequence":1,"at":"2026-11-23T08:10:00Z"}
1 appointment.moved.v1 {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T10:00:00Z","seconds":3600,"moveId":"m1","sequence":1,"from":{"technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600}}
# Somebody else wished a move before he could see this one.
> move {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tom","start":"2026-11-24T09:00:00Z","seconds":3600,"moveId":"m2","sequence":1,"at":"2026-11-23T08:10:00Z"}
! APPOINTMENT_MOVED (section 4): the appointment was moved by somebody else at the same moment; read it again
> move {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tom","start":"2026-11-24T09:00:00Z","seconds":1800,"moveId":"m3","sequence":2,"at":"2026-11-23T08:11:00Z"}
2 appointment.moved.v1 {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tom","start":"2026-11-24T09:00:00Z","seconds":1800,"moveId":"m3","sequence":2,"from":{"technicianId":"tess","start":"2026-11-23T10:00:00Z","seconds":3600,"moveId":"m1"}}
> cancel {"at":"2026-11-23T08:12:00Z"}
3 appointment.cancelled.v1 {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tom","start":"2026-11-24T09:00:00Z","seconds":1800,"moveId":"m3","sequence":3}
> move {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tom","start":"2026-11-24T10:00:00Z","seconds":1800,"moveId":"m4","sequence":4,"at":"2026-11-23T08:13:00Z"}
! ILLEGAL_STATE (section 4): the appointment is not in a state that allows this
