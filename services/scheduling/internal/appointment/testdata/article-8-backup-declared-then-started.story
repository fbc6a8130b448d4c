# Article 8: refused without a declaration; the customer then declares that he has
# a backup, and the same appointment starts.
> book {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600,"at":"2026-11-23T08:00:00Z"}
0 appointment.booked.v1 {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600}
> start {"sessionId":"s1","recorded":false,"location":"provider","at":"2026-11-23T09:00:00Z"}
! BACKUP_MISSING (D-01): the customer has not yet declared how his data is backed up
> start {"sessionId":"s1","recorded":false,"location":"provider","backup":"made","at":"2026-11-23T09:03:00Z"}
1 appointment.started.v1 {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","sessionId":"s1","recorded":false,"location":"provider","startedAt":"2026-11-23T09:03:00Z"}
# Work that has begun is ended, not cancelled.
> cancel {"at":"2026-11-23T09:04:00Z"}
! ILLEGAL_STATE (section 4): the appointment is not in a state that allows this
> complete {"sessionId":"s1","at":"2026-11-23T09:40:00Z"}
2 appointment.completed.v1 {"appointmentId":"a1"}
