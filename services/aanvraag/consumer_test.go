package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// A consumer's path, with plain JSON: his work starts only at his express request
// he takes the recording back and the session goes on (O-09); he withdraws in
// two steps, and owes the five minutes without a minimum.
func TestX05AConsumerWithdrawsWhileTheWorkGoesOn(t *testing.T) {
	p := walk(start(t, t.TempDir()))
	p.kind = "PARTY_KIND_CONSUMER"
	p.booked()
	p.ok(p.customer, "consent.v1.ConsentService/WithdrawConsent",
		fmt.Sprintf(`{%s,"supportRequestId":%q,"purpose":"CONSENT_PURPOSE_IMMEDIATE_START"}`, key(), p.R))
	p.rest()
	if status, answer := p.post(p.technician, "scheduling.v1.SchedulingService/StartSession", p.startBody(key())); status != http.StatusBadRequest ||
		reasonOf(answer) != "EXPRESS_START_MISSING" {
		t.Fatalf("without his request: %d %v", status, answer)
	}
	express := strings.Replace(p.consentBody(key()), `"startImmediately":true`,
		`"startImmediately":true,"withdrawalLossAcknowledged":true,"buttonText":"Aanvraag met betalingsverplichting"`, 1)
	p.ok(p.customer, "consent.v1.ConsentService/GiveConsent", express)
	p.ok(p.technician, "scheduling.v1.SchedulingService/StartSession", p.startBody(key()))
	p.state("IN_PROGRESS")

	p.ok(p.customer, "consent.v1.ConsentService/WithdrawConsent",
		fmt.Sprintf(`{%s,"supportRequestId":%q,"purpose":"CONSENT_PURPOSE_RECORDING"}`, key(), p.R))
	session := p.until(p.technician, "scheduling.v1.SchedulingService/GetSession", fmt.Sprintf(`{"sessionId":%q}`, p.S),
		"the recording's stop", func(o object) bool { return o.at("session", "recordingStoppedAt") != nil })
	if session.at("session", "state") != "SESSION_STATE_RUNNING" {
		t.Errorf("without its recording: %v", session)
	}
	p.ok("", "sandbox.v1.SandboxService/AdvanceClock", `{"by":"300s"}`)

	declared := p.ok(p.customer, "consent.v1.ConsentService/DeclareWithdrawal",
		fmt.Sprintf(`{%s,"name":"P. Jansen","contractId":%q}`, key(), p.R))
	confirmed := p.ok(p.customer, "consent.v1.ConsentService/ConfirmWithdrawal",
		fmt.Sprintf(`{%s,"supportRequestId":%q,"withdrawalId":%q}`, key(), p.R, declared.at("withdrawalId")))
	if confirmed.at("outcome") != "WITHDRAWAL_OUTCOME_EFFECTIVE" || confirmed.at("workedPartOwed") != true {
		t.Errorf("confirmed: %v", confirmed)
	}
	i := p.invoice()
	if i.at("totalExcludingVat", "cents") != "865" || i.at("totalIncludingVat", "cents") != "1047" {
		t.Errorf("owed: %v", i)
	}
	p.state("INVOICED")
	p.until(p.dispatcher, "notification.v1.NotificationService/ListNotifications", fmt.Sprintf(`{"supportRequestId":%q}`, p.R),
		"the acknowledgement", func(o object) bool { return strings.Contains(fmt.Sprint(o), "NOTIFICATION_KIND_WITHDRAWAL") })
}

// What an older client sends, which knows none of a consumer's fields, is an agreement
// that the desk can accept; a label that says too little is not.
func TestX03VersturenDoesNotBindAConsumer(t *testing.T) {
	h := start(t, t.TempDir())
	p := walk(h)
	p.kind = "PARTY_KIND_CONSUMER"
	p.submitted()
	p.ok(p.dispatcher, "intake.v1.IntakeService/AcceptSupportRequest", fmt.Sprintf(`{%s,"supportRequestId":%q}`, key(), p.R))

	p = walk(h)
	p.kind = "PARTY_KIND_CONSUMER"
	send := strings.Replace(p.consentBody(key()), `"agreeTerms"`, `"buttonText":"Versturen","agreeTerms"`, 1)
	p.ok("", "consent.v1.ConsentService/GiveConsent", send)
	p.ok("", "intake.v1.IntakeService/SubmitSupportRequest", p.submitBody(key()))
	if status, answer := p.post(p.dispatcher, "intake.v1.IntakeService/AcceptSupportRequest",
		fmt.Sprintf(`{%s,"supportRequestId":%q}`, key(), p.R)); status != http.StatusBadRequest || reasonOf(answer) != "CONSENT_MISSING" {
		t.Errorf("accepted: %d %v", status, answer)
	}
	if status, answer := p.post("", "consent.v1.ConsentService/GiveConsent", strings.Replace(send, `"idempotencyKey":"`,
		`"partyKind":"PARTY_KIND_CONSUMER","idempotencyKey":"`, 1)); status == http.StatusOK {
		t.Errorf("the same key with another body: %v", answer)
	}
}
