# Article 9: the client is told of force majeure at once. The mail system was away, and at fifteen minutes the letter
# had not left: staff is asked to call him (F-02). The letter leaves later all the same.
> learn {"contact":{"subject":"s1","purpose":"operational","field":"contact","place":"request-r1","cipher":"AQID"},"language":"nl","reference":"A-7F3K-29QD","partyKind":"business"}
0 contact.learned.v1 {"contact":{"subject":"s1","purpose":"operational","field":"contact","place":"request-r1","cipher":"AQID"},"language":"nl","reference":"A-7F3K-29QD","partyKind":"business"}
> owe {"notificationId":"n1","kind":"force_majeure","causeEventId":"e2","due":"2026-11-23T12:15:00Z","at":"2026-11-23T12:00:00Z"}
1 letter.owed.v1 {"notificationId":"n1","kind":"force_majeure","causeEventId":"e2","due":"2026-11-23T12:15:00Z","owedAt":"2026-11-23T12:00:00Z"}
> call {"causeEventId":"e2","at":"2026-11-23T12:14:59Z"}
= nothing happens
> call {"causeEventId":"e2","at":"2026-11-23T12:15:00Z"}
2 call_task.opened.v1 {"callTaskId":"n1","kind":"force_majeure","reason":"late","causeEventId":"e2","openedAt":"2026-11-23T12:15:00Z"}
> sent {"letter":{"notificationId":"n1","kind":"force_majeure","language":"nl","messageId":"n1@aanvraag.invalid","sha256":"00ff","templateVersion":2,"causeEventId":"e2","sentAt":"2026-11-23T12:20:00Z"}}
3 letter.sent.v1 {"notificationId":"n1","kind":"force_majeure","language":"nl","messageId":"n1@aanvraag.invalid","sha256":"00ff","templateVersion":2,"causeEventId":"e2","sentAt":"2026-11-23T12:20:00Z"}
> complete {"callTaskId":"n1","at":"2026-11-23T12:21:00Z"}
4 call_task.completed.v1 {"callTaskId":"n1","completedAt":"2026-11-23T12:21:00Z"}
