# Article 4: whoever believes that it is warranty cannot send the form. The phone number is shown, and
# nothing of the person is kept; nothing billable exists. Sending it again shows the same.
> submit-warranty-claim {"at":"2026-11-23T08:00:00Z"}
0 request.diverted.v1 {"reference":"A-7F3K-29QD","channel":"web-form","phoneShown":"+31497782782","divertedAt":"2026-11-23T08:00:00Z"}
> submit-warranty-claim {"at":"2026-11-23T08:01:00Z"}
= nothing happens
# There is nothing to accept or to cancel any more, and this id is used up.
> accept {"at":"2026-11-23T08:05:00Z"}
! ILLEGAL_STATE (R-02): a request that is DIVERTED does not allow accept
> cancel {"at":"2026-11-23T08:05:00Z"}
! ILLEGAL_STATE (R-06): a request that is DIVERTED does not allow cancel
> submit {"partyKind":"consumer","at":"2026-11-23T08:06:00Z"}
! ALREADY_SUBMITTED (P5): this support request id is taken; a new request needs an id of its own
