package intake

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/intake/internal/limits"
	"aanvraag.internal/services/intake/internal/tally"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/rpc"
)

// Limits against floods of requests (N-04). Each sender has an event stream per
// window, and lets through what its chamber lets through: the count is in the log,
// so it survives a restart, and it is exact, however many requests come at the same
// moment and however many processes take them in.
//
// Only calls whose client address is known are counted. A call without one comes
// from this machine and passed no proxy: it is the operator's own. A service, such as
// a monitor, is known by its token and sends for many: it is not counted either.

// tallies is the category of the streams "tally-<sender>".
const tallies = "tally"

// countSpace is the name space of the commands that count.
var countSpace = uuid.MustParse("0f4b8a53-6a53-5f0e-9d0b-3a4de1a7c6f2")

// throttledTotal counts the requests that were turned away.
func throttledTotal() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "aanvraag_submissions_throttled_total",
		Help: "Requests turned away because too many came from one sender.",
	}, []string{"by"})
}

// admit counts a new request of a sender, or answers THROTTLED, or
// PROOF_OF_WORK_REQUIRED while work is demanded (N-04). A repeat of the same command
// is counted once.
func (s *Service) admit(
	ctx context.Context, env command.Envelope, by tally.By, sender string, req *intakev1.SubmitSupportRequestRequest,
) error {
	if rpc.SenderFrom(ctx) == "" || rpc.CallerFrom(ctx).Role == commonv1.Role_ROLE_SERVICE {
		return nil
	}
	var in limits.Limits
	ref, err := s.policies.At(ctx, limits.Policy, env.DecidedAt, &in)
	if err != nil {
		return err
	}
	most := in.PerEmail
	if by == tally.Address {
		most = in.PerAddress
	}
	from, until := in.Window(env.DecidedAt)
	id := s.tallyOf(by, sender, from)
	wish := tally.Count{
		By: by, Limit: most, Until: until, At: env.DecidedAt,
		ProofBits: in.ProofBits, Request: env.Correlation, Proof: req.GetProofOfWork(),
	}
	count := command.Envelope{
		CommandID:   uuid.NewSHA1(countSpace, append(env.CommandID[:], by...)),
		Correlation: id, // not the request: nothing ties a sender's requests together
		Actor:       env.Actor,
		DecidedAt:   env.DecidedAt,
		Policies:    policies.Refs(ref),
	}
	_, err = s.tallies.Execute(ctx, id, count, wish)
	if rejection, ok := errors.AsType[*decider.Rejection](err); !ok || rejection.Kind != decider.Exhausted {
		return err
	}
	s.throttled.WithLabelValues(string(by)).Inc()
	count.CommandID = uuid.NewSHA1(countSpace, []byte(id))
	if _, noting := s.tallies.Execute(ctx, id, count, tally.Throttle{By: by, Limit: most, Until: until, At: env.DecidedAt}); noting != nil {
		return noting
	}
	return err
}

// tallyOf names the stream of a sender in a window by a keyed hash.
func (s *Service) tallyOf(by tally.By, sender string, window time.Time) string {
	name := strings.Join([]string{"submissions", string(by), window.Format(time.RFC3339), strings.ToLower(sender)}, "\x00")
	return hex.EncodeToString(s.house.Vault.Fingerprint([]byte(name)))
}
