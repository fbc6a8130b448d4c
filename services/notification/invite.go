package notification

import (
	"net/url"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"aanvraag.internal/services/notification/internal/wording"
)

// invitation is what the customer's calendar is told of an appointment, beside the
// letter (RFC 5545 and 5546).
type invitation struct {
	appointmentID string
	sequence      int64 // rises with each move and the cancellation: the highest one counts
	cancelled     bool
	start         time.Time
	length        time.Duration
}

// of completes an invitation with what the letter's envelope says.
func (i invitation) of(e envelope, domain, reference string) string {
	method, status := ics.MethodRequest, ics.ObjectStatusConfirmed
	if i.cancelled {
		method, status = ics.MethodCancel, ics.ObjectStatusCancelled
	}
	calendar := ics.NewCalendar()
	calendar.SetProductId("-//aanvraag//remote support//EN")
	calendar.SetCalscale("GREGORIAN")
	calendar.SetMethod(method)
	event := calendar.AddEvent(i.appointmentID + "@" + domain)
	event.SetDtStampTime(e.date) // of what it tells, so the same letter has the same bytes
	event.SetStartAt(i.start)
	event.SetEndAt(i.start.Add(i.length))
	event.SetSequence(int(i.sequence))
	event.SetStatus(status)
	event.SetSummary(wording.Summary(e.language, reference))
	var desk []ics.PropertyParameter
	if name := parameter(e.from.Name); name != "" {
		desk = append(desk, ics.WithCN(name))
	}
	event.SetOrganizer(mailto(e.from.Address), desk...)
	event.AddAttendee(mailto(e.to), ics.CalendarUserTypeIndividual, ics.ParticipationRoleReqParticipant,
		ics.ParticipationStatusNeedsAction)
	event.SetTimeTransparency(ics.TransparencyOpaque)
	return calendar.Serialize(ics.WithNewLineWindows)
}

// method is the one that the mail's part has to name too (RFC 6047).
func (i invitation) method() string {
	if i.cancelled {
		return string(ics.MethodCancel)
	}
	return string(ics.MethodRequest)
}

// parameter keeps what can stand in a parameter without quotes: RFC 5545 knows no
// escape there.
func parameter(name string) string {
	return wording.Line(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`"';:,\^`, r) {
			return ' '
		}
		return r
	}, name))
}

func mailto(address string) string {
	return (&url.URL{Scheme: "mailto", Opaque: url.PathEscape(address)}).String()
}
