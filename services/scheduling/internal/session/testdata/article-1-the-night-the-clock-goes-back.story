# Article 1: on 25 October 2026 the wall clock shows 01:30 at the start and 03:30
# at the end, and three hours have passed: 10 800 seconds, all outside the hours.
> start {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","recorded":false,"at":"2026-10-24T23:30:00Z"}
0 session.started.v1 {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","recorded":false,"startedAt":"2026-10-24T23:30:00Z"}
> end {"calendar":{"zone":"Europe/Amsterdam","weekly":[{"days":[1,2,3,4,5],"from":"07:30","to":"17:00"}],"holidays":[],"closings":[]},"ref":{"kind":"calendar","version":1,"sha256":"c0ffee"},"at":"2026-10-25T02:30:00Z"}
1 session.ended.v1 {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","recorded":false,"startedAt":"2026-10-24T23:30:00Z","endedAt":"2026-10-25T02:30:00Z","intervals":[{"from":"2026-10-24T23:30:00Z","to":"2026-10-25T02:30:00Z"}],"workedSeconds":10800,"regularSeconds":0,"outsideSeconds":10800,"calendar":{"kind":"calendar","version":1,"sha256":"c0ffee"},"notes":0,"unnoted":1}
