# Once the contact's key is destroyed nothing can be sent to it any more. That there is no
# letter is a fact too, recorded once; a letter that comes later is not sent after all.
> learn
0 contact.learned.v1 {"contact":{"subject":"s1","purpose":"operational","field":"contact","place":"request-r1","cipher":"AQID"},"language":"nl","reference":"A-7F3K-29QD","partyKind":"business"}
> skip {"letter":{"kind":"settlement","causeEventId":"e8"}}
1 letter.skipped.v1 {"notificationId":"n-e2","kind":"settlement","reason":"erased","causeEventId":"e8","skippedAt":"2026-11-23T12:00:00Z"}
> sent {"letter":{"kind":"settlement","causeEventId":"e8"}}
= nothing happens
