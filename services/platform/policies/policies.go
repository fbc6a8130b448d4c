// Package policies keeps a service's book of policy versions: those it publishes
// itself and those it adopts from others, each kind in its own stream.
package policies

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/inbox"
)

// Book is the policies that one service works by. It is safe for concurrent use.
type Book struct {
	service string
	clock   clock.Clock
	own     *command.Aggregate[policy.Policy, policy.Event]
	adopted *command.Aggregate[policy.Policy, policy.Event]
}

// New makes the book of a service. Own policies live in "policy-<kind>", adopted
// ones in "adopted-<service>.<kind>".
func New(service string, store eventstore.Store, clk clock.Clock) *Book {
	return &Book{
		service: service, clock: clk,
		own:     command.New(store, "policy", policy.Events()),
		adopted: command.New(store, "adopted", policy.Events()),
	}
}

// Since is when the product's own figures are in force from: before any start.
var Since = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// seeds is the name space of the ids of seeding commands.
var seeds = uuid.MustParse("a7a3f6f0-24cb-5d1c-9a54-6f6f0f0a5d10")

// Seed publishes the product's own content as version 1, unless the policy has
// a version already.
func (b *Book) Seed(ctx context.Context, kind string, content any) error {
	data, err := json.Marshal(content, json.Deterministic(true))
	if err != nil {
		return fmt.Errorf("seed policy %s: %w", kind, err)
	}
	return b.SeedBy(ctx, kind, func(at time.Time) policy.Command {
		return policy.Publish{Kind: kind, Content: data, EffectiveFrom: Since, At: at, Seed: true}
	})
}

// SeedBy is [Book.Seed] for a policy whose versions have rules of their own: wish
// is the command that seeds it, decided at an instant.
func (b *Book) SeedBy(ctx context.Context, kind string, wish func(at time.Time) policy.Command) error {
	env := command.Envelope{
		CommandID: uuid.NewSHA1(seeds, []byte(kind)), Correlation: kind, DecidedAt: b.clock.Now(),
		Actor: eventstore.Actor{Kind: "service", ID: b.service, Authentication: "in-process"},
	}
	if _, err := b.own.Execute(ctx, kind, env, wish(env.DecidedAt)); err != nil {
		return fmt.Errorf("seed policy %s: %w", kind, err)
	}
	return nil
}

// Publish brings a new version into force. A zero from means now. It answers the
// rejections of [policy.Publish].
func (b *Book) Publish(ctx context.Context, env command.Envelope, kind string, content any, from time.Time) (policy.Version, eventstore.Position, error) {
	data, err := json.Marshal(content, json.Deterministic(true))
	if err != nil {
		return policy.Version{}, 0, fmt.Errorf("publish policy %s: %w", kind, err)
	}
	return b.PublishBy(ctx, env, kind, policy.Publish{Kind: kind, Content: data, EffectiveFrom: from, At: env.DecidedAt})
}

// PublishBy is [Book.Publish] for a policy whose versions have rules of their own:
// wish publishes one. It answers the rejections of wish.
func (b *Book) PublishBy(ctx context.Context, env command.Envelope, kind string, wish policy.Command) (policy.Version, eventstore.Position, error) {
	done, err := b.own.Execute(ctx, kind, env, wish)
	if err != nil {
		return policy.Version{}, 0, err
	}
	return done.State.Versions[len(done.State.Versions)-1], done.Position, nil
}

// All is every version of a policy, own or adopted, as the log has it now.
func (b *Book) All(ctx context.Context, kind string) (policy.Policy, error) {
	own, err := b.own.Load(ctx, kind)
	if err != nil || len(own.State.Versions) > 0 {
		return own.State, err
	}
	adopted, err := b.adopted.Load(ctx, b.service+"."+kind)
	return adopted.State, err
}

// InForce is every version of a policy, and the one in force at an instant.
// Without one it answers POLICY_MISSING; nothing is ever assumed (P2).
func (b *Book) InForce(ctx context.Context, kind string, at time.Time) (policy.Policy, policy.Version, error) {
	all, err := b.All(ctx, kind)
	if err != nil {
		return policy.Policy{}, policy.Version{}, err
	}
	v, ok := all.At(at)
	if !ok {
		return policy.Policy{}, policy.Version{}, missing(kind)
	}
	return all, v, nil
}

