# The form was opened at 16:59 (15:59 UTC), new terms are in force from 17:00, and it was sent at 17:01:
# refused, with the hashes to show again (O-02). Shown again, and read, it is agreed to.
> give {"at":"2026-11-23T16:01:00Z","inForce":{"onlineSupport":{"version":2,"nl":"online-2-nl","en":"online-2-en"}}}
! TERMS_STALE (O-02): what was shown is not what is in force now; show it again
> give {"at":"2026-11-23T16:04:00Z","inForce":{"onlineSupport":{"version":2,"nl":"online-2-nl","en":"online-2-en"}},"shown":{"onlineSupport":{"version":2,"sha256":"online-2-nl"}}}
0 consent.given.v1 {"consentId":"c1","supportRequestId":"r1","documents":[{"kind":"terms.online-support","version":2,"sha256":"online-2-nl","language":"nl"},{"kind":"terms.general","version":1,"sha256":"general-1-nl","language":"nl"}],"tariff":{"kind":"tariff","version":1,"sha256":"tariff-1"},"givenAt":"2026-11-23T16:04:00Z","agreeTerms":true,"agreePrice":true,"notUnderWarranty":true,"proceedWithoutBackup":false,"recordingNoticeSeen":false,"startImmediately":false,"authorityDeclared":false,"marketing":false}
