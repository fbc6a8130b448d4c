package letters

import (
	"slices"
	"time"
)

// Events lists every event type of a notification stream.
func Events() []Event {
	return []Event{
		ContactLearned{}, LetterSent{}, LetterSkipped{}, LetterOwed{}, CallTaskOpened{}, CallTaskCompleted{}, TermsDelivered{},
	}
}

// ContactLearned: the customer asked for help and said where to answer.
type ContactLearned struct{ Contact }

// EventType is the recorded name.
func (ContactLearned) EventType() string { return "contact.learned.v1" }

// Evolve remembers whom to write to.
func (e ContactLearned) Evolve(l Letters) Letters {
	l.Contact = &e.Contact
	return l
}

// LetterSent: a letter was handed to the mail system. Its content is in the
// mail alone; here is its hash.
type LetterSent struct {
	NotificationID  string    `json:"notificationId"`
	Kind            Kind      `json:"kind"`
	Language        string    `json:"language"`
	MessageID       string    `json:"messageId"` // of the mail, without the angle brackets
	SHA256          string    `json:"sha256"`    // hex, over the mail's bytes
	TemplateVersion int       `json:"templateVersion"`
	CauseEventID    string    `json:"causeEventId"` // the public event that it tells of
	SentAt          time.Time `json:"sentAt"`
}

// EventType is the recorded name.
func (LetterSent) EventType() string { return "letter.sent.v1" }

// Evolve adds the letter.
func (e LetterSent) Evolve(l Letters) Letters {
	l.Sent = append(slices.Clip(l.Sent), e)
	return l.with(e.CauseEventID)
}

// SkipReason is why a letter was not written.
type SkipReason string

// The reasons for not writing.
const (
	Erased        SkipReason = "erased"        // the contact's key was destroyed
	Undeliverable SkipReason = "undeliverable" // the address is none, or the mail server refused it for good
)

// LetterSkipped: there is no letter about an event, and there will be none.
type LetterSkipped struct {
	NotificationID string     `json:"notificationId"`
	Kind           Kind       `json:"kind"`
	Reason         SkipReason `json:"reason"`
	CauseEventID   string     `json:"causeEventId"`
	SkippedAt      time.Time  `json:"skippedAt"`
}

// EventType is the recorded name.
func (LetterSkipped) EventType() string { return "letter.skipped.v1" }

// Evolve remembers that the event was answered.
func (e LetterSkipped) Evolve(l Letters) Letters { return l.with(e.CauseEventID) }

// Attachment is a file that went with a letter.
type Attachment struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // hex, over the file's bytes
}

// TermsDelivered: the documents went to the customer as files that he can keep and
// read later (O-03), with the receipt of what he agreed to (O-06).
type TermsDelivered struct {
	NotificationID string       `json:"notificationId"` // the letter that they went with
	ConsentID      string       `json:"consentId"`
	Channel        string       `json:"channel"` // "email"
	Durable        bool         `json:"durable"`
	Documents      []Attachment `json:"documents"`
	Receipt        Attachment   `json:"receipt"`
	DeliveredAt    time.Time    `json:"deliveredAt"`
}

// EventType is the recorded name.
func (TermsDelivered) EventType() string { return "letter.terms_delivered.v1" }

// Evolve remembers what went with which letter.
func (e TermsDelivered) Evolve(l Letters) Letters {
	l.Terms = append(slices.Clip(l.Terms), e)
	return l
}

// LetterOwed: something happened that the customer must hear of at once (F-02).
type LetterOwed struct {
	Owed
	OwedAt time.Time `json:"owedAt"`
}

// EventType is the recorded name.
func (LetterOwed) EventType() string { return "letter.owed.v1" }

// Evolve remembers what is owed.
func (e LetterOwed) Evolve(l Letters) Letters {
	l.Owed = append(slices.Clip(l.Owed), e.Owed)
	return l
}

// CallTaskOpened: no letter reached the customer in time, so staff calls him (F-02).
type CallTaskOpened struct {
	CallTaskID   string     `json:"callTaskId"`
	Kind         Kind       `json:"kind"` // of the letter
	Reason       CallReason `json:"reason"`
	CauseEventID string     `json:"causeEventId"`
	OpenedAt     time.Time  `json:"openedAt"`
}

// EventType is the recorded name.
func (CallTaskOpened) EventType() string { return "call_task.opened.v1" }

// Evolve adds the task.
func (e CallTaskOpened) Evolve(l Letters) Letters {
	l.Tasks = append(slices.Clip(l.Tasks), Task{
		ID: e.CallTaskID, Kind: e.Kind, Reason: e.Reason, Cause: e.CauseEventID, OpenedAt: e.OpenedAt,
	})
	return l
}

// CallTaskCompleted: the customer was called.
type CallTaskCompleted struct {
	CallTaskID  string    `json:"callTaskId"`
	CompletedAt time.Time `json:"completedAt"`
}

// EventType is the recorded name.
func (CallTaskCompleted) EventType() string { return "call_task.completed.v1" }

// Evolve closes the task.
func (e CallTaskCompleted) Evolve(l Letters) Letters {
	l.Tasks = slices.Clone(l.Tasks)
	for i := range l.Tasks {
		if l.Tasks[i].ID == e.CallTaskID {
			l.Tasks[i].DoneAt = e.CompletedAt
		}
	}
	return l
}
