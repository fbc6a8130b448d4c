# The machine's clock is put back a minute during the pause and five at the end. An
# interval is never negative, and no second is measured twice.
> start {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","recorded":false,"at":"2026-11-23T09:00:00Z"}
0 session.started.v1 {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","recorded":false,"startedAt":"2026-11-23T09:00:00Z"}
> pause {"at":"2026-11-23T09:10:00Z"}
1 session.paused.v1 {"sessionId":"s1","supportRequestId":"r1","pausedAt":"2026-11-23T09:10:00Z"}
> resume {"at":"2026-11-23T09:09:00Z"}
2 session.resumed.v1 {"sessionId":"s1","supportRequestId":"r1","resumedAt":"2026-11-23T09:10:00Z"}
> end {"calendar":{"zone":"Europe/Amsterdam","weekly":[{"days":[1,2,3,4,5],"from":"07:30","to":"17:00"}],"holidays":[],"closings":[]},"ref":{"kind":"calendar","version":1,"sha256":"c0ffee"},"at":"2026-11-23T09:05:00Z"}
3 session.ended.v1 {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","recorded":false,"startedAt":"2026-11-23T09:00:00Z","endedAt":"2026-11-23T09:10:00Z","intervals":[{"from":"2026-11-23T09:00:00Z","to":"2026-11-23T09:10:00Z"},{"from":"2026-11-23T09:10:00Z","to":"2026-11-23T09:10:00Z"}],"workedSeconds":600,"regularSeconds":600,"outsideSeconds":0,"calendar":{"kind":"calendar","version":1,"sha256":"c0ffee"},"notes":0,"unnoted":1}
