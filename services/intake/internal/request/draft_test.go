package request

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

const day = 24 * time.Hour

func TestG01_ALinkWorksBeforeItsLastInstantAndNotAtIt(t *testing.T) {
	half := now.Add(30 * time.Minute)
	given(t, drafted()...).When(byLink(half)).Rejected("EXPIRED", "G-01")
	given(t, drafted()...).When(byLink(half.Add(time.Hour))).Rejected("EXPIRED", "G-01")
	got := given(t, drafted()...).When(byLink(half.Add(-time.Nanosecond))).Events()
	if len(got) != 2 || got[0] != (LinkUsed{UsedAt: half.Add(-time.Nanosecond)}) {
		t.Fatalf("%+v", got)
	}
}

func TestG01_HowLongALinkAndADraftLastIsPolicy(t *testing.T) {
	c := draft()
	c.Limits = Limits{LinkSeconds: 60, LifeSeconds: 90}
	got := given(t).When(c).Events()
	if e := got[0].(Drafted); !e.ExpiresAt.Equal(now.Add(90 * time.Second)) {
		t.Error(e)
	}
	if e := got[1].(LinkIssued); !e.ExpiresAt.Equal(now.Add(60 * time.Second)) {
		t.Error(e)
	}
	// A link never outlives its draft.
	again := given(t, got...).When(Reissue{LinkHash: "c2", Limits: c.Limits, At: now.Add(45 * time.Second)}).Events()
	if e := again[0].(LinkIssued); !e.ExpiresAt.Equal(now.Add(90 * time.Second)) {
		t.Error(e)
	}
}

func TestG01_ALinkWorksOnceAndForItsHolderAlone(t *testing.T) {
	noLink := with(byLink(now), func(c *Submit) { c.LinkHash = "" })
	wrong := with(byLink(now), func(c *Submit) { c.LinkHash = "c9" })
	given(t, drafted()...).When(noLink).Rejected("LINK_REQUIRED", "G-01")
	given(t, drafted()...).When(wrong).Rejected("LINK_WRONG", "G-01")
	// Who does not hold the link is not told that it has expired.
	wrong.At = now.Add(time.Hour)
	given(t, drafted()...).When(wrong).Rejected("LINK_WRONG", "G-01")

	sent := append(drafted(), given(t, drafted()...).When(byLink(now)).Events()...)
	given(t, sent...).When(byLink(now)).Rejected("LINK_USED", "G-01")
	given(t, sent...).When(byLink(now.Add(time.Hour))).Rejected("LINK_USED", "G-01")
	given(t, sent...).When(noLink).Rejected("ALREADY_SUBMITTED", "P5")
	given(t, append(sent, Cancelled{CancelledAt: now})...).When(byLink(now)).Rejected("LINK_USED", "G-01")
	given(t).When(byLink(now)).Rejected("SUPPORT_REQUEST_UNKNOWN", "R-02")
	given(t, submitted(Consumer)).When(byLink(now)).Rejected("ALREADY_SUBMITTED", "P5")
}

func TestG01_ANewLinkVoidsTheOneBefore(t *testing.T) {
	again := append(drafted(), given(t, drafted()...).When(Reissue{LinkHash: "c2", Limits: FirstLimits(), At: now.Add(time.Hour)}).Events()...)
	given(t, again...).When(byLink(now.Add(time.Hour))).Rejected("LINK_WRONG", "G-01")
	second := with(byLink(now.Add(90*time.Minute-time.Second)), func(c *Submit) { c.LinkHash = "c2" })
	if got := given(t, again...).When(second).Events(); len(got) != 2 {
		t.Fatalf("%+v", got)
	}
	given(t, drafted()...).When(Reissue{At: now.Add(day)}).Rejected("EXPIRED", "G-03")
	given(t, drafted()...).When(Reissue{LinkHash: "c2", Limits: FirstLimits(), At: now.Add(day - time.Second)}).
		Then(LinkIssued{Hash: "c2", IssuedAt: now.Add(day - time.Second), ExpiresAt: now.Add(day)})
}

