package bus

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/reflect/protoreflect"

	"aanvraag.internal/services/platform/eventstore"
)

// Envelope is a public event on its way: where it stands in its event stream and
// in the log of its service, and its protobuf body. Nothing in it is personal.
type Envelope struct {
	ID          uuid.UUID           // of the recorded event
	Type        string              // protobuf full name, such as "aanvraag.billing.v1.InvoiceIssued"
	Service     string              // that published it
	Stream      string              // its event stream
	Revision    eventstore.Revision // its place there
	Previous    eventstore.Revision // last published one before it in the same stream; NoStream if none (R4)
	Position    eventstore.Position // its place in the log of Service
	Correlation string              // the support request; may be empty
	Time        time.Time           // when it was decided, UTC
	Body        []byte              // protobuf
}

// Headers of a message on the bus: CloudEvents in NATS' binary mode, and ours.
const (
	HeaderType = "ce-type" // protobuf full name

	headerID          = "ce-id"
	headerSource      = "ce-source"
	headerTime        = "ce-time"
	headerSubject     = "ce-subject"
	headerSpecVersion = "ce-specversion"
	headerRevision    = "aanvraag-revision"
	headerPrevious    = "aanvraag-previous"
	headerPosition    = "aanvraag-position"
	headerCorrelation = "aanvraag-correlation"

	specVersion  = "1.0"
	sourcePrefix = "aanvraag/"
)

// HeaderError names the header that makes a message unreadable. It never holds
// the header's value.
type HeaderError struct{ Header, Problem string }

func (e *HeaderError) Error() string { return "header " + e.Header + " " + e.Problem }

// Message is the envelope as Watermill carries it. Its UUID and its Nats-Msg-Id
// are the event's id.
func (e Envelope) Message() *message.Message {
	m := message.NewMessage(e.ID.String(), e.Body)
	m.Metadata = message.Metadata{
		nats.MsgIdHdr:     e.ID.String(),
		headerID:          e.ID.String(),
		HeaderType:        e.Type,
		headerSource:      sourcePrefix + e.Service,
		headerTime:        e.Time.UTC().Format(time.RFC3339Nano),
		headerSubject:     e.Stream,
		headerSpecVersion: specVersion,
		headerRevision:    strconv.FormatInt(int64(e.Revision), 10),
		headerPrevious:    strconv.FormatInt(int64(e.Previous), 10),
		headerPosition:    strconv.FormatUint(uint64(e.Position), 10),
		headerCorrelation: e.Correlation,
	}
	return m
}

// Parse reads a Watermill message. It answers a [*HeaderError] unless every
// header is exactly as [Envelope.Message] writes it.
func Parse(m *message.Message) (Envelope, error) {
	return parse(func(name string) (string, error) {
		v, present := m.Metadata[name]
		if !present {
			return "", &HeaderError{name, "is missing"}
		}
		return v, nil
	}, m.Payload)
}

// ParseNATS is [Parse] for a message that NATS stores.
func ParseNATS(h nats.Header, body []byte) (Envelope, error) {
	return parse(func(name string) (string, error) {
		switch v := h[name]; len(v) {
		case 0:
			return "", &HeaderError{name, "is missing"}
		case 1:
			return v[0], nil
		default:
			return "", &HeaderError{name, "is given more than once"}
		}
	}, body)
}

func parse(get func(string) (string, error), body []byte) (Envelope, error) {
	h := headers{get: get}
	if v := h.text(headerSpecVersion); v != specVersion {
		h.fail(headerSpecVersion, "is not "+specVersion)
	}
	e := Envelope{
		ID:          h.id(headerID),
		Type:        h.text(HeaderType),
		Service:     h.source(headerSource),
		Stream:      h.text(headerSubject),
		Revision:    eventstore.Revision(h.integer(headerRevision, 0)),
		Previous:    eventstore.Revision(h.integer(headerPrevious, int64(eventstore.NoStream))),
		Position:    eventstore.Position(h.unsigned(headerPosition)),
		Correlation: h.text(headerCorrelation),
		Time:        h.time(headerTime),
		Body:        body,
	}
	if !protoreflect.FullName(e.Type).IsValid() {
		h.fail(HeaderType, "is not a protobuf name")
	}
	if e.Stream == "" {
		h.fail(headerSubject, "is empty")
	}
	if e.Previous >= e.Revision {
		h.fail(headerPrevious, "is not before "+headerRevision)
	}
	if h.err != nil {
		return Envelope{}, h.err
	}
	return e, nil
}

// headers reads one message's headers and keeps the first thing that is wrong.
type headers struct {
	get func(string) (string, error)
	err error
}

func (h *headers) fail(name, problem string) {
	h.err = cmp.Or(h.err, error(&HeaderError{name, problem}))
}

// text is a header without control characters, which no name and no id has.
func (h *headers) text(name string) string {
	v, err := h.get(name)
	if err != nil {
		h.err = cmp.Or(h.err, err)
		return ""
	}
	if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		h.fail(name, "has a control character")
	}
	return v
}

func (h *headers) id(name string) uuid.UUID {
	v := h.text(name)
	id, err := uuid.Parse(v)
	if err != nil || id.String() != v {
		h.fail(name, "is not a UUID")
	}
	return id
}

func (h *headers) source(name string) string {
	service, ok := strings.CutPrefix(h.text(name), sourcePrefix)
	if !ok || CheckService(service) != nil {
		h.fail(name, "is not "+sourcePrefix+"<service>")
	}
	return service
}

func (h *headers) integer(name string, least int64) int64 {
	v := h.text(name)
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < least || strconv.FormatInt(n, 10) != v {
		h.fail(name, fmt.Sprintf("is not a whole number from %d", least))
	}
	return n
}

func (h *headers) unsigned(name string) uint64 {
	v := h.text(name)
	n, err := strconv.ParseUint(v, 10, 64)
	if err != nil || strconv.FormatUint(n, 10) != v {
		h.fail(name, "is not a whole number")
	}
	return n
}

func (h *headers) time(name string) time.Time {
	v := h.text(name)
	t, err := time.Parse(time.RFC3339Nano, v)
	if err != nil || t.UTC().Format(time.RFC3339Nano) != v {
		h.fail(name, "is not an instant in UTC")
	}
	return t.UTC()
}
