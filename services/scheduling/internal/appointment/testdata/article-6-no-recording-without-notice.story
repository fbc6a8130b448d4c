# Article 6: a session may be recorded, and the customer knows beforehand. Without
# the notice it starts only unrecorded.
> book {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600,"at":"2026-11-23T08:00:00Z"}
0 appointment.booked.v1 {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600}
> start {"sessionId":"s1","recorded":true,"location":"provider","backup":"not_needed","at":"2026-11-23T09:00:00Z"}
! RECORDING_NOTICE_MISSING (S-02): the customer has not yet seen the notice that sessions can be recorded
> start {"sessionId":"s1","recorded":false,"location":"provider","backup":"not_needed","at":"2026-11-23T09:01:00Z"}
1 appointment.started.v1 {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","sessionId":"s1","recorded":false,"location":"provider","startedAt":"2026-11-23T09:01:00Z"}
