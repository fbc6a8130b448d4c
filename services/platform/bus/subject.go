package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	subjectPrefix = "aanvraag."
	streamPrefix  = "AANVRAAG_"

	// dedupeWindow only saves traffic; nothing is correct because of it (R6).
	dedupeWindow = 2 * time.Minute
)

// Subject is where a public event of service is published:
// aanvraag.<service>.<EventName>.<event stream>, where EventName is the last part
// of the protobuf full name.
func Subject(service, fullName, stream string) string {
	name := fullName[strings.LastIndexByte(fullName, '.')+1:]
	return subjectPrefix + service + "." + token(name) + "." + token(stream)
}

// StreamSubjects selects every public event of one event stream of service.
func StreamSubjects(service, stream string) string {
	return subjectPrefix + service + ".*." + token(stream)
}

// ServiceSubjects selects every public event of service.
func ServiceSubjects(service string) string { return subjectPrefix + service + ".>" }

// StreamName is the JetStream stream that holds the public events of service.
func StreamName(service string) string { return streamPrefix + strings.ToUpper(service) }

// token escapes what NATS gives a meaning, so one name stays one token.
func token(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(".*>%", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// CheckService accepts names that are one token everywhere: a-z, from one to 32.
func CheckService(name string) error {
	if name == "" || len(name) > 32 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") != "" {
		return fmt.Errorf("service name %q is not 1 to 32 letters a to z", name)
	}
	return nil
}

// Settle is how long to wait before making a JetStream stream anew that is gone.
// The server tells of a deletion while it is still at it; a stream made in that
// moment loses its files to the deletion and never stores anything (seen with
// nats-server 2.15.2).
const Settle = time.Second

// EnsureStream answers the JetStream stream of service. When it is not there, it
// makes it once wait has passed: 0 at the start of a process, [Settle] for one
// that was there before. A stream that is there stays as an operator configured
// it.
//
// It is stored in the background: a server that is killed loses the messages of
// its last moments, some milliseconds, and one that loses power those of two
// minutes. The relay finds the stream shorter than it was and fills it again, and
// the server puts the consumers back to its end. So public events are carried at
// the same rate by a server that syncs always, where each would wait for the disk
// otherwise (20 times slower). JetStream has this mode for streams without
// replicas only; where it is older than 2.12 it ignores it.
func EnsureStream(ctx context.Context, js jetstream.JetStream, service string, wait time.Duration) (jetstream.Stream, error) {
	if err := CheckService(service); err != nil {
		return nil, err
	}
	s, err := js.Stream(ctx, StreamName(service))
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		if err := sleep(ctx, wait); err != nil {
			return nil, err
		}
		s, err = js.CreateStream(ctx, jetstream.StreamConfig{
			Name:        StreamName(service),
			Subjects:    []string{ServiceSubjects(service)},
			Storage:     jetstream.FileStorage,
			PersistMode: jetstream.AsyncPersistMode,
			Retention:   jetstream.LimitsPolicy,
			Duplicates:  dedupeWindow,
		})
	}
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		s, err = js.Stream(ctx, StreamName(service)) // another process was faster
	}
	if err != nil {
		return nil, fmt.Errorf("ensure JetStream stream %s: %w", StreamName(service), err)
	}
	return s, nil
}
