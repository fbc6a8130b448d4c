# The invoice is announced once, however often its event is delivered: after a crash, after
# the bus was emptied and refilled (B-08). Its settlement is another event and another letter.
> learn
0 contact.learned.v1 {"contact":{"subject":"s1","purpose":"operational","field":"contact","place":"request-r1","cipher":"AQID"},"language":"nl","reference":"A-7F3K-29QD","partyKind":"business"}
> sent {"letter":{"notificationId":"n7","kind":"invoice","messageId":"n7@aanvraag.invalid","causeEventId":"e7"}}
1 letter.sent.v1 {"notificationId":"n7","kind":"invoice","language":"nl","messageId":"n7@aanvraag.invalid","sha256":"00ff","templateVersion":1,"causeEventId":"e7","sentAt":"2026-11-23T12:00:00Z"}
> sent {"letter":{"notificationId":"n7","kind":"invoice","messageId":"n7@aanvraag.invalid","causeEventId":"e7","sentAt":"2026-11-24T08:00:00Z"}}
= nothing happens
> sent {"letter":{"notificationId":"n8","kind":"settlement","messageId":"n8@aanvraag.invalid","causeEventId":"e8"}}
2 letter.sent.v1 {"notificationId":"n8","kind":"settlement","language":"nl","messageId":"n8@aanvraag.invalid","sha256":"00ff","templateVersion":1,"causeEventId":"e8","sentAt":"2026-11-23T12:00:00Z"}
