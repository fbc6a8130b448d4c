package vault_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/vault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	desk = vault.Access{Actor: "tech-7", Reason: "request r1"}
)

func open(t testing.TB, dir string) *vault.Vault {
	t.Helper()
	v, err := vault.Open(dir, clock.NewFrozen(noon, nil))
	if err != nil {
		t.Fatalf("open vault: %v", err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

func seal(t testing.TB, v *vault.Vault, subject string, purpose vault.Purpose, text string) vault.Sealed {
	t.Helper()
	s, err := v.Seal(t.Context(), subject, purpose, "problem", "request-r1/c1", []byte(text))
	if err != nil {
		t.Fatalf("seal: %v", err)
	}
	return s
}

func destroy(t testing.TB, v *vault.Vault, subject string, purpose vault.Purpose) vault.Destroyed {
	t.Helper()
	d, err := v.Destroy(t.Context(), subject, purpose)
	if err != nil {
		t.Fatalf("destroy: %v", err)
	}
	return d
}

func wantOpens(t testing.TB, v *vault.Vault, s vault.Sealed, text string) {
	t.Helper()
	got, err := v.Open(t.Context(), s, desk)
	if err != nil || string(got) != text {
		t.Errorf("open = %q, %v, want %q", got, err, text)
	}
}

func wantRefused(t testing.TB, v *vault.Vault, s vault.Sealed, want error) {
	t.Helper()
	got, err := v.Open(t.Context(), s, desk)
	if !errors.Is(err, want) || got != nil {
		t.Errorf("open = %q, %v, want nothing, %v", got, err, want)
	}
}

func wantErased(t testing.TB, v *vault.Vault, s vault.Sealed) {
	t.Helper()
	wantRefused(t, v, s, vault.ErrErased)
	_, err := v.Seal(t.Context(), s.Subject, s.Purpose, s.Field, s.Place, []byte("again"))
	if !errors.Is(err, vault.ErrErased) {
		t.Errorf("seal = %v, want ErrErased", err)
	}
	if err := v.Prepare(t.Context(), s.Subject, s.Purpose); !errors.Is(err, vault.ErrErased) {
		t.Errorf("prepare = %v, want ErrErased", err)
	}
	if there, err := v.Exists(t.Context(), s.Subject, s.Purpose); there || err != nil {
		t.Errorf("exists = %v, %v, want false", there, err)
	}
}

func TestWhatWasSealedOpensAlsoAfterARestart(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir)
	s := seal(t, v, "subject-1", vault.Operational, "the screen stays black")
	wantOpens(t, v, s, "the screen stays black")
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	wantOpens(t, open(t, dir), s, "the screen stays black")
}

func TestASealedValueSurvivesItsJSON(t *testing.T) {
	v := open(t, t.TempDir())
	s := seal(t, v, "subject-1", vault.Fiscal, "Kerkstraat 1")
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back vault.Sealed
	if err := json.Unmarshal(data, &back, json.RejectUnknownMembers(true)); err != nil {
		t.Fatal(err)
	}
	wantOpens(t, v, back, "Kerkstraat 1")
}

func TestAnyContentComesBackUnderAnyLabel(t *testing.T) {
	v := open(t, t.TempDir())
	part := rapid.StringMatching(`[a-z0-9|/ é-]{1,40}`)
	rapid.Check(t, func(rt *rapid.T) {
		subject, field, place := part.Draw(rt, "subject"), part.Draw(rt, "field"), part.Draw(rt, "place")
		content := rapid.SliceOf(rapid.Byte()).Draw(rt, "content")
		s, err := v.Seal(t.Context(), subject, vault.Fiscal, field, place, content)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := v.Open(t.Context(), s, desk)
		if err != nil || !bytes.Equal(got, content) {
			rt.Fatalf("open = %q, %v, want %q", got, err, content)
		}
	})
}

func TestEqualContentIsSealedDifferently(t *testing.T) {
	v := open(t, t.TempDir())
	a := seal(t, v, "subject-1", vault.Fiscal, "12")
	if b := seal(t, v, "subject-1", vault.Fiscal, "12"); bytes.Equal(a.Cipher, b.Cipher) {
		t.Error("two seals of one text are equal, so equality shows")
	}
}

func TestACipherDoesNotOpenUnderAnotherLabel(t *testing.T) {
	v := open(t, t.TempDir())
	s := seal(t, v, "subject-1", vault.Operational, "of one")
	for _, purpose := range []vault.Purpose{vault.Operational, vault.Fiscal} {
		seal(t, v, "subject-2", purpose, "of two")
		seal(t, v, "subject-1", purpose, "of one")
	}
	tests := map[string]struct {
		alter func(*vault.Sealed)
		want  error
	}{
		"another's subject":  {func(s *vault.Sealed) { s.Subject = "subject-2" }, vault.ErrTampered},
		"another purpose":    {func(s *vault.Sealed) { s.Purpose = vault.Fiscal }, vault.ErrTampered},
		"another field":      {func(s *vault.Sealed) { s.Field = "email" }, vault.ErrTampered},
		"another place":      {func(s *vault.Sealed) { s.Place = "request-r2/c1" }, vault.ErrTampered},
		"a moved boundary":   {func(s *vault.Sealed) { s.Field, s.Place = "problemr", "equest-r1/c1" }, vault.ErrTampered},
		"an unknown subject": {func(s *vault.Sealed) { s.Subject = "subject-3" }, vault.ErrErased},
		"an unknown purpose": {func(s *vault.Sealed) { s.Purpose = "marketing" }, vault.ErrErased},
		"no label":           {func(s *vault.Sealed) { *s = vault.Sealed{Cipher: s.Cipher} }, vault.ErrErased},
		"no cipher":          {func(s *vault.Sealed) { s.Cipher = nil }, vault.ErrTampered},
		"half a cipher":      {func(s *vault.Sealed) { s.Cipher = s.Cipher[:len(s.Cipher)/2] }, vault.ErrTampered},
		"only a format":      {func(s *vault.Sealed) { s.Cipher = s.Cipher[:1] }, vault.ErrTampered},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			altered := s
			tt.alter(&altered)
			wantRefused(t, v, altered, tt.want)
		})
	}
	wantOpens(t, v, s, "of one")
}

