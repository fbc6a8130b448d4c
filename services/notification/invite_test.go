package notification

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
)

// This file reads invitations as strictly as RFC 5545 is written, and with nothing of
// what wrote them.

// line is one content line.
type line struct {
	name   string
	params map[string]string
	value  string
}

var (
	contentName = regexp.MustCompile(`^[A-Z0-9-]+$`)
	utcTime     = regexp.MustCompile(`^[0-9]{8}T[0-9]{6}Z$`)
)

// unfold checks the lines as they travel, and joins what was folded.
func unfold(text string) ([]string, error) {
	if !strings.HasSuffix(text, "\r\n") {
		return nil, errors.New("the last line does not end")
	}
	var out []string
	for i, l := range strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		switch {
		case strings.ContainsAny(l, "\r\n"):
			return nil, fmt.Errorf("line %d: a line break that is not CRLF", i)
		case len(l) > 75:
			return nil, fmt.Errorf("line %d has %d octets", i, len(l))
		case !utf8.ValidString(l):
			return nil, fmt.Errorf("line %d is folded inside a character", i)
		case l == "":
			return nil, fmt.Errorf("line %d is empty", i)
		case l[0] != ' ' && l[0] != '\t':
			out = append(out, l)
		case len(out) == 0:
			return nil, errors.New("the first line goes on with nothing")
		default:
			out[len(out)-1] += l[1:]
		}
	}
	return out, nil
}

// parseLine reads name, parameters and value by the RFC's grammar of content lines.
func parseLine(l string) (line, error) {
	if strings.ContainsFunc(l, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		return line{}, fmt.Errorf("%q has a control character", l)
	}
	end := strings.IndexAny(l, ";:")
	if end < 0 || !contentName.MatchString(l[:end]) {
		return line{}, fmt.Errorf("%q has no name", l)
	}
	out := line{name: l[:end], params: map[string]string{}}
	rest := l[end:]
	for rest[0] == ';' {
		name, after, ok := strings.Cut(rest[1:], "=")
		if !ok || !contentName.MatchString(name) || after == "" {
			return line{}, fmt.Errorf("%q has a parameter without a name or value", l)
		}
		var value string
		if after[0] == '"' {
			quoted, behind, closed := strings.Cut(after[1:], `"`)
			if !closed {
				return line{}, fmt.Errorf("%q has an open quote", l)
			}
			value, rest = quoted, behind
		} else {
			stop := strings.IndexAny(after, `;:,"`)
			if stop < 0 || after[stop] == '"' || after[stop] == ',' {
				return line{}, fmt.Errorf("%q has a parameter that is not one plain value", l)
			}
			value, rest = after[:stop], after[stop:]
		}
		if _, twice := out.params[name]; twice || rest == "" || rest[0] != ';' && rest[0] != ':' {
			return line{}, fmt.Errorf("%q has a parameter twice, or something behind it", l)
		}
		out.params[name] = value
	}
	out.value = rest[1:]
	return out, nil
}

// unescape reads a TEXT value: in it four things are escaped, and always.
func unescape(text string) (string, error) {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case ',', ';':
			return "", fmt.Errorf("%q has a bare %q", text, c)
		case '\\':
			if i++; i == len(text) {
				return "", fmt.Errorf("%q ends in an escape", text)
			}
			plain, known := map[byte]byte{'\\': '\\', ';': ';', ',': ',', 'n': '\n', 'N': '\n'}[text[i]]
			if !known {
				return "", fmt.Errorf("%q has the escape %q", text, text[i])
			}
			out.WriteByte(plain)
		default:
			out.WriteByte(c)
		}
	}
	return out.String(), nil
}

// entry is the one event of an invitation.
type entry struct {
	method, uid, summary, status, organizer, desk, attendee, sequence string
	stamp, start, end                                                 time.Time
}

