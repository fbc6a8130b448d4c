package rpc

import (
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jws"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	"aanvraag.internal/services/platform/signing"
)

func openKeys(t *testing.T) *Keys {
	t.Helper()
	keys, err := OpenKeys(t.TempDir())
	must(t, err)
	return keys
}

func technician() Claims {
	return Claims{
		Role: commonv1.Role_ROLE_TECHNICIAN, Subject: "tess", IssuedAt: noon, ExpiresAt: noon.Add(time.Hour),
	}
}

func TestRoleNamesAreTheLowerCaseNamesOfTheContract(t *testing.T) {
	for number := range commonv1.Role_name {
		role := commonv1.Role(number)
		if role == commonv1.Role_ROLE_UNSPECIFIED {
			continue
		}
		back, err := ParseRole(RoleName(role))
		if err != nil || back != role {
			t.Errorf("%v is called %q, which is %v (%v)", role, RoleName(role), back, err)
		}
	}
	if name := RoleName(commonv1.Role_ROLE_BILLING_CLERK); name != "billing_clerk" {
		t.Errorf("the billing clerk is called %q", name)
	}
	for _, name := range []string{"", "unspecified", "Technician", "ROLE_TECHNICIAN", "root", " technician"} {
		if role, err := ParseRole(name); err == nil {
			t.Errorf("%q is taken for %v", name, role)
		}
	}
}