func TestEveryFlippedBitIsNoticed(t *testing.T) {
	v := open(t, t.TempDir())
	s := seal(t, v, "subject-1", vault.Operational, "a black screen")
	for i := range len(s.Cipher) * 8 {
		flipped := s
		flipped.Cipher = bytes.Clone(s.Cipher)
		flipped.Cipher[i/8] ^= 1 << (i % 8)
		wantRefused(t, v, flipped, vault.ErrTampered)
	}
}

func TestALabelMustBeCompleteAndPlain(t *testing.T) {
	v := open(t, t.TempDir())
	long := strings.Repeat("x", 513)
	for name, label := range map[string][4]string{
		"no subject":      {"", "fiscal", "name", "place"},
		"no purpose":      {"s", "", "name", "place"},
		"unknown purpose": {"s", "installation", "name", "place"},
		"no field":        {"s", "fiscal", "", "place"},
		"no place":        {"s", "fiscal", "name", ""},
		"a line break":    {"s\nfiscal/t", "fiscal", "name", "place"},
		"too long":        {long, "fiscal", "name", "place"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := v.Seal(t.Context(), label[0], vault.Purpose(label[1]), label[2], label[3], nil)
			if !errors.Is(err, vault.ErrLabel) {
				t.Errorf("seal = %v, want ErrLabel", err)
			}
		})
	}
	if _, err := v.Destroy(t.Context(), "fingerprint", "installation"); !errors.Is(err, vault.ErrLabel) {
		t.Errorf("destroying the installation's secret = %v, want ErrLabel", err)
	}
}