// readInvitation refuses what is not one VCALENDAR with one VEVENT as iTIP wants it.
func readInvitation(text string) (entry, error) {
	folded, err := unfold(text)
	if err != nil {
		return entry{}, err
	}
	has := map[string][]line{}
	var nesting []string
	for i, l := range folded {
		c, err := parseLine(l)
		if err != nil {
			return entry{}, err
		}
		switch c.name {
		case "BEGIN":
			nesting = append(nesting, c.value)
			has["BEGIN:"+strings.Join(nesting, "/")] = append(has["BEGIN:"+strings.Join(nesting, "/")], c)
			continue
		case "END":
			if len(nesting) == 0 || nesting[len(nesting)-1] != c.value {
				return entry{}, fmt.Errorf("%s ends, but it is not open", c.value)
			}
			nesting = nesting[:len(nesting)-1]
			if len(nesting) == 0 && i != len(folded)-1 {
				return entry{}, errors.New("something comes behind the calendar")
			}
			continue
		}
		if len(nesting) == 0 {
			return entry{}, fmt.Errorf("%s is in no component", c.name)
		}
		where := nesting[len(nesting)-1] + "." + c.name
		has[where] = append(has[where], c)
	}
	for _, once := range []string{
		"BEGIN:VCALENDAR", "BEGIN:VCALENDAR/VEVENT", "VCALENDAR.VERSION", "VCALENDAR.PRODID", "VCALENDAR.METHOD", "VEVENT.UID",
		"VEVENT.DTSTAMP", "VEVENT.DTSTART", "VEVENT.DTEND", "VEVENT.SEQUENCE", "VEVENT.STATUS", "VEVENT.SUMMARY",
		"VEVENT.ORGANIZER", "VEVENT.ATTENDEE",
	} {
		if len(has[once]) != 1 {
			return entry{}, fmt.Errorf("%s comes %d times", once, len(has[once]))
		}
	}
	one := func(name string) line { return has[name][0] }
	if len(nesting) != 0 || one("VCALENDAR.VERSION").value != "2.0" {
		return entry{}, errors.New("the calendar does not end, or is of another version")
	}
	e := entry{
		method: one("VCALENDAR.METHOD").value, status: one("VEVENT.STATUS").value, sequence: one("VEVENT.SEQUENCE").value,
		organizer: one("VEVENT.ORGANIZER").value, desk: one("VEVENT.ORGANIZER").params["CN"], attendee: one("VEVENT.ATTENDEE").value,
	}
	var errs []error
	text1 := func(to *string, name string) {
		var err error
		*to, err = unescape(one(name).value)
		errs = append(errs, err)
	}
	text1(&e.uid, "VEVENT.UID")
	text1(&e.summary, "VEVENT.SUMMARY")
	for name, to := range map[string]*time.Time{"DTSTAMP": &e.stamp, "DTSTART": &e.start, "DTEND": &e.end} {
		l := one("VEVENT." + name)
		if !utcTime.MatchString(l.value) || len(l.params) > 0 {
			return entry{}, fmt.Errorf("%s is %q, not an instant in UTC", name, l.value)
		}
		var err error
		*to, err = time.Parse("20060102T150405Z", l.value)
		errs = append(errs, err)
	}
	if !e.start.Before(e.end) {
		errs = append(errs, errors.New("it ends before it begins"))
	}
	for _, address := range []string{e.organizer, e.attendee} {
		if !strings.HasPrefix(address, "mailto:") || strings.ContainsAny(address, " \"<>\\") {
			errs = append(errs, fmt.Errorf("%q is not a mail address as a URI", address))
		}
	}
	return e, errors.Join(errs...)
}

// calendarPart is the invitation of a letter as a mail program finds it, and the
// method that its part names; empty when the letter has none.
func calendarPart(t *testing.T, data []byte) (text, method string) {
	t.Helper()
	m, err := netmail.ReadMessage(strings.NewReader(string(data)))
	check(t, err)
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	check(t, err)
	if kind == "text/plain" {
		return "", ""
	}
	if kind != "multipart/alternative" {
		t.Fatalf("the letter is %s", kind)
	}
	var kinds []string
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		check(t, err)
		kind, params, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		check(t, err)
		body, err := io.ReadAll(part) // it decodes quoted-printable
		check(t, err)
		kinds = append(kinds, kind)
		if kind == "text/calendar" {
			text, method = string(body), params["method"]
			if !strings.EqualFold(params["charset"], "utf-8") {
				t.Errorf("the invitation is in %q", params["charset"])
			}
		}
	}
	if !slices.Equal(kinds, []string{"text/plain", "text/calendar"}) {
		t.Fatalf("the letter has the parts %v", kinds)
	}
	return text, method
}

