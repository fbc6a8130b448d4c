# Article 1: on 28 March 2027 the wall clock shows 01:30 at the start and 03:30 at
# the end, and one hour has passed: 3 600 seconds.
> start {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","recorded":false,"at":"2027-03-28T00:30:00Z"}
0 session.started.v1 {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","recorded":false,"startedAt":"2027-03-28T00:30:00Z"}
> end {"calendar":{"zone":"Europe/Amsterdam","weekly":[{"days":[1,2,3,4,5],"from":"07:30","to":"17:00"}],"holidays":[],"closings":[]},"ref":{"kind":"calendar","version":1,"sha256":"c0ffee"},"at":"2027-03-28T01:30:00Z"}
1 session.ended.v1 {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","recorded":false,"startedAt":"2027-03-28T00:30:00Z","endedAt":"2027-03-28T01:30:00Z","intervals":[{"from":"2027-03-28T00:30:00Z","to":"2027-03-28T01:30:00Z"}],"workedSeconds":3600,"regularSeconds":0,"outsideSeconds":3600,"calendar":{"kind":"calendar","version":1,"sha256":"c0ffee"},"notes":0,"unnoted":1}