func TestDestroyErasesOnePurposeForEver(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir)
	gone := seal(t, v, "subject-1", vault.Operational, "a black screen")
	kept := seal(t, v, "subject-1", vault.Fiscal, "Kerkstraat 1")

	want := vault.Destroyed{KeyID: vault.KeyID("subject-1", vault.Operational), At: noon}
	if d := destroy(t, v, "subject-1", vault.Operational); d != want {
		t.Errorf("destroy = %v, want %v", d, want)
	}
	wantErased(t, v, gone)
	wantOpens(t, v, kept, "Kerkstraat 1")

	v.Close()
	later, err := vault.Open(dir, clock.NewFrozen(noon.AddDate(1, 0, 0), nil))
	if err != nil {
		t.Fatal(err)
	}
	defer later.Close()
	wantErased(t, later, gone)
	wantOpens(t, later, kept, "Kerkstraat 1")
	if d := destroy(t, later, "subject-1", vault.Operational); d != want {
		t.Errorf("destroying again a year later = %v, want %v", d, want)
	}
}

func TestErasingAnUnknownSubjectGivesTheSameAnswer(t *testing.T) {
	v := open(t, t.TempDir())
	want := vault.Destroyed{KeyID: "operational/nobody", At: noon}
	if d := destroy(t, v, "nobody", vault.Operational); d != want {
		t.Errorf("destroy = %v, want %v", d, want)
	}
	if _, err := v.Seal(t.Context(), "nobody", vault.Operational, "f", "p", nil); !errors.Is(err, vault.ErrErased) {
		t.Errorf("seal = %v, want ErrErased", err)
	}
}

func TestManyWhoSealForANewSubjectShareOneKey(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir)
	sealed := make([]vault.Sealed, 100)
	var wg sync.WaitGroup
	for i := range sealed {
		wg.Go(func() {
			var err error
			sealed[i], err = v.Seal(t.Context(), "subject-1", vault.Fiscal, "name", "place", []byte{byte(i)})
			if err != nil {
				t.Errorf("seal: %v", err)
			}
		})
	}
	wg.Wait()
	v.Close()
	// Opened anew, only the key that was stored is left.
	v = open(t, dir)
	for i, s := range sealed {
		wantOpens(t, v, s, string([]byte{byte(i)}))
	}
}

// slow answers a creation only after then has run.
type slow struct {
	vault.KeyStore
	then func()
}

func (s *slow) Create(ctx context.Context, keys []vault.WrappedKey) ([][]byte, error) {
	standing, err := s.KeyStore.Create(ctx, keys)
	if s.then != nil {
		s.then()
	}
	return standing, err
}

