# Article 8: the customer makes a backup before the work starts. Nothing was
# declared, so the technician cannot start, and no second is measured.
> book {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600,"at":"2026-11-23T08:00:00Z"}
0 appointment.booked.v1 {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600}
> start {"sessionId":"s1","recorded":false,"location":"provider","recordingNoticeSeen":true,"at":"2026-11-23T09:00:00Z"}
! BACKUP_MISSING (D-01): the customer has not yet declared how his data is backed up
# The appointment stands as it was, and can still be cancelled at no cost.
> cancel {"at":"2026-11-23T09:05:00Z"}
1 appointment.cancelled.v1 {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600,"sequence":1}
