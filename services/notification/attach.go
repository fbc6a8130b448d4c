package notification

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	"aanvraag.internal/services/notification/internal/letters"
	"aanvraag.internal/services/notification/internal/wording"
)

// evidence is what goes with a letter about consent. The zero value is nothing.
type evidence struct {
	consentID string
	receipt   string   // JWS
	documents []string // SHA-256 of texts, hex
}

// file is one attachment.
type file struct {
	name, mediaType string
	data            []byte
}

func (f file) sha256() string {
	sum := sha256.Sum256(f.data)
	return hex.EncodeToString(sum[:])
}

// receiptFile is the name under which a receipt is attached.
const receiptFile = "receipt.jws"

// attachments fetches the texts (O-03) and adds the receipt last. A text that does not agree
// with its hash is not sent.
func (s *Service) attachments(ctx context.Context, e evidence) ([]file, error) {
	if e.receipt == "" {
		return nil, nil
	}
	var files []file
	for _, sum := range e.documents {
		if s.terms == nil {
			return nil, errors.New("the texts of the terms cannot be reached")
		}
		answer, err := s.terms.GetTerms(ctx, &consentv1.GetTermsRequest{Sha256: sum})
		if err != nil {
			return nil, fmt.Errorf("ask consent for the text %s: %w", sum, err)
		}
		d := answer.GetDocument()
		f := file{name: documentName(d), mediaType: "text/markdown", data: []byte(d.GetText())}
		if f.sha256() != sum {
			return nil, fmt.Errorf("consent gave another text for %s", sum)
		}
		files = append(files, f)
	}
	return append(files, file{name: receiptFile, mediaType: "application/jose", data: []byte(e.receipt)}), nil
}

// documentName is such as "general-v1-nl.md".
func documentName(d *consentv1.TermsDocument) string {
	kind := strings.TrimPrefix(d.GetKind().String(), "TERMS_DOCUMENT_KIND_")
	return fmt.Sprintf("%s-v%d-%s.md", strings.ReplaceAll(strings.ToLower(kind), "_", "-"), d.GetVersion(), d.GetLanguage())
}

// listed are the documents among the files, as a letter names them.
func listed(files []file) []wording.Document {
	var out []wording.Document
	for _, f := range files {
		if f.name != receiptFile {
			out = append(out, wording.Document{Name: f.name, SHA256: f.sha256()})
		}
	}
	return out
}

// delivered is the record of what went with a letter; nil when no document did.
func delivered(notificationID, consentID string, files []file, at time.Time) *letters.TermsDelivered {
	if len(files) < 2 {
		return nil
	}
	out := &letters.TermsDelivered{
		NotificationID: notificationID, ConsentID: consentID, Channel: "email", Durable: true, DeliveredAt: at,
	}
	for _, f := range files {
		a := letters.Attachment{Name: f.name, SHA256: f.sha256()}
		if f.name == receiptFile {
			out.Receipt = a
		} else {
			out.Documents = append(out.Documents, a)
		}
	}
	return out
}
