package natskeys

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	bucket = "aanvraag-keys"
	stream = "KV_" + bucket

	prefix      = "$KV." + bucket + "."
	allSubjects = prefix + ">"
	keyPrefix   = prefix + "key."
	padPrefix   = prefix + "pad."
	gonePrefix  = prefix + "gone."
	allGone     = gonePrefix + ">"
)

func keySubject(id string) string  { return keyPrefix + token(id) }
func padSubject(id string) string  { return padPrefix + token(id) }
func goneSubject(id string) string { return gonePrefix + token(id) }

// anySubject selects all that is of one id.
func anySubject(id string) string { return prefix + "*." + token(id) }

// token turns any id into one token that the KV API takes for a key: what is not
// a letter, a digit, a dash, an underscore or a slash becomes =XX.
func token(id string) string {
	var b strings.Builder
	for i := range len(id) {
		if c := id[i]; plain(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	return b.String()
}

func plain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-_/", c) >= 0
}

// wanted is how the bucket must be. Discarding new messages of a subject that has
// one keeps every key and tombstone as it was first written.
func wanted(replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:                 stream,
		Description:          "Wrapped keys of personal data. No backup of it may outlive a destroyed key.",
		Subjects:             []string{allSubjects},
		Storage:              jetstream.FileStorage,
		Replicas:             replicas,
		Retention:            jetstream.LimitsPolicy,
		MaxMsgsPerSubject:    1,
		Discard:              jetstream.DiscardNew,
		DiscardNewPerSubject: true,
		DenyPurge:            true,
		AllowDirect:          false, // a replica that lags would answer with a destroyed key
	}
}

// ErrBucket answers a bucket that is not as it must be: it was made or changed by
// somebody else, or replaced while it was in use.
var ErrBucket = errors.New("the key bucket is not as it must be")

// unfit tells what is wrong with a bucket.
func unfit(c jetstream.StreamConfig, replicas int) error {
	for _, rule := range []struct {
		kept  bool
		fault string
	}{
		{slices.Equal(c.Subjects, []string{allSubjects}), "it listens to other subjects"},
		{c.Storage == jetstream.FileStorage, "it is kept in memory"},
		{c.Replicas >= replicas, fmt.Sprintf("it has %d replicas instead of %d", c.Replicas, replicas)},
		{c.Retention == jetstream.LimitsPolicy && c.MaxAge == 0 && c.MaxMsgs <= 0 && c.MaxBytes <= 0, "it forgets"},
		{c.MaxMsgsPerSubject == 1 && c.Discard == jetstream.DiscardNew && c.DiscardNewPerSubject, "values can be replaced"},
		{c.DenyPurge && !c.AllowRollup, "it can be purged"},
		{!c.DenyDelete && !c.Sealed, "nothing can be erased"},
		{!c.AllowDirect && !c.MirrorDirect, "replicas that lag answer"},
		{c.Mirror == nil && len(c.Sources) == 0 && c.RePublish == nil, "it is copied"},
	} {
		if !rule.kept {
			return fmt.Errorf("%w: %s", ErrBucket, rule.fault)
		}
	}
	if c.PersistMode != jetstream.DefaultPersistMode {
		return fmt.Errorf("%w: the bucket's persist mode is %s", ErrUnsynced, c.PersistMode)
	}
	return nil
}

// openBucket finds or makes the bucket.
func openBucket(ctx context.Context, js jetstream.JetStream, replicas int) (jetstream.Stream, error) {
	s, err := js.Stream(ctx, stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = js.CreateStream(ctx, wanted(replicas))
	}
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		s, err = js.Stream(ctx, stream) // another process was faster
	}
	if err != nil {
		return nil, fmt.Errorf("open key bucket: %w", err)
	}
	return s, unfit(s.CachedInfo().Config, replicas)
}
