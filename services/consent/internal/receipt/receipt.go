// Package receipt is what a customer's receipt says: what stands agreed for one
// support request (O-06). Its fields follow the record structure of ISO/IEC TS
// 27560. That specification is about consent to processing personal data; accepting a
// contract is a kind of record of its own beside it. It is pure, and it holds nothing
// personal: the customer is a pseudonym.
package receipt

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"aanvraag.internal/services/consent/internal/agreement"
	"aanvraag.internal/services/kernel/money"
)

// Schema names the structure of a receipt, for good.
const Schema = "ISO/IEC TS 27560:2023; aanvraag consent receipt 1"

// Type is the "typ" of the signature's header.
const Type = "aanvraag-consent-receipt+jws"

// The kinds of record.
const (
	ContractAcceptance = "contract_acceptance"
	Processing         = "personal_data_processing"
)

// Receipt is the signed content. Recorded member names never change.
type Receipt struct {
	SchemaVersion    string   `json:"schema_version"`
	RecordID         string   `json:"record_id"`
	PIIPrincipalID   string   `json:"pii_principal_id"` // pseudonym
	SupportRequestID string   `json:"support_request_id"`
	ConsentID        string   `json:"consent_id"`
	Controller       Party    `json:"pii_controller"`
	Contract         Contract `json:"contract"`
	Consent          Consent  `json:"consent"`
	Events           []Event  `json:"events"`
}

// Party is who the consent is given to.
type Party struct {
	Name    string `json:"party_name"`
	Contact string `json:"party_contact"` // mail address
	Phone   string `json:"party_phone"`   // E.164
	Role    string `json:"party_role"`
}

// Contract is the acceptance of terms and price.
type Contract struct {
	RecordKind         string   `json:"record_kind"`
	Notices            []Notice `json:"notices"`
	Price              Price    `json:"price"`
	AgreedTerms        bool     `json:"agreed_terms"`
	AgreedPrice        bool     `json:"agreed_price"`
	NotUnderWarranty   bool     `json:"not_under_warranty"`
	Backup             string   `json:"backup_declaration,omitzero"`
	ButtonText         string   `json:"button_text,omitzero"`
	AuthorityDeclared  bool     `json:"authority_declared"`
	ImmediateStart     bool     `json:"immediate_start_requested"`
	LossOfWithdrawal   bool     `json:"withdrawal_loss_acknowledged"`
	AgreementWithdrawn bool     `json:"agreement_withdrawn"`          // O-09
}

// Notice is a document by the bytes that were shown.
type Notice struct {
	Reference string `json:"notice_reference"` // such as "terms.general"
	Version   int    `json:"version"`
	Language  string `json:"language"`
	SHA256    string `json:"sha256"` // of the text, hex
}

// Price is the price sheet that was agreed to, in cents, with and without VAT.
type Price struct {
	Version        int         `json:"version"`
	SHA256         string      `json:"sha256"`
	Currency       string      `json:"currency"`
	VATBasisPoints int64       `json:"vat_basis_points"`
	HourlyRate     money.Cents `json:"hourly_rate_cents"`
	HourlyRateIncl money.Cents `json:"hourly_rate_including_vat_cents"`
	Support        money.Cents `json:"minimum_support_cents"`
	SupportIncl    money.Cents `json:"minimum_support_including_vat_cents"`
	Invoice        money.Cents `json:"minimum_invoice_cents"`
	InvoiceIncl    money.Cents `json:"minimum_invoice_including_vat_cents"`
}

// Consent is what may be done with personal data beside the contract, each purpose on
// its own (O-08).
type Consent struct {
	RecordKind string    `json:"record_kind"`
	Purposes   []Purpose `json:"purposes"`
}

// Purpose is one of them.
type Purpose struct {
	Purpose     string `json:"purpose"`
	LawfulBasis string `json:"lawful_basis"`
	State       string `json:"state"` // "given", "not_given" or "withdrawn"
}

// Event is a step in the life of the record, oldest first.
type Event struct {
	Time  time.Time `json:"event_time"`
	Type  string    `json:"event_type"`
	State string    `json:"event_state"`
}

// Of is the receipt of what stands agreed.
func Of(c agreement.Consent, recordID, principal string, desk Party, price Price) Receipt {
	a := c.Agreement
	desk.Role = "controller"
	price.Version, price.SHA256, price.Currency = a.Tariff.Version, a.Tariff.SHA256, "EUR"
	r := Receipt{
		SchemaVersion: Schema, RecordID: recordID, PIIPrincipalID: principal,
		SupportRequestID: a.SupportRequestID, ConsentID: a.ConsentID, Controller: desk,
		Contract: Contract{
			RecordKind: ContractAcceptance, Price: price,
			AgreedTerms: a.AgreeTerms, AgreedPrice: a.AgreePrice, NotUnderWarranty: a.NotUnderWarranty,
			Backup: string(a.Backup), ButtonText: a.Button.Text, AuthorityDeclared: a.AuthorityDeclared,
			ImmediateStart: a.StartImmediately, LossOfWithdrawal: a.WithdrawalLossAcknowledged,
		},
		Consent: Consent{RecordKind: Processing, Purposes: []Purpose{
			purpose(c, agreement.SessionRecord, a.RecordingNoticeSeen),
			purpose(c, agreement.Marketing, a.Marketing),
		}},
		Events: []Event{{Time: a.GivenAt, Type: "agreement", State: "given"}},
	}
	for _, d := range a.Documents {
		r.Contract.Notices = append(r.Contract.Notices, Notice{
			Reference: d.Kind, Version: d.Version, Language: d.Language, SHA256: d.SHA256,
		})
	}
	for _, w := range c.Withdrawn {
		r.Events = append(r.Events, Event{Time: w.At, Type: string(w.Purpose), State: "withdrawn"})
		r.Contract.AgreementWithdrawn = r.Contract.AgreementWithdrawn || w.Purpose == agreement.WholeAgreement
	}
	return r
}

func purpose(c agreement.Consent, p agreement.Purpose, given bool) Purpose {
	out := Purpose{Purpose: string(p), LawfulBasis: "consent", State: "not_given"}
	if given {
		out.State = "given"
		return out
	}
	for _, w := range c.Withdrawn {
		if w.Purpose == p {
			out.State = "withdrawn"
		}
	}
	return out
}

// Withdrawn is the purpose that the newest event took back; empty when the receipt is
// of an agreement itself.
func (r Receipt) Withdrawn() string {
	if last := r.Events[len(r.Events)-1]; last.State == "withdrawn" {
		return last.Type
	}
	return ""
}

// Encode gives the bytes that are signed. The same receipt gives the same bytes.
func (r Receipt) Encode() ([]byte, error) {
	data, err := json.Marshal(r, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("encode receipt: %w", err)
	}
	return data, nil
}

// Read reads the content of a compact JWS without asking who signed it.
func Read(jws string) (Receipt, error) {
	var r Receipt
	parts := strings.Split(jws, ".")
	if len(parts) != 3 {
		return r, errNoReceipt
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(payload, &r, json.RejectUnknownMembers(true)) != nil || len(r.Events) == 0 {
		return Receipt{}, errNoReceipt
	}
	return r, nil
}

var errNoReceipt = errors.New("this is no receipt")
