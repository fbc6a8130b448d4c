# An appointment that goes while its request stays is told of, and so is the new one: each
# event is another letter.
> learn
0 contact.learned.v1 {"contact":{"subject":"s1","purpose":"operational","field":"contact","place":"request-r1","cipher":"AQID"},"language":"nl","reference":"A-7F3K-29QD","partyKind":"business"}
> sent {"letter":{"notificationId":"n5","kind":"appointment","messageId":"n5@aanvraag.invalid","causeEventId":"e5"}}
1 letter.sent.v1 {"notificationId":"n5","kind":"appointment","language":"nl","messageId":"n5@aanvraag.invalid","sha256":"00ff","templateVersion":1,"causeEventId":"e5","sentAt":"2026-11-23T12:00:00Z"}
> sent {"letter":{"notificationId":"n6","kind":"appointment_cancelled","messageId":"n6@aanvraag.invalid","causeEventId":"e6"}}
2 letter.sent.v1 {"notificationId":"n6","kind":"appointment_cancelled","language":"nl","messageId":"n6@aanvraag.invalid","sha256":"00ff","templateVersion":1,"causeEventId":"e6","sentAt":"2026-11-23T12:00:00Z"}
> sent {"letter":{"notificationId":"n6","kind":"appointment_cancelled","messageId":"n6@aanvraag.invalid","causeEventId":"e6"}}
= nothing happens
> sent {"letter":{"notificationId":"n7","kind":"appointment","messageId":"n7@aanvraag.invalid","causeEventId":"e7"}}
3 letter.sent.v1 {"notificationId":"n7","kind":"appointment","language":"nl","messageId":"n7@aanvraag.invalid","sha256":"00ff","templateVersion":1,"causeEventId":"e7","sentAt":"2026-11-23T12:00:00Z"}
