package notification

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"aanvraag.internal/services/kernel/party"
	"aanvraag.internal/services/notification/internal/letters"
	"aanvraag.internal/services/notification/internal/wording"
	"aanvraag.internal/services/platform/inbox"
	"aanvraag.internal/services/platform/vault"
)

// write sends one letter and then records it, with the contact if that came along,
// in one append. Nothing is sent about an event that is on record. A crash after
// the sending and before the record tries again with the same bytes under the same
// id; see [Spool] and [SMTP] for what that means.
func (s *Service) write(ctx context.Context, in inbox.Inbound, request string, l letter) error {
	known, err := s.letters.Load(ctx, request)
	if err != nil || known.State.Answered(in.ID.String()) {
		return err
	}
	if !l.atOnce.IsZero() {
		if err := s.owe(ctx, in, request, l); err != nil {
			return err
		}
	}
	to := known.State.Contact
	if to == nil && l.learn != nil {
		to = &l.learn.Contact
	}
	if to == nil {
		return fmt.Errorf("%s for request %s: its contact: %w", l.kind, request, inbox.ErrNotYet)
	}
	wish, err := s.send(ctx, in, *to, l)
	if err != nil {
		return err
	}
	if _, err := s.letters.Execute(ctx, request, in.Command(letterCommand, s.house.Clock.Now()), wish); err != nil {
		return fmt.Errorf("record %s for request %s: %w", l.kind, request, err)
	}
	return nil
}

// The commands that follow from one event.
const (
	letterCommand = iota
	oweCommand
)

// owe records by when the letter must have left; if it does not, staff calls (F-02).
func (s *Service) owe(ctx context.Context, in inbox.Inbound, request string, l letter) error {
	due, err := s.due(ctx, l.atOnce)
	if err != nil {
		return err
	}
	now := s.house.Clock.Now()
	_, err = s.letters.Execute(ctx, request, in.Command(oweCommand, now), letters.Owe{At: now, Owed: letters.Owed{
		NotificationID: notificationID(in.ID), Kind: l.kind, CauseEventID: in.ID.String(), Due: due,
	}})
	return err
}

// send hands the letter to the mail system, and gives the command that records
// what became of it.
func (s *Service) send(ctx context.Context, in inbox.Inbound, to letters.Contact, l letter) (letters.Command, error) {
	id := notificationID(in.ID)
	messageID := id + "@" + s.domain
	files, err := s.attachments(ctx, l.evidence)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", inbox.ErrAway, err)
	}
	sent, err := s.hand(ctx, in, id, messageID, to, l, files)
	var reason letters.SkipReason
	switch {
	case err == nil:
		sum := sha256.Sum256(sent)
		now := s.house.Clock.Now()
		return letters.Sent{Learn: l.learn, Terms: delivered(id, l.evidence.consentID, files, now), Letter: letters.LetterSent{
			NotificationID: id, Kind: l.kind, Language: to.Language, MessageID: messageID,
			SHA256: hex.EncodeToString(sum[:]), TemplateVersion: wording.Version,
			CauseEventID: in.ID.String(), SentAt: now,
		}}, nil
	case errors.Is(err, vault.ErrErased):
		reason = letters.Erased
	case errors.Is(err, errAddress), errors.Is(err, ErrUndeliverable):
		reason = letters.Undeliverable
	default:
		return nil, fmt.Errorf("%w: %w", inbox.ErrAway, err) // the mail system's fault, and not the letter's
	}
	return letters.Skipped{Learn: l.learn, Letter: letters.LetterSkipped{
		NotificationID: id, Kind: l.kind, Reason: reason,
		CauseEventID: in.ID.String(), SkippedAt: s.house.Clock.Now(),
	}}, nil
}

// hand opens the contact, which the vault records (D-04), writes the letter and
// gives it to the mail system. It answers the bytes that went out.
func (s *Service) hand(
	ctx context.Context, in inbox.Inbound, id, messageID string, to letters.Contact, l letter, files []file,
) ([]byte, error) {
	access := vault.Access{Actor: "service:" + Name, Reason: string(l.kind)}
	contact, err := vault.OpenJSON[party.Contact](ctx, s.house.Vault, to.Contact, access)
	if err != nil {
		return nil, err
	}
	facts := l.facts
	if !l.reason.IsZero() {
		reason, err := s.house.Vault.Open(ctx, l.reason, access)
		if err != nil {
			return nil, err
		}
		facts.Reason = string(reason)
	}
	if !l.declarant.IsZero() {
		name, err := s.house.Vault.Open(ctx, l.declarant, access)
		if err != nil {
			return nil, err
		}
		facts.Declarant = string(name)
	}
	facts.Documents, facts.Consumer = listed(files), to.PartyKind != letters.Business
	facts.Name, facts.Company = contact.Name, contact.CompanyName
	if facts.Name == "" {
		facts.Name, facts.Company = contact.CompanyName, ""
	}
	facts.Reference, facts.Desk = to.Reference, s.from.Name
	text, err := wording.Write(l.kind, to.Language, facts)
	if err != nil {
		return nil, err
	}
	e := envelope{
		id: id, messageID: messageID, from: s.from, name: contact.Name, to: contact.Email,
		date: in.Time, language: to.Language, files: files,
	}
	if l.invite != nil {
		e.method, e.calendar = l.invite.method(), l.invite.of(e, s.domain, to.Reference)
	}
	mail, err := compose(e, text)
	if err != nil {
		return nil, err
	}
	return s.sender.Send(ctx, mail)
}

// ids is the name space of notification ids.
var ids = uuid.MustParse("c2c4a4b1-6f0e-5c0a-9f52-7d1f9a1b6e33")

// notificationID is the id of the letter about an event: one for ever.
func notificationID(cause uuid.UUID) string { return uuid.NewSHA1(ids, cause[:]).String() }
