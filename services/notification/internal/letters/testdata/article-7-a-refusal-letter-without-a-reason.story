# A request may be refused without a reason (R-01), and the customer is told all the same (R-03).
# The record has no place for a reason or a note: only the hash of what was sent.
> sent {"learn":{"contact":{"subject":"s1","purpose":"operational","field":"contact","place":"request-r1","cipher":"AQID"},"language":"nl","reference":"A-7F3K-29QD","partyKind":"consumer"},"letter":{"notificationId":"n1","kind":"acknowledgement","messageId":"n1@aanvraag.invalid","causeEventId":"e1"}}
0 contact.learned.v1 {"contact":{"subject":"s1","purpose":"operational","field":"contact","place":"request-r1","cipher":"AQID"},"language":"nl","reference":"A-7F3K-29QD","partyKind":"consumer"}
1 letter.sent.v1 {"notificationId":"n1","kind":"acknowledgement","language":"nl","messageId":"n1@aanvraag.invalid","sha256":"00ff","templateVersion":1,"causeEventId":"e1","sentAt":"2026-11-23T12:00:00Z"}
> sent {"letter":{"notificationId":"n2","kind":"refusal","messageId":"n2@aanvraag.invalid","causeEventId":"e2"}}
2 letter.sent.v1 {"notificationId":"n2","kind":"refusal","language":"nl","messageId":"n2@aanvraag.invalid","sha256":"00ff","templateVersion":1,"causeEventId":"e2","sentAt":"2026-11-23T12:00:00Z"}
> sent {"letter":{"notificationId":"n2","kind":"refusal","messageId":"n2@aanvraag.invalid","causeEventId":"e2"}}
= nothing happens
