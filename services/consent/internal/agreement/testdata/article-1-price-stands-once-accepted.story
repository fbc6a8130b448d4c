# Article 1: the price of an accepted request is the one that was agreed to. Another price sheet is not
# agreed to any more, in force or not, and once the work is over nothing is (O-07).
> note-submission
0 consent.request_submitted.v1 {"supportRequestId":"r1","submittedAt":"2026-11-23T12:00:00Z"}
> give
1 consent.given.v1 {"consentId":"c1","supportRequestId":"r1","documents":[{"kind":"terms.online-support","version":1,"sha256":"online-1-nl","language":"nl"},{"kind":"terms.general","version":1,"sha256":"general-1-nl","language":"nl"}],"tariff":{"kind":"tariff","version":1,"sha256":"tariff-1"},"givenAt":"2026-11-23T12:00:00Z","agreeTerms":true,"agreePrice":true,"notUnderWarranty":true,"proceedWithoutBackup":false,"recordingNoticeSeen":false,"startImmediately":false,"authorityDeclared":false,"marketing":false}
2 consent.attached.v1 {"consentId":"c1","supportRequestId":"r1","documents":[{"kind":"terms.online-support","version":1,"sha256":"online-1-nl","language":"nl"},{"kind":"terms.general","version":1,"sha256":"general-1-nl","language":"nl"}],"tariff":{"kind":"tariff","version":1,"sha256":"tariff-1"},"givenAt":"2026-11-23T12:00:00Z","agreeTerms":true,"agreePrice":true,"notUnderWarranty":true,"proceedWithoutBackup":false,"recordingNoticeSeen":false,"startImmediately":false,"authorityDeclared":false,"marketing":false,"attachedAt":"2026-11-23T12:00:00Z"}
> give {"consentId":"c2","requestState":"ACCEPTED","byToken":true,"at":"2026-11-23T13:00:00Z","shown":{"tariff":{"sha256":"tariff-2","known":true}},"inForce":{"tariff":{"kind":"tariff","version":2,"sha256":"tariff-2"}}}
! ILLEGAL_STATE (O-07): a request that is ACCEPTED does not allow this change of what was agreed
> give {"consentId":"c2","requestState":"INVOICED","byToken":true,"backup":"made","at":"2026-11-23T15:00:00Z"}
! ILLEGAL_STATE (O-07): a request that is INVOICED does not allow this change of what was agreed
> give {"consentId":"c2","requestState":"REFUSED","byToken":true,"backup":"made","at":"2026-11-23T15:00:00Z"}
! ILLEGAL_STATE (O-07): a request that is REFUSED does not allow this change of what was agreed