// At reads the content in force at an instant into content. Without one it
// answers POLICY_MISSING.
func (b *Book) At(ctx context.Context, kind string, at time.Time, content any) (policy.Ref, error) {
	_, v, err := b.InForce(ctx, kind, at)
	if err != nil {
		return policy.Ref{}, err
	}
	return v.Ref, read(v, content)
}

// BySHA256 reads the version with that content into content.
func (b *Book) BySHA256(ctx context.Context, kind, sum string, content any) (policy.Ref, error) {
	all, err := b.All(ctx, kind)
	if err != nil {
		return policy.Ref{}, err
	}
	v, ok := all.BySHA256(sum)
	if !ok {
		return policy.Ref{}, missing(kind)
	}
	return v.Ref, read(v, content)
}

func read(v policy.Version, content any) error {
	if err := json.Unmarshal(v.Content, content, json.RejectUnknownMembers(true)); err != nil {
		return fmt.Errorf("policy %s version %d: %w", v.Ref.Kind, v.Ref.Version, err)
	}
	return nil
}

func missing(kind string) error {
	return &decider.Rejection{
		Kind: decider.Precondition, Code: "POLICY_MISSING", Rule: "P2",
		Reason:  "no version of this policy is in force",
		Details: map[string]string{"policy": kind},
	}
}

// Adopt is the inbox handler that takes over policies of other services, of the
// kinds given.
func (b *Book) Adopt(kinds ...string) inbox.Handler {
	wanted := map[string]bool{}
	for _, k := range kinds {
		wanted[k] = true
	}
	return inbox.On(func(ctx context.Context, in inbox.Inbound, m *commonv1.PolicyPublished) error {
		kind := m.GetPolicy().GetKind()
		if !wanted[kind] || in.Service == b.service {
			return nil
		}
		_, err := b.adopted.Execute(ctx, b.service+"."+kind, in.Command(0, b.clock.Now()), policy.Adopt{Version: policy.Version{
			Ref:           policy.Ref{Kind: kind, Version: int(m.GetPolicy().GetVersion()), SHA256: m.GetPolicy().GetSha256()},
			EffectiveFrom: m.GetEffectiveFrom().AsTime(),
			Content:       []byte(m.GetContent()),
		}})
		return err
	})
}

// codec reads policy streams for [Public].
var codec = sync.OnceValue(func() *command.Codec[policy.Policy, policy.Event] {
	return command.NewCodec[policy.Policy](policy.Events())
})

// Public is the public form of an event of a stream "policy-<kind>".
func Public(r eventstore.Recorded) (proto.Message, error) {
	e, err := codec().Decode(r.Type, r.Data)
	if err != nil {
		return nil, err
	}
	p, ok := e.(policy.Published)
	if !ok {
		return nil, nil
	}
	return &commonv1.PolicyPublished{
		Policy:        Ref(p.Ref),
		EffectiveFrom: timestamppb.New(p.EffectiveFrom),
		Content:       string(p.Content),
	}, nil
}

// Ref is a reference in its public form.
func Ref(r policy.Ref) *commonv1.PolicyRef {
	return &commonv1.PolicyRef{Kind: r.Kind, Version: int32(r.Version), Sha256: r.SHA256}
}

// Refs are references as an event's metadata holds them.
func Refs(refs ...policy.Ref) []eventstore.PolicyRef {
	out := make([]eventstore.PolicyRef, len(refs))
	for i, r := range refs {
		out[i] = eventstore.PolicyRef(r)
	}
	return out
}

// Await returns once each of the kinds has a version, own or adopted.
func (b *Book) Await(ctx context.Context, store eventstore.Store, kinds ...string) error {
	for _, kind := range kinds {
		all, err := b.All(ctx, kind)
		if err != nil {
			return err
		}
		if len(all.Versions) > 0 {
			continue
		}
		stream := b.adopted.Stream(b.service + "." + kind)
		if err := eventstore.Await(ctx, store, stream, eventstore.NoStream); err != nil {
			return fmt.Errorf("policy %s: %w", kind, err)
		}
	}
	return nil
}