func TestR03EveryInvitationIsOneThatCalendarsAccept(t *testing.T) {
	ten := monday.Add(2 * time.Hour)
	for name, want := range map[string]entry{
		"appointment":           {method: "REQUEST", status: "CONFIRMED", sequence: "0", start: monday.Add(time.Hour)},
		"appointment-moved":     {method: "REQUEST", status: "CONFIRMED", sequence: "1", start: ten},
		"appointment-cancelled": {method: "CANCEL", status: "CANCELLED", sequence: "2", start: ten},
		"appointment-revoked":   {method: "CANCEL", status: "CANCELLED", sequence: "2", start: ten},
	} {
		for language, summary := range map[string]string{
			"nl": "Hulp op afstand, aanvraag A-7F3K-29QD", "en": "Remote support, request A-7F3K-29QD",
		} {
			text, method := calendarPart(t, composed(t, events()[name], language).Data)
			got, err := readInvitation(text)
			if err != nil {
				t.Errorf("%s in %s: %v\n%s", name, language, err, text)
				continue
			}
			want.uid, want.summary, want.stamp, want.end = "a1@aanvraag.invalid", summary, monday, want.start.Add(time.Hour)
			want.organizer, want.desk, want.attendee = "mailto:support@desk.example", "Supportdesk", "mailto:noor@example.org"
			if got != want || method != want.method {
				t.Errorf("%s in %s, method %s:\n got %+v\nwant %+v", name, language, method, got, want)
			}
			for _, personal := range []string{"Noor", "Łącki"} { // others may see what stands in a calendar
				if strings.Contains(text, personal) {
					t.Errorf("%s says %s:\n%s", name, personal, text)
				}
			}
		}
	}
}

func TestOtherLettersHaveNoInvitation(t *testing.T) {
	for name, l := range events() {
		text, _ := calendarPart(t, composed(t, l, "nl").Data)
		if (text != "") != strings.HasPrefix(name, "appointment") {
			t.Errorf("%s has the invitation %q", name, text)
		}
	}
}

// Of an appointment from before there were invitations no calendar has an entry.
func TestAnEventFromBeforeInvitationsCancelsNone(t *testing.T) {
	old := &schedulingv1.AppointmentCancelled{
		AppointmentId: "a1", Start: timestamppb.New(monday), Duration: durationpb.New(time.Hour),
	}
	if l := onAppointmentCancelled(old); l.kind != "appointment_cancelled" || l.invite != nil {
		t.Errorf("told %+v", l)
	}
	old.Revoked = true
	if l := onAppointmentCancelled(old); l.kind != "" {
		t.Errorf("told %+v", l)
	}
}

// Whatever the desk is called and however long a line gets, it stays one line of
// 75 octets at most, folded between characters.
func TestAnInvitationWithstandsNamesAndLength(t *testing.T) {
	for _, desk := range []string{
		`Desk: "Zn"; B.V., \ Łódź ^n`, strings.Repeat("ŁódźŁódź", 30), strings.Repeat("Ł ", 90), "Desk\r\nMETHOD:PUBLISH", "'", "",
	} {
		e := envelope{
			from: netmail.Address{Name: desk, Address: "support@desk.example"}, to: `"o'neil;x"+ł@example.org`, date: monday, language: "nl",
		}
		reference := strings.Repeat(`A,B;C\n`, 20) + strings.Repeat("é", 100)
		i := invitation{appointmentID: "a1", sequence: 7, start: monday, length: time.Minute}
		text := i.of(e, "aanvraag.invalid", reference)
		got, err := readInvitation(text)
		if err != nil {
			t.Errorf("%q: %v\n%s", desk, err, text)
			continue
		}
		if got.summary != "Hulp op afstand, aanvraag "+reference || got.method != "REQUEST" || got.sequence != "7" {
			t.Errorf("%q: read %+v", desk, got)
		}
		if again := i.of(e, "aanvraag.invalid", reference); again != text {
			t.Errorf("%q: other bytes the second time", desk)
		}
	}
}