func TestADestructionIsNotUndoneByAKeyThatWasOnItsWay(t *testing.T) {
	files, err := vault.OpenFiles(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	kek, err := aead.New(handle)
	if err != nil {
		t.Fatal(err)
	}
	keys := &slow{KeyStore: files}
	v, err := vault.New(t.Context(), keys, files, kek, clock.NewFrozen(noon, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	keys.then = func() {
		keys.then = nil
		destroy(t, v, "subject-1", vault.Fiscal)
	}
	// The key was made before the destruction and reaches the seal after it.
	s := seal(t, v, "subject-1", vault.Fiscal, "x")
	wantErased(t, v, s)
}

func TestPrepareMakesAllKeysAtOnce(t *testing.T) {
	v := open(t, t.TempDir())
	if err := v.Prepare(t.Context(), "subject-1", vault.Operational, vault.Fiscal, vault.Fiscal); err != nil {
		t.Fatal(err)
	}
	for purpose, want := range map[vault.Purpose]bool{
		vault.Operational: true, vault.Fiscal: true, vault.Recording: false,
	} {
		if there, err := v.Exists(t.Context(), "subject-1", purpose); there != want || err != nil {
			t.Errorf("exists %s = %v, %v, want %v", purpose, there, err, want)
		}
	}
	if err := v.Prepare(t.Context(), "subject-1", vault.Fiscal, "marketing"); !errors.Is(err, vault.ErrLabel) {
		t.Errorf("prepare for an unknown purpose = %v, want ErrLabel", err)
	}
}

func TestEveryOpeningIsRecordedWithWhoAndWhy(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir)
	s := seal(t, v, "subject-1", vault.Operational, "a black screen")
	other := seal(t, v, "subject-2", vault.Operational, "no sound")
	wantOpens(t, v, s, "a black screen")
	wantOpens(t, v, other, "no sound")
	v.Close()

	v = open(t, dir)
	got, err := v.Openings(t.Context(), "subject-1")
	if err != nil {
		t.Fatal(err)
	}
	want := vault.Opening{
		At: noon, Access: desk, Subject: "subject-1", Purpose: vault.Operational,
		Field: "problem", Place: "request-r1/c1",
	}
	if len(got) != 1 || got[0] != want {
		t.Errorf("openings = %v, want %v", got, want)
	}
}

func TestNothingOpensWithoutActorAndReason(t *testing.T) {
	v := open(t, t.TempDir())
	s := seal(t, v, "subject-1", vault.Operational, "a black screen")
	for _, access := range []vault.Access{{}, {Actor: "tech-7"}, {Reason: "request r1"}} {
		if got, err := v.Open(t.Context(), s, access); !errors.Is(err, vault.ErrNoReason) || got != nil {
			t.Errorf("open by %v = %q, %v, want nothing, ErrNoReason", access, got, err)
		}
	}
}

func TestOpeningsAreTruncatedByAge(t *testing.T) {
	clk := clock.NewFrozen(noon, nil)
	v, err := vault.Open(t.TempDir(), clk)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	s := seal(t, v, "subject-1", vault.Operational, "x")
	wantOpens(t, v, s, "x")
	limit, err := clk.Advance(time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	wantOpens(t, v, s, "x")
	if n, err := v.TruncateOpenings(t.Context(), limit); n != 1 || err != nil {
		t.Errorf("truncate = %d, %v, want 1", n, err)
	}
	left, err := v.Openings(t.Context(), "subject-1")
	if err != nil || len(left) != 1 || !left[0].At.Equal(limit) {
		t.Errorf("left = %v, %v, want the one at %v", left, err, limit)
	}
}

func TestAFingerprintIsStableKeyedAndOfOneInstallation(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir)
	first := v.Fingerprint([]byte("0612345678"))
	if bytes.Equal(first, v.Fingerprint([]byte("0612345679"))) {
		t.Error("different data have one fingerprint")
	}
	v.Close()
	if !bytes.Equal(first, open(t, dir).Fingerprint([]byte("0612345678"))) {
		t.Error("the fingerprint changed with a restart")
	}
	if bytes.Equal(first, open(t, t.TempDir()).Fingerprint([]byte("0612345678"))) {
		t.Error("another installation gives the same fingerprint")
	}
}

type contact struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

func TestAStructIsSealedAsOneField(t *testing.T) {
	v := open(t, t.TempDir())
	want := contact{Name: "Canary", Email: "canary@example.org"}
	s, err := vault.SealJSON(t.Context(), v, "subject-1", vault.Fiscal, "contact", "request-r1/c1", want)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := vault.OpenJSON[contact](t.Context(), v, s, desk); got != want || err != nil {
		t.Errorf("open = %v, %v, want %v", got, err, want)
	}
}

func TestAnErrorAboutContentDoesNotQuoteIt(t *testing.T) {
	v := open(t, t.TempDir())
	s := seal(t, v, "subject-1", vault.Fiscal, `{"name":"Canary","name":"Canary"} Canary`)
	_, err := vault.OpenJSON[contact](t.Context(), v, s, desk)
	if !errors.Is(err, vault.ErrContent) || strings.Contains(err.Error(), "Canary") {
		t.Errorf("open = %v, want ErrContent without the content", err)
	}
}
