package natskeys

import (
	"context"
	"crypto/rand"
	"crypto/sha3"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/vault"
)

// The headers of a tombstone. An id cannot be read back from its subject alone
// without undoing the escapes.
const (
	destroyedAt = "Aanvraag-Destroyed-At"
	destroyedID = "Aanvraag-Destroyed-Key"
)

// tombstone says that a key is destroyed.
type tombstone struct {
	vault.Destroyed
	sequence uint64
}

func parseTombstone(subject string, sequence uint64, h nats.Header) (tombstone, error) {
	at, err := time.Parse(time.RFC3339Nano, h.Get(destroyedAt))
	id := h.Get(destroyedID)
	if err != nil || goneSubject(id) != subject {
		return tombstone{}, fmt.Errorf("%w: tombstone %d, %s, is damaged", ErrBucket, sequence, subject)
	}
	return tombstone{vault.Destroyed{KeyID: id, At: at}, sequence}, nil
}

// retry waits for another's write to show, and maxTries ends it, after some
// seconds.
var retry = bus.Backoff{Min: 2 * time.Millisecond, Max: 50 * time.Millisecond}

const maxTries = 100

// away tells of every error that is not an answer of the store itself that the
// store could not be reached.
func away(err error) error {
	for _, answer := range []error{
		nil, vault.ErrErased, vault.ErrNoKey, vault.ErrClosed, vault.ErrDisk, ErrBucket, ErrUnsynced,
	} {
		if errors.Is(err, answer) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
}

// Get implements [vault.KeyStore].
func (s *Store) Get(ctx context.Context, id string) (wrapped []byte, err error) {
	defer func() { err = away(err) }()
	left, err := s.enter()
	if err != nil {
		return nil, err
	}
	defer left()
	return s.find(ctx, id)
}

func (s *Store) find(ctx context.Context, id string) ([]byte, error) {
	m, err := s.last(ctx, anySubject(id))
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return nil, vault.ErrNoKey
	case err != nil:
		return nil, fmt.Errorf("read key %s: %w", id, err)
	case m.Subject == goneSubject(id):
		return nil, vault.ErrErased
	case m.Subject == padSubject(id):
		return nil, vault.ErrNoKey // a process made half of it, or is at it
	}
	pad, err := s.last(ctx, padSubject(id))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return s.findAgain(ctx, id)
	}
	if err != nil {
		return nil, fmt.Errorf("read key %s: %w", id, err)
	}
	return masked(m.Data, pad.Data), nil
}

// findAgain explains a share without its other one: the key was destroyed between
// the two looks.
func (s *Store) findAgain(ctx context.Context, id string) ([]byte, error) {
	_, err := s.last(ctx, goneSubject(id))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, fmt.Errorf("%w: half of key %s is lost", ErrBucket, id)
	}
	if err != nil {
		return nil, fmt.Errorf("read key %s: %w", id, err)
	}
	return nil, vault.ErrErased
}

const padBytes = 32

// masked is data with the pad, or without it: the pad is stretched to any length.
func masked(data, pad []byte) []byte {
	out := sha3.SumSHAKE256(pad, len(data))
	subtle.XORBytes(out, out, data)
	return out
}