// The reader itself: each of these is wrong in one way.
func TestTheReaderOfInvitationsIsStrict(t *testing.T) {
	text, _ := calendarPart(t, composed(t, events()["appointment"], "en").Data)
	if _, err := readInvitation(text); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"a bare line feed":       {"\r\nMETHOD", "\nMETHOD"},
		"no UID":                 {"UID:", "X-UID:"},
		"two stamps":             {"DTSTAMP:", "DTSTAMP:20261123T080000Z\r\nDTSTAMP:"},
		"local time":             {"DTSTART:20261123T090000Z", "DTSTART:20261123T090000"},
		"a zone":                 {"DTSTART:", "DTSTART;TZID=Europe/Amsterdam:"},
		"the wrong way":          {"DTEND:20261123T100000Z", "DTEND:20261123T080000Z"},
		"a bare comma":           {`support\,`, "support,"},
		"an unknown escape":      {`support\,`, `support\:`},
		"no method":              {"METHOD:REQUEST\r\n", ""},
		"not closed":             {"END:VEVENT\r\n", ""},
		"something behind":       {"END:VCALENDAR\r\n", "END:VCALENDAR\r\nX:1\r\n"},
		"a long line":            {"SUMMARY:", "SUMMARY:" + strings.Repeat("x", 80)},
		"no organizer":           {"ORGANIZER", "X-ORGANIZER"},
		"a backslash in a quote": {"CN=Supportdesk", `CN="a\"b"`},
		"an address, no URI":     {"o:noor", "o-noor"},
		"half a character":       {"SUMMARY:", "SUMMARY:\xc5"},
	} {
		spoiled := strings.Replace(text, change[0], change[1], 1)
		if spoiled == text {
			t.Errorf("%s: nothing was changed in\n%s", name, text)
		}
		if e, err := readInvitation(spoiled); err == nil {
			t.Errorf("%s passes: %+v", name, e)
		}
	}
}

// Through the whole service: what a calendar is told of one appointment is one entry,
// each time newer than before.
func TestR03AnAppointmentIsOneEntryThatIsBookedMovedAndGone(t *testing.T) {
	d := open(t)
	request := uuid.NewString()
	d.submit(request, "en", canary)
	d.await(request, 2)
	a := "appointment-" + uuid.NewString()
	slot := func(hours int) (*timestamppb.Timestamp, *durationpb.Duration) {
		return timestamppb.New(monday.Add(time.Duration(hours) * time.Hour)), durationpb.New(time.Hour)
	}
	start, length := slot(1)
	d.tell("scheduling", a, &schedulingv1.AppointmentBooked{AppointmentId: a, SupportRequestId: request, Start: start, Duration: length})
	d.await(request, 3)
	next, _ := slot(3)
	d.tell("scheduling", a, &schedulingv1.AppointmentMoved{
		AppointmentId: a, SupportRequestId: request, Start: next, Duration: length, Sequence: 1, FromStart: start, FromDuration: length,
	})
	d.await(request, 4)
	d.tell("scheduling", a, &schedulingv1.AppointmentCancelled{
		AppointmentId: a, SupportRequestId: request, Start: next, Duration: length, Sequence: 2, Revoked: true,
	})
	d.await(request, 5)
	var methods, sequences, starts []string
	for _, n := range d.list(request)[1:] {
		text, method := calendarPart(t, []byte(d.files()[n.GetNotificationId()+".eml"]))
		e, err := readInvitation(text)
		check(t, err)
		if e.uid != a+"@"+strings.SplitN(n.GetMessageId(), "@", 2)[1] || e.method != method {
			t.Errorf("%v: read %+v of part %s", n.GetKind(), e, method)
		}
		methods, sequences, starts = append(methods, method), append(sequences, e.sequence), append(starts, e.start.Format("15"))
	}
	if !slices.Equal(methods, []string{"REQUEST", "REQUEST", "CANCEL"}) || !slices.Equal(sequences, []string{"0", "1", "2"}) ||
		!slices.Equal(starts, []string{"09", "11", "11"}) {
		t.Errorf("told %v, sequences %v, at %v", methods, sequences, starts)
	}
}
