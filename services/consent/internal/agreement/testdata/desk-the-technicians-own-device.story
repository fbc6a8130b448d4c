# The desk makes a link, and the customer agrees on the technician's own computer: it counts, and it is
# noted (G-02). The desk itself agrees to nothing for him.
> note-link {}
0 consent.link_noted.v1 {"supportRequestId":"r1","device":"d1","notedAt":"2026-11-23T12:00:00Z"}
> give {"byOthers":true}
! PERMISSION_DENIED (G-02): the customer agrees himself; nobody does it for him
> give {"device":"d1"}
1 consent.given.v1 {"consentId":"c1","supportRequestId":"r1","documents":[{"kind":"terms.online-support","version":1,"sha256":"online-1-nl","language":"nl"},{"kind":"terms.general","version":1,"sha256":"general-1-nl","language":"nl"}],"tariff":{"kind":"tariff","version":1,"sha256":"tariff-1"},"givenAt":"2026-11-23T12:00:00Z","sameDevice":true,"agreeTerms":true,"agreePrice":true,"notUnderWarranty":true,"proceedWithoutBackup":false,"recordingNoticeSeen":false,"startImmediately":false,"authorityDeclared":false,"marketing":false}
> note-submission {}
2 consent.request_submitted.v1 {"supportRequestId":"r1","submittedAt":"2026-11-23T12:00:00Z"}
3 consent.attached.v1 {"consentId":"c1","supportRequestId":"r1","documents":[{"kind":"terms.online-support","version":1,"sha256":"online-1-nl","language":"nl"},{"kind":"terms.general","version":1,"sha256":"general-1-nl","language":"nl"}],"tariff":{"kind":"tariff","version":1,"sha256":"tariff-1"},"givenAt":"2026-11-23T12:00:00Z","sameDevice":true,"agreeTerms":true,"agreePrice":true,"notUnderWarranty":true,"proceedWithoutBackup":false,"recordingNoticeSeen":false,"startImmediately":false,"authorityDeclared":false,"marketing":false,"attachedAt":"2026-11-23T12:00:00Z"}
