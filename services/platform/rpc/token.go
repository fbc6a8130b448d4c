package rpc

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jws"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
)

// Authenticator tells who presents a bearer token. now is the instant to judge its
// times by. Implementations are safe for concurrent use; any error means that the
// token says nothing, and its text never holds the token's.
type Authenticator interface {
	Authenticate(now time.Time, token string) (Caller, error)
}

const (
	tokenParty    = "aanvraag" // issuer and audience
	maxTokenBytes = 4096
	// tokenLeeway forgives a verifier whose clock is behind the issuer's. The end
	// of a token is exact.
	tokenLeeway = 30 * time.Second
)

// Claims is what a token says.
type Claims struct {
	Role             commonv1.Role // any but public, which has no token
	Subject          string        // pseudonymous
	SupportRequestID string        // of a customer, and only of one
	// IssuedAt and ExpiresAt bound its life, in whole seconds; it is void at
	// ExpiresAt itself.
	IssuedAt  time.Time
	ExpiresAt time.Time
}

// payload is the token's own form of [Claims].
type payload struct {
	Issuer         string `json:"iss"`
	Audience       string `json:"aud"`
	Subject        string `json:"sub,omitzero"`
	Role           string `json:"role"`
	SupportRequest string `json:"support_request,omitzero"`
	IssuedAt       int64  `json:"iat"`
	NotBefore      int64  `json:"nbf"`
	ExpiresAt      int64  `json:"exp"`
}

// verified is what a token with a good signature says.
type verified struct {
	caller     Caller
	from, till time.Time
}

var (
	errToken   = errors.New("the token is not one of this installation")
	errExpired = errors.New("the token has expired")
	errEarly   = errors.New("the token is not valid yet")
)

// Issue signs a token. The same claims give the same token.
func (k *Keys) Issue(c Claims) (string, error) {
	p := payload{
		Issuer: tokenParty, Audience: tokenParty,
		Subject: c.Subject, Role: RoleName(c.Role), SupportRequest: c.SupportRequestID,
		IssuedAt: c.IssuedAt.Unix(), NotBefore: c.IssuedAt.Unix(), ExpiresAt: c.ExpiresAt.Unix(),
	}
	if _, err := p.verify(); err != nil {
		return "", fmt.Errorf("issue token: %w", err)
	}
	data, err := json.Marshal(p, json.Deterministic(true))
	if err != nil {
		return "", fmt.Errorf("issue token: %w", err)
	}
	token, err := jws.Sign(data, jws.WithKey(jwa.EdDSA(), k.private, jws.WithProtectedHeaders(k.headers)))
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	if len(token) > maxTokenBytes {
		return "", fmt.Errorf("issue token: it would take %d bytes, more than %d", len(token), maxTokenBytes)
	}
	return string(token), nil
}

// Authenticate tells who holds a token of [Keys.Issue]: signed with EdDSA by this
// key, from and for "aanvraag", and alive at now.
func (k *Keys) Authenticate(now time.Time, token string) (Caller, error) {
	if len(token) > maxTokenBytes {
		return Caller{}, errToken
	}
	sum := sha256.Sum256([]byte(token))
	v, known := k.verified.Get(sum)
	if !known {
		var err error
		if v, err = k.verify(token); err != nil {
			return Caller{}, err
		}
		k.verified.Add(sum, v)
	}
	switch {
	case !now.Before(v.till):
		return Caller{}, errExpired
	case now.Add(tokenLeeway).Before(v.from):
		return Caller{}, errEarly
	default:
		return v.caller, nil
	}
}

func (k *Keys) verify(token string) (verified, error) {
	// The library reads many spellings of one token, and each would be remembered.
	for part := range strings.SplitSeq(token, ".") {
		if _, ok := unwrap(part); !ok {
			return verified{}, errToken
		}
	}
	data, err := jws.Verify([]byte(token), jws.WithKey(jwa.EdDSA(), k.public), jws.WithCompact())
	if err != nil {
		return verified{}, errToken // the library's text may quote the token
	}
	var p payload
	if err := json.Unmarshal(data, &p, json.RejectUnknownMembers(true)); err != nil {
		return verified{}, errToken
	}
	return p.verify()
}

// verify checks all but the times' relation to the present.
func (p payload) verify() (verified, error) {
	role, err := ParseRole(p.Role)
	switch {
	case p.Issuer != tokenParty || p.Audience != tokenParty:
		return verified{}, errToken
	case err != nil:
		return verified{}, err
	case role == commonv1.Role_ROLE_PUBLIC:
		return verified{}, errors.New("the public has no token")
	case (role == commonv1.Role_ROLE_CUSTOMER) != (p.SupportRequest != ""):
		return verified{}, errors.New("a customer's token, and no other, is for one support request")
	case p.ExpiresAt <= max(p.IssuedAt, p.NotBefore):
		return verified{}, errors.New("the token ends before it begins")
	}
	return verified{
		caller: Caller{
			Role: role, Subject: p.Subject, SupportRequestID: p.SupportRequest, Authentication: AuthToken,
		},
		from: time.Unix(max(p.IssuedAt, p.NotBefore), 0),
		till: time.Unix(p.ExpiresAt, 0),
	}, nil
}
