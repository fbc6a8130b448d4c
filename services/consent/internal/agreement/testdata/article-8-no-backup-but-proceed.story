# Article 8: to go on without a backup is confirmed a second time; one click is not enough (D-01).
> give {"backup":"none_proceed"}
! BACKUP_CONFIRMATION_REQUIRED (D-01): going on without a backup needs a second confirmation
> give {"backup":"none_proceed","proceedWithoutBackup":true}
0 consent.given.v1 {"consentId":"c1","supportRequestId":"r1","documents":[{"kind":"terms.online-support","version":1,"sha256":"online-1-nl","language":"nl"},{"kind":"terms.general","version":1,"sha256":"general-1-nl","language":"nl"}],"tariff":{"kind":"tariff","version":1,"sha256":"tariff-1"},"givenAt":"2026-11-23T12:00:00Z","agreeTerms":true,"agreePrice":true,"notUnderWarranty":true,"backup":"none_proceed","proceedWithoutBackup":true,"recordingNoticeSeen":false,"startImmediately":false,"authorityDeclared":false,"marketing":false}
