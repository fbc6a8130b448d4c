# A technician is given a display name, sealed like every name, and later another.
> register {"technicianId":"tess","name":{"subject":"technician-tess","purpose":"operational","field":"name","place":"technician-tess/c1","cipher":"AQ=="},"at":"2026-11-23T08:00:00Z"}
0 technician.registered.v1 {"technicianId":"tess","name":{"subject":"technician-tess","purpose":"operational","field":"name","place":"technician-tess/c1","cipher":"AQ=="},"registeredAt":"2026-11-23T08:00:00Z"}
> register {"technicianId":"tess","name":{"subject":"technician-tess","purpose":"operational","field":"name","place":"technician-tess/c2","cipher":"Ag=="},"at":"2026-11-24T08:00:00Z"}
1 technician.registered.v1 {"technicianId":"tess","name":{"subject":"technician-tess","purpose":"operational","field":"name","place":"technician-tess/c2","cipher":"Ag=="},"registeredAt":"2026-11-24T08:00:00Z"}
