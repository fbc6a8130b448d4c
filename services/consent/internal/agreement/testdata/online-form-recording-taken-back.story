# The customer takes his consent to the recording back while the work goes on (O-09): that flag goes
# down and no other. Taking it back twice changes nothing; he may agree to it again.
> note-submission {"partyKind":"business"}
0 consent.request_submitted.v1 {"supportRequestId":"r1","submittedAt":"2026-11-23T12:00:00Z","partyKind":"business"}
> give {"recordingNoticeSeen":true,"marketing":true}
1 consent.given.v1 {"consentId":"c1","supportRequestId":"r1","documents":[{"kind":"terms.online-support","version":1,"sha256":"online-1-nl","language":"nl"},{"kind":"terms.general","version":1,"sha256":"general-1-nl","language":"nl"}],"tariff":{"kind":"tariff","version":1,"sha256":"tariff-1"},"givenAt":"2026-11-23T12:00:00Z","agreeTerms":true,"agreePrice":true,"notUnderWarranty":true,"proceedWithoutBackup":false,"recordingNoticeSeen":true,"startImmediately":false,"authorityDeclared":false,"marketing":true}
2 consent.attached.v1 {"consentId":"c1","supportRequestId":"r1","documents":[{"kind":"terms.online-support","version":1,"sha256":"online-1-nl","language":"nl"},{"kind":"terms.general","version":1,"sha256":"general-1-nl","language":"nl"}],"tariff":{"kind":"tariff","version":1,"sha256":"tariff-1"},"givenAt":"2026-11-23T12:00:00Z","agreeTerms":true,"agreePrice":true,"notUnderWarranty":true,"proceedWithoutBackup":false,"recordingNoticeSeen":true,"startImmediately":false,"authorityDeclared":false,"marketing":true,"attachedAt":"2026-11-23T12:00:00Z"}
> withdraw {"purpose":"recording","requestState":"IN_PROGRESS","at":"2026-11-23T12:30:00Z"}
3 consent.withdrawn.v1 {"consentId":"c1","supportRequestId":"r1","purpose":"recording","withdrawnAt":"2026-11-23T12:30:00Z"}
> withdraw {"purpose":"recording","requestState":"IN_PROGRESS","at":"2026-11-23T12:31:00Z"}
= nothing happens
> issue-receipt {"receipt":{"withdrawals":1}}
4 consent.receipt_issued.v1 {"recordId":"p1","consentId":"c1","supportRequestId":"r1","withdrawals":1,"keyId":"k1","jws":"a.b.c","sha256":"00ff","issuedAt":"2026-11-23T12:00:00Z"}
> withdraw {"purpose":"agreement","requestState":"IN_PROGRESS"}
! ILLEGAL_STATE (O-09): once there was work, the agreement to it cannot be taken back
> give {"consentId":"c2","requestState":"IN_PROGRESS","byToken":true,"recordingNoticeSeen":true,"marketing":true,"at":"2026-11-23T12:40:00Z"}
5 consent.given.v1 {"consentId":"c2","supportRequestId":"r1","documents":[{"kind":"terms.online-support","version":1,"sha256":"online-1-nl","language":"nl"},{"kind":"terms.general","version":1,"sha256":"general-1-nl","language":"nl"}],"tariff":{"kind":"tariff","version":1,"sha256":"tariff-1"},"givenAt":"2026-11-23T12:40:00Z","agreeTerms":true,"agreePrice":true,"notUnderWarranty":true,"proceedWithoutBackup":false,"recordingNoticeSeen":true,"startImmediately":false,"authorityDeclared":false,"marketing":true}
6 consent.attached.v1 {"consentId":"c2","supportRequestId":"r1","documents":[{"kind":"terms.online-support","version":1,"sha256":"online-1-nl","language":"nl"},{"kind":"terms.general","version":1,"sha256":"general-1-nl","language":"nl"}],"tariff":{"kind":"tariff","version":1,"sha256":"tariff-1"},"givenAt":"2026-11-23T12:40:00Z","agreeTerms":true,"agreePrice":true,"notUnderWarranty":true,"proceedWithoutBackup":false,"recordingNoticeSeen":true,"startImmediately":false,"authorityDeclared":false,"marketing":true,"attachedAt":"2026-11-23T12:40:00Z"}
