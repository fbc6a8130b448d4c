# A technician works the desk's hours, then mornings only; a week away; and he retires.
> register {"technicianId":"tess","name":{"subject":"technician-tess","purpose":"operational","field":"name","place":"technician-tess/c1","cipher":"AQ=="},"skills":["network","mail"],"at":"2026-11-23T08:00:00Z"}
0 technician.registered.v1 {"technicianId":"tess","name":{"subject":"technician-tess","purpose":"operational","field":"name","place":"technician-tess/c1","cipher":"AQ=="},"registeredAt":"2026-11-23T08:00:00Z","skills":["mail","network"]}
> update {"technicianId":"tess","working":[{"days":[1,2,3,4,5],"from":"08:00","to":"12:00"}],"at":"2026-11-23T09:00:00Z"}
1 technician.updated.v1 {"technicianId":"tess","working":[{"days":[1,2,3,4,5],"from":"08:00","to":"12:00"}],"updatedAt":"2026-11-23T09:00:00Z"}
> update {"technicianId":"tess","absences":[{"from":"2026-12-07T00:00:00Z","to":"2026-12-14T00:00:00Z"}],"at":"2026-11-23T09:00:01Z"}
2 technician.updated.v1 {"technicianId":"tess","absences":[{"from":"2026-12-07T00:00:00Z","to":"2026-12-14T00:00:00Z"}],"updatedAt":"2026-11-23T09:00:01Z"}
> update {"technicianId":"tess","working":[{"days":[1],"from":"12:00","to":"08:00"}],"at":"2026-11-23T09:00:02Z"}
! WORKING_TIMES_INVALID (section 4): working times are windows of whole minutes, such as 08:00 to 12:30, that do not overlap
> retire {"at":"2026-12-31T16:00:00Z"}
3 technician.retired.v1 {"technicianId":"tess","retiredAt":"2026-12-31T16:00:00Z"}
> retire {"at":"2026-12-31T16:00:01Z"}
= nothing happens
> update {"technicianId":"tess","skills":["mail"],"at":"2027-01-04T08:00:00Z"}
! TECHNICIAN_RETIRED (section 4): this technician has retired; register him again first