func TestATokenSaysWhatWasIssued(t *testing.T) {
	keys := openKeys(t)
	c := technician()
	c.Role, c.SupportRequestID = commonv1.Role_ROLE_CUSTOMER, reqID
	token, err := keys.Issue(c)
	must(t, err)
	got, err := keys.Authenticate(noon, token)
	must(t, err)
	want := Caller{
		Role: commonv1.Role_ROLE_CUSTOMER, Subject: "tess", SupportRequestID: reqID, Authentication: AuthToken,
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	again, err := keys.Issue(c)
	must(t, err)
	if again != token {
		t.Error("the same claims gave another token")
	}
}

func TestATokenLivesFromItsStartUpToButNotAtItsEnd(t *testing.T) {
	keys := openKeys(t)
	token, err := keys.Issue(technician())
	must(t, err)
	for _, c := range []struct {
		at   time.Time
		want error
	}{
		{noon.Add(-tokenLeeway - time.Second), errEarly},
		{noon.Add(-tokenLeeway), nil},
		{noon, nil},
		{noon.Add(time.Hour - time.Nanosecond), nil},
		{noon.Add(time.Hour), errExpired},
		{noon, nil}, // what is cached is the signature, not the verdict
	} {
		if _, err := keys.Authenticate(c.at, token); !errors.Is(err, c.want) {
			t.Errorf("at %v: got %v, want %v", c.at, err, c.want)
		}
	}
}

func TestATokenOfAnotherKeyIssuerAudienceOrAlgorithmSaysNothing(t *testing.T) {
	keys, others := openKeys(t), openKeys(t)
	good, err := keys.Issue(technician())
	must(t, err)
	foreign, err := others.Issue(technician())
	must(t, err)
	sign := func(payload string) string {
		token, err := jws.Sign([]byte(payload), jws.WithKey(jwa.EdDSA(), keys.private))
		must(t, err)
		return string(token)
	}
	symmetric, err := jws.Sign(
		[]byte(`{"iss":"aanvraag","aud":"aanvraag","role":"administrator","iat":1,"nbf":1,"exp":9999999999}`),
		jws.WithKey(jwa.HS256(), []byte(keys.public)))
	must(t, err)
	parts := strings.Split(good, ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`))
	const times = `"iat":1,"nbf":1,"exp":9999999999`
	if _, err := keys.Authenticate(noon, sign(`{"iss":"aanvraag","aud":"aanvraag","role":"technician",`+times+`}`)); err != nil {
		t.Fatalf("the pattern of the wrong ones is wrong itself: %v", err)
	}
	for name, token := range map[string]string{
		"empty":              "",
		"not a token":        "tess",
		"other key":          foreign,
		"no algorithm":       none + "." + parts[1] + ".",
		"none, signed":       none + "." + parts[1] + "." + parts[2],
		"public key as HMAC": string(symmetric),
		"cut":                good[:len(good)-4],
		"other issuer":       sign(`{"iss":"x","aud":"aanvraag","role":"technician",` + times + `}`),
		"other audience":     sign(`{"iss":"aanvraag","aud":"x","role":"technician",` + times + `}`),
		"unknown role":       sign(`{"iss":"aanvraag","aud":"aanvraag","role":"root",` + times + `}`),
		"public":             sign(`{"iss":"aanvraag","aud":"aanvraag","role":"public",` + times + `}`),
		"customer of none":   sign(`{"iss":"aanvraag","aud":"aanvraag","role":"customer",` + times + `}`),
		"unknown claim":      sign(`{"iss":"aanvraag","aud":"aanvraag","role":"technician","x":1,` + times + `}`),
		"no end":             sign(`{"iss":"aanvraag","aud":"aanvraag","role":"technician","iat":1,"nbf":1}`),
		"too long":           good + strings.Repeat("A", maxTokenBytes),
	} {
		caller, err := keys.Authenticate(noon, token)
		if err == nil {
			t.Errorf("%s: taken for %+v", name, caller)
		} else if token != "" && strings.Contains(err.Error(), token) {
			t.Errorf("%s: the error repeats the token", name)
		}
	}
	if n := keys.verified.Len(); n != 1 {
		t.Errorf("%d tokens are remembered, only 1 was good", n)
	}
}

func TestOnlyCoherentClaimsAreIssued(t *testing.T) {
	keys := openKeys(t)
	for name, change := range map[string]func(*Claims){
		"public":               func(c *Claims) { c.Role = commonv1.Role_ROLE_PUBLIC },
		"no role":              func(c *Claims) { c.Role = 0 },
		"customer of none":     func(c *Claims) { c.Role = commonv1.Role_ROLE_CUSTOMER },
		"technician of one":    func(c *Claims) { c.SupportRequestID = reqID },
		"ends before it began": func(c *Claims) { c.ExpiresAt = c.IssuedAt },
		"too long":             func(c *Claims) { c.Subject = strings.Repeat("x", maxTokenBytes) },
	} {
		c := technician()
		change(&c)
		if _, err := keys.Issue(c); err == nil {
			t.Errorf("%s: a token was issued", name)
		}
	}
}

func TestProcessesThatStartTogetherAgreeOnTheKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	tokens := make([]string, 8)
	var all sync.WaitGroup
	for i := range tokens {
		all.Go(func() {
			keys, err := OpenKeys(dir)
			if err != nil {
				t.Error(err)
				return
			}
			tokens[i], _ = keys.Issue(technician())
		})
	}
	all.Wait()
	for _, token := range tokens {
		if token == "" || token != tokens[0] {
			t.Fatal("two processes signed with different keys")
		}
	}
	// One that found no key a moment ago must not replace it now.
	must(t, signing.MakeFile(dir, keyFile))
	keys, err := OpenKeys(dir)
	must(t, err)
	if token, err := keys.Issue(technician()); err != nil || token != tokens[0] {
		t.Errorf("a late process replaced the key (%v)", err)
	}
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != 1 || entries[0].Name() != keyFile {
		t.Errorf("left behind: %v", entries)
	}
	info, err := entries[0].Info()
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the key has mode %v", info.Mode())
	}
}

func TestAKeyThatOthersMayTouchOrThatIsNoneIsRefused(t *testing.T) {
	dir := t.TempDir()
	_, err := OpenKeys(dir)
	must(t, err)
	path := filepath.Join(dir, keyFile)
	must(t, os.Chmod(path, 0o640))
	if _, err := OpenKeys(dir); !errors.Is(err, ErrPermissions) {
		t.Errorf("a key that the group can read: %v", err)
	}
	must(t, os.WriteFile(path, []byte(`{"kty":"oct","k":"c2VjcmV0"}`), 0o600))
	must(t, os.Chmod(path, 0o600))
	if _, err := OpenKeys(dir); err == nil || strings.Contains(err.Error(), "c2VjcmV0") {
		t.Errorf("a key of another kind: %v", err)
	}
}