func TestG02_NobodyOfTheDeskPressesTheButton(t *testing.T) {
	for name, history := range histories() {
		c := byLink(now)
		c.ByStaff = true
		given(t, history...).When(c).Rejected("PERMISSION_DENIED", "G-02")
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

func TestG02_TheTechniciansOwnDeviceIsFlagged(t *testing.T) {
	two := append(drafted(), LinkIssued{Hash: "c1", Device: "d2", IssuedAt: now, ExpiresAt: now.Add(30 * time.Minute)})
	for device, same := range map[string]bool{"d1": true, "d2": true, "d3": false, "": false} {
		c := with(byLink(now), func(c *Submit) { c.Device = device })
		if e := given(t, two...).When(c).Events()[0].(LinkUsed); e.SameDevice != same {
			t.Errorf("device %q: same is %t", device, e.SameDevice)
		}
	}
	// Nobody named a device: nothing is known to be the same.
	unnamed := []Event{drafted()[0], LinkIssued{Hash: "c1", IssuedAt: now, ExpiresAt: now.Add(30 * time.Minute)}}
	if e := given(t, unnamed...).When(byLink(now)).Events()[0].(LinkUsed); e.SameDevice {
		t.Error(e)
	}
}

func TestG03_ADraftIsOverADayAfterItWasOpened(t *testing.T) {
	end := now.Add(day)
	given(t, drafted()...).When(Expire{At: end.Add(-time.Nanosecond)}).Then()
	given(t, drafted()...).When(Expire{At: end}).Then(Expired{ExpiredAt: end})
	given(t, drafted()...).When(Expire{At: end.Add(time.Hour)}).Then(Expired{ExpiredAt: end})

	// It is over then, also while nobody has recorded it; and for good.
	long := draft()
	long.Limits.LinkSeconds = 2 * 24 * 60 * 60
	open := given(t).When(long).Events()
	given(t, open...).When(byLink(end)).Rejected("EXPIRED", "G-03")
	if got := given(t, open...).When(byLink(end.Add(-time.Nanosecond))).Events(); len(got) != 2 {
		t.Fatalf("%+v", got)
	}
	given(t, append(open, Expired{ExpiredAt: end})...).When(byLink(now)).Rejected("EXPIRED", "G-03")

	sent := append(drafted(), LinkUsed{UsedAt: now}, submitted(Consumer))
	given(t, sent...).When(Expire{At: end.Add(day)}).Then()
}

func TestG03_AnExpiredDraftHoldsNothingOfThePersonAndWantsItsKeysDestroyed(t *testing.T) {
	r := decider.Fold(Request{}, drafted()...)
	if due := r.Deadlines(); !slices.Equal(due, []Deadline{{DueExpiry, now.Add(day)}}) {
		t.Errorf("of a draft: %v", due)
	}
	given(t, drafted()...).When(Forget{Keys: destroyed, At: now}).Then() // not while it can be sent

	r = decider.Fold(r, Event(Expired{ExpiredAt: now.Add(day)}))
	if !r.Contact.IsZero() || !r.Problem.IsZero() || !r.Final() {
		t.Errorf("%+v", r)
	}
	if due := r.Deadlines(); !slices.Equal(due, []Deadline{{DueForgetting, now.Add(day)}}) {
		t.Errorf("once expired: %v", due)
	}
	r = decider.Fold(r, Event(KeysDestroyed{Keys: destroyed, At: now.Add(day)}))
	if due := r.Deadlines(); len(due) > 0 {
		t.Errorf("once forgotten: %v", due)
	}
}

func TestW01_AWarrantyClaimFromADraftLeavesNothingEither(t *testing.T) {
	c := with(byLink(now), func(c *Submit) { c.WarrantyClaim = true })
	got := given(t, drafted()...).When(c).Events()
	if len(got) != 2 || got[1].(Diverted).Channel != Phone {
		t.Fatalf("%+v", got)
	}
	all := append(drafted(), got...)
	r := decider.Fold(Request{}, all...)
	if !r.Contact.IsZero() || !slices.Equal(r.Deadlines(), []Deadline{{DueForgetting, now}}) {
		t.Errorf("%+v wants %v", r, r.Deadlines())
	}
	given(t, all...).When(c).Then() // told again, recorded once
	if direct := decider.Fold(Request{}, Event(Diverted{DivertedAt: now})); direct.Forgettable() {
		t.Error("a claim that was no draft has no keys")
	}
}

func TestG15_WhatAMachineSentOpensNoDraft(t *testing.T) {
	for header, opens := range map[string]bool{
		"": true, "no": true, " No ": true, "no; comment": true,
		"auto-replied": false, "auto-generated": false, "Auto-Notified; x=y": false, "yes": false,
	} {
		c := draft()
		c.Channel, c.AutoSubmitted = Email, header
		if !opens {
			given(t).When(c).Rejected("AUTOMATIC_MAIL", "G-15")
		} else if got := given(t).When(c).Events(); len(got) != 2 {
			t.Errorf("%q: %+v", header, got)
		}
	}
	c := draft()
	c.Bounce = true
	given(t).When(c).Rejected("AUTOMATIC_MAIL", "G-15")
}

// A draft is no offer: nothing but its customer's button leads on (G-15).
func TestG15_NothingIsAcceptedOrWorkedOnAsADraft(t *testing.T) {
	agreed := append(drafted(), ConsentAttached{Consent: agreement, AttachedAt: now})
	given(t, drafted()...).When(Accept{At: now}).Rejected("ILLEGAL_STATE", "R-02")
	given(t, agreed...).When(Accept{At: now}).Rejected("ILLEGAL_STATE", "R-02")
	given(t, append(drafted(), LinkUsed{UsedAt: now}, submitted(Consumer))...).When(Accept{At: now}).Rejected("CONSENT_MISSING", "O-07")
	for name, c := range commands() {
		switch name {
		case "submit-by-link", "divert-by-link", "expire", "reissue":
			continue
		}
		if events, err := c.Decide(decider.Fold(Request{}, drafted()...)); err == nil && len(events) > 0 {
			t.Errorf("%s changes a draft: %v", name, events)
		}
	}
}

func TestTheDraftsPersonGivesWayToTheForms(t *testing.T) {
	r := decider.Fold(Request{}, append(drafted(), given(t, drafted()...).When(byLink(now)).Events()...)...)
	if r.State != StateSubmitted || r.Channel != Phone || r.Problem.Field != "problem" || r.InvoiceParty.Purpose != sealed.Fiscal {
		t.Errorf("%+v", r)
	}
}

func TestACodeIsReadAloudAndTypedBack(t *testing.T) {
	secret := []byte{0x39, 0x3f, 0x0b, 0xa2, 0x8e, 0x1f, 0x00, 0xff, 0x5a, 0xc3, 0x77}
	code := Code(secret)
	if code != "74ZG-Q8ME-3W0F-YPP3" {
		t.Error(code)
	}
	for _, typed := range []string{code, strings.ToLower(code), strings.ReplaceAll(code, "-", " "), "74zgq8me3wofypp3"} {
		if TypedCode(typed) != "74ZGQ8ME3W0FYPP3" {
			t.Errorf("%q is read as %q", typed, TypedCode(typed))
		}
	}
	if TypedCode("OIL") != "011" {
		t.Error(TypedCode("OIL"))
	}
	// All 80 bits count, and no others.
	for bit := range 88 {
		other := bytes.Clone(secret)
		other[bit/8] ^= 1 << (bit % 8)
		if (Code(other) != code) != (bit < 80) {
			t.Errorf("bit %d", bit)
		}
	}
}
