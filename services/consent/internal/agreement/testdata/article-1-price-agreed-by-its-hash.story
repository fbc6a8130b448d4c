# Article 1 and O-07: the agreement names the price sheet by the hash of its content, so the price
# that was shown is the price that is billed. The request arrives afterwards, and the agreement is
# attached to it.
> give {"at":"2026-11-23T12:00:00Z"}
0 consent.given.v1 {"consentId":"c1","supportRequestId":"r1","documents":[{"kind":"terms.online-support","version":1,"sha256":"online-1-nl","language":"nl"},{"kind":"terms.general","version":1,"sha256":"general-1-nl","language":"nl"}],"tariff":{"kind":"tariff","version":1,"sha256":"tariff-1"},"givenAt":"2026-11-23T12:00:00Z","agreeTerms":true,"agreePrice":true,"notUnderWarranty":true,"proceedWithoutBackup":false,"recordingNoticeSeen":false,"startImmediately":false,"authorityDeclared":false,"marketing":false}
> note-submission {"submittedAt":"2026-11-23T12:00:20Z","at":"2026-11-23T12:00:21Z"}
1 consent.request_submitted.v1 {"supportRequestId":"r1","submittedAt":"2026-11-23T12:00:20Z"}
2 consent.attached.v1 {"consentId":"c1","supportRequestId":"r1","documents":[{"kind":"terms.online-support","version":1,"sha256":"online-1-nl","language":"nl"},{"kind":"terms.general","version":1,"sha256":"general-1-nl","language":"nl"}],"tariff":{"kind":"tariff","version":1,"sha256":"tariff-1"},"givenAt":"2026-11-23T12:00:00Z","agreeTerms":true,"agreePrice":true,"notUnderWarranty":true,"proceedWithoutBackup":false,"recordingNoticeSeen":false,"startImmediately":false,"authorityDeclared":false,"marketing":false,"attachedAt":"2026-11-23T12:00:21Z"}