// Create implements [vault.KeyStore].
func (s *Store) Create(ctx context.Context, keys []vault.WrappedKey) (standing [][]byte, err error) {
	defer func() { err = away(err) }()
	left, err := s.enter()
	if err != nil {
		return nil, err
	}
	defer left()
	if err := s.checkHere(ctx); err != nil {
		return nil, err
	}
	standing = make([][]byte, len(keys))
	group, ctx := errgroup.WithContext(ctx)
	for i, k := range keys {
		group.Go(func() error {
			var err error
			standing[i], err = s.create(ctx, k)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return standing, nil
}

// create writes both shares of a key where there is nothing of its id. Whatever
// became of a write, what stands afterwards is the answer (R3). The pad of a
// process that went no further is as good as one's own.
func (s *Store) create(ctx context.Context, k vault.WrappedKey) ([]byte, error) {
	pad := make([]byte, padBytes)
	rand.Read(pad) // never fails: it ends the process instead
	for tries := 1; ; tries++ {
		sequence, err := s.write(ctx, &nats.Msg{Subject: padSubject(k.ID), Data: pad}, k.ID, 0)
		if err == nil {
			err = s.complete(ctx, k, pad, sequence)
		}
		if err == nil {
			return k.Wrapped, nil
		}
		standing, findErr := s.find(ctx, k.ID)
		if findErr == nil || errors.Is(findErr, vault.ErrErased) {
			return standing, findErr
		}
		if !errors.Is(findErr, vault.ErrNoKey) {
			return nil, fmt.Errorf("create key %s: %w", k.ID, errors.Join(err, findErr))
		}
		if !overtaken(err) || tries == maxTries {
			return nil, fmt.Errorf("create key %s: %w", k.ID, err) // that there is none is no answer
		}
		if half, err := s.last(ctx, padSubject(k.ID)); err == nil {
			if s.complete(ctx, k, half.Data, half.Sequence) == nil {
				return k.Wrapped, nil
			}
		}
		if err := retry.Wait(ctx, tries); err != nil {
			return nil, err
		}
	}
}

// complete writes the share that makes a key of a pad.
func (s *Store) complete(ctx context.Context, k vault.WrappedKey, pad []byte, after uint64) error {
	_, err := s.write(ctx, &nats.Msg{Subject: keySubject(k.ID), Data: masked(k.Wrapped, pad)}, k.ID, after)
	return err
}

// write stores m if the last message of id is still after.
func (s *Store) write(ctx context.Context, m *nats.Msg, id string, after uint64) (uint64, error) {
	select {
	case s.writing <- struct{}{}:
		defer func() { <-s.writing }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	ack, err := s.js.PublishMsg(ctx, m,
		jetstream.WithExpectStream(stream), jetstream.WithExpectLastSequenceForSubject(after, anySubject(id)))
	if err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}

// last reads the last message of a subject.
func (s *Store) last(ctx context.Context, subject string) (*jetstream.RawStreamMsg, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	return s.bucket.GetLastMsgForSubject(ctx, subject)
}

// overtaken tells whether another write of the same id came first. In a cluster it
// may not show yet.
func overtaken(err error) bool {
	api := (*jetstream.APIError)(nil)
	return errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence ||
		api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// Destroy implements [vault.KeyStore].
func (s *Store) Destroy(ctx context.Context, id string, at time.Time) (destroyed time.Time, err error) {
	defer func() { err = away(err) }()
	left, err := s.enter()
	if err != nil {
		return time.Time{}, err
	}
	defer left()
	if err := s.checkHere(ctx); err != nil {
		return time.Time{}, err
	}
	stone, err := s.bury(ctx, vault.Destroyed{KeyID: id, At: at.UTC()})
	if err != nil {
		return time.Time{}, fmt.Errorf("destroy key %s: %w", id, err)
	}
	if err := s.settle(ctx, stone.sequence); err != nil {
		return time.Time{}, fmt.Errorf("destroy key %s: %w", id, err)
	}
	return stone.At, nil
}

// bury stores a tombstone, and answers the one that stands.
func (s *Store) bury(ctx context.Context, d vault.Destroyed) (tombstone, error) {
	for tries := 1; ; tries++ {
		last := uint64(0)
		m, err := s.last(ctx, anySubject(d.KeyID))
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound):
		case err != nil:
			return tombstone{}, err
		case m.Subject == goneSubject(d.KeyID):
			return parseTombstone(m.Subject, m.Sequence, m.Header)
		default:
			last = m.Sequence
		}
		h := nats.Header{destroyedAt: {d.At.Format(time.RFC3339Nano)}, destroyedID: {d.KeyID}}
		sequence, err := s.write(ctx, &nats.Msg{Subject: goneSubject(d.KeyID), Header: h}, d.KeyID, last)
		if err == nil {
			return tombstone{d, sequence}, nil
		}
		if !overtaken(err) || tries == maxTries {
			return tombstone{}, err
		}
		if err := retry.Wait(ctx, tries); err != nil {
			return tombstone{}, err
		}
	}
}

// erase makes a key unreadable in the servers' files. One share would do. But a
// server that dies while it overwrites has marked the message as deleted before,
// and then cannot be asked again, nor tell. So unless the only server confirmed
// the first share, the second is overwritten as well.
func (s *Store) erase(ctx context.Context, id string) error {
	sure, err := s.overwrite(ctx, keySubject(id), s.bucket.SecureDeleteMsg)
	if err != nil {
		return err
	}
	second := s.bucket.SecureDeleteMsg
	if sure && s.bucket.CachedInfo().Config.Replicas == 1 {
		// Also a mark is synced, and with it what the directory says of the first.
		second = s.bucket.DeleteMsg
	}
	_, err = s.overwrite(ctx, padSubject(id), second)
	return err
}

// overwrite removes the message of a subject, looks whether it is gone, and tells
// whether the removal was confirmed: not so when there is no message.
func (s *Store) overwrite(ctx context.Context, subject string, remove func(context.Context, uint64) error) (bool, error) {
	m, err := s.last(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	removing, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	refused := remove(removing, m.Sequence)
	switch _, err = s.last(ctx, subject); {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return refused == nil, nil // otherwise another process was faster, or the answer was lost
	case err == nil:
		err = fmt.Errorf("%s is still there after it was erased", subject)
	}
	return false, errors.Join(refused, err)
}
