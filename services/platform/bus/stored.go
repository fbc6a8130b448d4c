package bus

import (
	"time"

	"github.com/nats-io/nats.go"
)

// ReadStored is [ParseNATS] for a message of the JetStream stream of service. It
// also answers a [*HeaderError] for one that stands elsewhere than its headers say:
// whoever looks for the events of an event stream by their subject would miss it.
func ReadStored(service, subject string, h nats.Header, body []byte) (Envelope, error) {
	e, err := ParseNATS(h, body)
	switch {
	case err != nil:
		return Envelope{}, err
	case e.Service != service:
		return Envelope{}, &HeaderError{headerSource, "is another service's"}
	case subject != Subject(service, e.Type, e.Stream):
		return Envelope{}, &HeaderError{headerSubject, "does not agree with the subject"}
	}
	return e, nil
}

// Unreadable is a message that tells nothing of itself.
type Unreadable struct {
	Service  string    // in whose JetStream stream it stands
	Sequence uint64    // there; a stream that was made anew counts from one again
	StoredAt time.Time // when JetStream stored it
	Problem  error     // a [*HeaderError]; never a header's value
}
