# Article 9: at ten o'clock the power fails at the provider, before the appointment starts. It is declared with its
# cause and the side on which that lies (F-01, F-05); the appointment is moved at no cost (F-04). Until something is
# agreed with the customer the request gets no time: a booking at the same moment is void (F-03). It is agreed to
# reschedule, and the request has a time again.
> open {"supportRequestId":"r1","at":"2026-11-23T08:00:00Z"}
0 assignment.opened.v1 {"supportRequestId":"r1"}
> plan {"supportRequestId":"r1","appointmentId":"a1","at":"2026-11-23T08:05:00Z"}
1 assignment.appointment_planned.v1 {"supportRequestId":"r1","appointmentId":"a1"}
> declare {"supportRequestId":"r1","cause":"power","side":"customer","from":"2026-11-23T09:00:00Z","at":"2026-11-23T09:01:00Z"}
! CAUSE_IS_CUSTOMERS (F-05): a failure on the customer's side is not the provider's force majeure; pause the session instead
> declare {"supportRequestId":"r1","cause":"power","side":"provider","from":"2026-11-23T09:00:00Z","at":"2026-11-23T09:01:00Z"}
2 assignment.force_majeure_declared.v1 {"supportRequestId":"r1","number":1,"cause":"power","side":"provider","from":"2026-11-23T09:00:00Z","declaredAt":"2026-11-23T09:01:00Z","appointmentIds":["a1"]}
> drop {"supportRequestId":"r1","appointmentId":"a1","at":"2026-11-23T09:01:00Z"}
3 assignment.appointment_dropped.v1 {"supportRequestId":"r1","appointmentId":"a1"}
> plan {"supportRequestId":"r1","appointmentId":"a2","at":"2026-11-23T09:02:00Z"}
4 assignment.appointment_voided.v1 {"supportRequestId":"r1","appointmentId":"a2"}
> agree {"supportRequestId":"r1","handling":"resume","at":"2026-11-23T09:10:00Z"}
! NOTHING_TO_RESUME (F-03): no session is open; agree to reschedule or to end
> agree {"supportRequestId":"r1","handling":"reschedule","at":"2026-11-23T09:10:00Z"}
5 assignment.handling_agreed.v1 {"supportRequestId":"r1","number":1,"handling":"reschedule","agreedAt":"2026-11-23T09:10:00Z","appointmentId":""}
> plan {"supportRequestId":"r1","appointmentId":"a3","at":"2026-11-23T09:11:00Z"}
6 assignment.appointment_planned.v1 {"supportRequestId":"r1","appointmentId":"a3"}
