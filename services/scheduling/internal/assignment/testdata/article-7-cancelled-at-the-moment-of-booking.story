# The customer cancels while the desk books. The cancellation is known first; the
# booking that comes after it is void, and its time goes back.
> open {"supportRequestId":"r1","at":"2026-11-23T08:00:00Z"}
0 assignment.opened.v1 {"supportRequestId":"r1"}
> release {"supportRequestId":"r1","at":"2026-11-23T08:10:00Z"}
1 assignment.released.v1 {"supportRequestId":"r1","appointmentIds":[]}
> plan {"supportRequestId":"r1","appointmentId":"a1","at":"2026-11-23T08:10:00Z"}
2 assignment.appointment_voided.v1 {"supportRequestId":"r1","appointmentId":"a1"}
> drop {"supportRequestId":"r1","appointmentId":"a1","at":"2026-11-23T08:10:00Z"}
= nothing happens
