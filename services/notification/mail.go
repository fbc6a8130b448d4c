package notification

import (
	"bytes"
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"aanvraag.internal/services/notification/internal/wording"
)

// Mail is one finished message on its way to one person.
type Mail struct {
	ID   string // of the notification: a UUID, the same at every try
	From string // envelope address
	To   string // envelope address
	Data []byte // RFC 5322, lines end with CRLF
}

// errAddress answers a contact that no mail can go to. It never holds the address.
var errAddress = errors.New("the contact has no usable mail address")

// envelope is what a message has beside its text.
type envelope struct {
	id, messageID string
	from          netmail.Address
	name, to      string // of the customer
	date          time.Time
	language      string
	files         []file
	// method and calendar are an invitation; empty: there is none.
	method, calendar string
}

// compose writes a message. The same arguments give the same bytes: no random
// boundary, every header given here, and the date of the event that it tells of
// rather than of the writing. So a letter that is tried again
// is the same mail, to the byte.
func compose(e envelope, text wording.Text) (Mail, error) {
	if parsed, err := netmail.ParseAddress(e.to); err != nil || parsed.Address != e.to {
		return Mail{}, errAddress
	}
	recipient := netmail.Address{Name: wording.Line(e.name), Address: e.to}
	m := mail.NewMsg(mail.WithCharset(mail.CharsetUTF8), mail.WithEncoding(mail.EncodingQP), mail.WithNoDefaultUserAgent(),
		mail.WithBoundary(strings.ReplaceAll(e.id, "-", "")))
	m.SetDateWithValue(e.date.UTC())
	m.SetMessageIDWithValue(e.messageID)
	m.Subject(text.Subject)
	m.SetGenHeader("Auto-Submitted", "auto-generated") // no out-of-office answers (RFC 3834)
	m.SetGenHeader("Content-Language", e.language)
	m.SetBodyString(mail.TypeTextPlain, text.Body)
	if e.calendar != "" {
		// Another form of the same letter: so mail programs offer it to the calendar.
		m.SetBoundary("letter-" + e.id)
		m.AddAlternativeString(mail.ContentType("text/calendar; method="+e.method), e.calendar)
	}
	if err := m.From(e.from.String()); err != nil {
		return Mail{}, fmt.Errorf("sender address: %w", err)
	}
	if m.To(recipient.String()) != nil {
		return Mail{}, errAddress // the library's error quotes it
	}
	for _, f := range e.files {
		err := m.AttachReader(f.name, bytes.NewReader(f.data), mail.WithFileContentType(mail.ContentType(f.mediaType)))
		if err != nil {
			return Mail{}, fmt.Errorf("attach %s: %w", f.name, err)
		}
	}
	var out bytes.Buffer
	if _, err := m.WriteTo(&out); err != nil {
		return Mail{}, fmt.Errorf("compose letter %s: %w", e.id, err)
	}
	return Mail{ID: e.id, From: e.from.Address, To: e.to, Data: out.Bytes()}, nil
}
