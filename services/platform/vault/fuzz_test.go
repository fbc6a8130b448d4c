package vault

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
	"google.golang.org/protobuf/proto"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	"aanvraag.internal/services/platform/clock"
)

// Two labels that differ anywhere give different associated data, so no part of a
// label can lend a byte to the next.
func FuzzLabel(f *testing.F) {
	f.Add("s1", "fiscal", "name", "request-r1/c1", "s1", "fiscal", "name", "request-r1/c1")
	f.Add("s", "1fiscal", "name", "p", "s1", "fiscal", "name", "p")
	f.Add("", "", "", "\x00\x00\x00\x00", "\x00\x00\x00\x00", "", "", "")
	f.Fuzz(func(t *testing.T, subject, purpose, field, place, otherSubject, otherPurpose, otherField, otherPlace string) {
		one := Sealed{Subject: subject, Purpose: Purpose(purpose), Field: field, Place: place}
		other := Sealed{Subject: otherSubject, Purpose: Purpose(otherPurpose), Field: otherField, Place: otherPlace}
		same := subject == otherSubject && purpose == otherPurpose && field == otherField && place == otherPlace
		if bytes.Equal(label(one), label(other)) != same {
			t.Fatalf("%+v and %+v", one, other)
		}
		if check(one) == nil && len(label(one)) > len(labelDomain)+16+4*maxLabel {
			t.Fatalf("the label takes %d bytes", len(label(one)))
		}
	})
}

// memory is a key store of one process, without files.
type memory map[string][]byte

func (m memory) Get(_ context.Context, id string) ([]byte, error) {
	if key, known := m[id]; known {
		return key, nil
	}
	return nil, ErrNoKey
}

func (m memory) Create(_ context.Context, keys []WrappedKey) ([][]byte, error) {
	out := make([][]byte, len(keys))
	for i, k := range keys {
		if _, known := m[k.ID]; !known {
			m[k.ID] = k.Wrapped
		}
		out[i] = m[k.ID]
	}
	return out, nil
}

func (memory) Destroy(_ context.Context, _ string, at time.Time) (time.Time, error) { return at, nil }
func (memory) Close() error                                                         { return nil }
func (memory) Record(context.Context, Opening) error                                { return nil }
func (memory) Openings(context.Context, string) ([]Opening, error)                  { return nil, nil }

func (memory) Truncate(context.Context, time.Time) (int64, error) { return 0, nil }

func wrapping(t testing.TB) tink.AEAD {
	t.Helper()
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	kek, err := aead.New(handle)
	if err != nil {
		t.Fatal(err)
	}
	return kek
}

// Only what was sealed opens, and only under its own label. Everything else is
// erased or tampered with, and says neither content nor cipher.
func FuzzSealed(f *testing.F) {
	const text = "de printer van Anna zegt €"
	keys := memory{}
	v, err := New(f.Context(), keys, keys, wrapping(f), clock.NewFrozen(noon, nil))
	if err != nil {
		f.Fatal(err)
	}
	genuine, err := v.Seal(f.Context(), "s1", Operational, "problem", "request-r1/c1", []byte(text))
	if err != nil {
		f.Fatal(err)
	}
	if err := v.Prepare(f.Context(), "s1", Fiscal, Recording); err != nil {
		f.Fatal(err)
	}
	// The cipher is other in every run: what is tried is a change of the real one,
	// from a place on, or bytes in its stead when the place is negative.
	f.Add("s1", "operational", "problem", "request-r1/c1", 0, []byte{})
	f.Add("s1", "operational", "problem", "request-r1/c1", 0, []byte{1})
	f.Add("s1", "operational", "problem", "request-r1/c1", 30, []byte{0x80})
	f.Add("s1", "operational", "problem", "request-r1/c2", 0, []byte{})
	f.Add("s1", "fiscal", "problem", "request-r1/c1", 0, []byte{})
	f.Add("s2", "operational", "problem", "request-r1/c1", 0, []byte{})
	f.Add("s1", "marketing", "problem", "request-r1/c1", 0, []byte{})
	f.Add("s1", "operational", "problem\n", "request-r1/c1", 0, []byte{})
	f.Add("", "", "", "", -1, []byte{})
	f.Add("s1", "operational", "problem", "request-r1/c1", -1, []byte{1})
	f.Add("s1", "operational", "problem", "request-r1/c1", -1, bytes.Repeat([]byte{1}, 64))
	f.Fuzz(func(t *testing.T, subject, purpose, field, place string, at int, change []byte) {
		s := Sealed{Subject: subject, Purpose: Purpose(purpose), Field: field, Place: place, Cipher: change}
		if at >= 0 {
			s.Cipher = bytes.Clone(genuine.Cipher)
			for i, b := range change {
				s.Cipher[(at%len(s.Cipher)+i)%len(s.Cipher)] ^= b
			}
		}
		same := s.Subject == genuine.Subject && s.Purpose == genuine.Purpose && s.Field == genuine.Field &&
			s.Place == genuine.Place && bytes.Equal(s.Cipher, genuine.Cipher)
		content, err := v.Open(t.Context(), s, Access{Actor: "tess", Reason: "a try"})
		switch {
		case same && (err != nil || string(content) != text):
			t.Fatalf("what was sealed opens as %q (%v)", content, err)
		case same:
		case content != nil || !errors.Is(err, ErrTampered) && !errors.Is(err, ErrErased):
			t.Fatalf("%+v opens as %q (%v)", s, content, err)
		}
	})
}

// A sealed value of a message is the one that was put there, or none.
func FuzzFromPublic(f *testing.F) {
	whole, err := proto.Marshal(&commonv1.Sealed{Subject: "s1", Purpose: "fiscal", Field: "name", Place: "p", Cipher: []byte{1, 2}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add([]byte{})
	f.Add([]byte{0x0a, 0x01, 0xff})
	f.Fuzz(func(t *testing.T, wire []byte) {
		var m commonv1.Sealed
		if proto.Unmarshal(wire, &m) != nil {
			return
		}
		s := FromPublic(&m)
		again := Public(s)
		if (again == nil) != (len(m.GetCipher()) == 0) {
			t.Fatalf("%v became %v", &m, again)
		}
		m.ProtoReflect().SetUnknown(nil)
		if again != nil && !proto.Equal(again, &m) {
			t.Fatalf("%v became %v", &m, again)
		}
	})
}

// The list of destroyed keys is read whole or not at all: each whole line names a
// key, and no line is passed over. A last line without its end was never
// acknowledged; the next takes its place.
func FuzzDestroyedList(f *testing.F) {
	const line = "2026-03-02T12:00:00Z operational/s1\n"
	for _, text := range []string{
		``, line, line + line, line + "2026-03-02T12:00:00.000000001Z fiscal/s 2\n", line + "2026-03-02T12:00:00Z fis", line + "\n",
		"2026-03-02T12:00:00Z \n", "2026-03-02T12:00:00Z\n", " operational/s1\n", "2026-03-02T12:00:00+01:00 a\r\n", "2026-03-02T12:00:00,5Z a\n",
		line[:20] + "\x00" + line[21:], strings.Repeat("\x00", 4096), "10000-01-01T00:00:00Z a\n", "0000-01-01T00:00:00+23:59 a\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), destroyedFile)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := openDestroyedList(path)
		if err != nil {
			if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "damaged") {
				t.Fatalf("the fault does not say where: %v", err)
			}
			if left, _ := os.ReadFile(path); !bytes.Equal(left, data) {
				t.Fatalf("a damaged list was changed to %q", left)
			}
			return
		}
		whole := data[:bytes.LastIndexByte(data, '\n')+1]
		if len(l.held) != bytes.Count(whole, []byte("\n")) {
			t.Fatalf("%q names %d keys", whole, len(l.held))
		}
		for i, text := range strings.Split(strings.TrimSuffix(string(whole), "\n"), "\n")[:len(l.held)] {
			if id := l.held[i].id; id == "" || !strings.HasSuffix(text, " "+id) || l.held[i].at.IsZero() && !strings.HasPrefix(text, "0001-") {
				t.Fatalf("%q names %+v", text, l.held[i])
			}
		}
		held := l.held
		last := tombstone{id: "fiscal/s9", at: noon}
		if err := errors.Join(l.add(last), l.close()); err != nil {
			t.Fatal(err)
		}
		again, err := openDestroyedList(path)
		if err != nil {
			t.Fatal(err)
		}
		defer again.close()
		if n := len(held); len(again.held) != n+1 || again.held[n].id != last.id || !again.held[n].at.Equal(noon) {
			t.Fatalf("after %q and one more it names %+v", data, again.held)
		}
		for i, s := range held {
			if again.held[i].id != s.id || !again.held[i].at.Equal(s.at) {
				t.Fatalf("%+v became %+v", s, again.held[i])
			}
		}
	})
}

// kek.json gives a key that wraps and unwraps, or a fault that does not quote it.
func FuzzKEKFile(f *testing.F) {
	dir := f.TempDir()
	if _, err := openKEK(dir, true); err != nil {
		f.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(dir, kekFile))
	if err != nil {
		f.Fatal(err)
	}
	// Seeds that are the same in every run: the form of the file around another key.
	value := base64.StdEncoding.EncodeToString(append([]byte{0x1a, 32}, bytes.Repeat([]byte{7}, 32)...))
	var form map[string]any
	if err := json.Unmarshal(file, &form); err != nil {
		f.Fatal(err)
	}
	form["primaryKeyId"] = 7
	key := form["key"].([]any)[0].(map[string]any)
	key["keyId"] = 7
	key["keyData"].(map[string]any)["value"] = value
	good, err := json.Marshal(form)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	for from, to := range map[string]string{
		value: value[:20], `"ENABLED"`: `"DISABLED"`, `"SYMMETRIC"`: `"REMOTE"`, `"TINK"`: `"RAW"`, `"primaryKeyId":7`: `"primaryKeyId":8`,
		`AesGcmKey`: `AesSivKey`, `"keyData":{`: `"keyData":null,"x":{`, `:"` + value: `:"` + value + `*`, `"key":[`: `"key":[null,`,
	} {
		if !bytes.Contains(good, []byte(from)) {
			f.Fatalf("%s holds no %s", good, from)
		}
		f.Add(bytes.Replace(good, []byte(from), []byte(to), 1))
	}
	f.Add([]byte(``))
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"key":[{}]}`))
	f.Add([]byte(`{"key":` + strings.Repeat(`[`, 20_000)))
	f.Fuzz(func(t *testing.T, file []byte) {
		dir := t.TempDir()
		path := filepath.Join(dir, kekFile)
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		kek, err := openKEK(dir, false)
		if err != nil {
			for part := range strings.FieldsFuncSeq(err.Error(), func(r rune) bool { return r == '"' || r == ' ' }) {
				if len(part) >= 16 && strings.Contains(value, part) {
					t.Fatalf("the fault quotes the key: %v", err)
				}
			}
			return
		}
		wrapped, err := newDataKey(kek, "fiscal/s1")
		if err != nil {
			return
		}
		if raw, err := unwrap(kek, wrapped.ID, wrapped.Wrapped); err != nil || len(raw) != dataKeyBytes {
			t.Fatalf("%s wraps what it does not unwrap: %v", file, err)
		}
	})
}

// Bytes that stand where a wrapped key should are no key, unless they are the one
// that was wrapped for that id.
func FuzzWrappedKey(f *testing.F) {
	kek := wrapping(f)
	genuine, err := newDataKey(kek, "fiscal/s1")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("fiscal/s1", 0, []byte{})
	f.Add("fiscal/s2", 0, []byte{})
	f.Add("fiscal/s1", 5, []byte{1})
	f.Add("fiscal/s1", -1, []byte{})
	f.Add("fiscal/s1", -1, make([]byte, 65))
	f.Add("fiscal/s1", -1, bytes.Repeat([]byte{1}, 4096))
	f.Fuzz(func(t *testing.T, id string, at int, change []byte) {
		wrapped := change
		if at >= 0 {
			wrapped = bytes.Clone(genuine.Wrapped)
			for i, b := range change {
				wrapped[(at%len(wrapped)+i)%len(wrapped)] ^= b
			}
		}
		key, err := unwrapCipher(kek, id, wrapped)
		if same := id == genuine.ID && bytes.Equal(wrapped, genuine.Wrapped); (err == nil) != same || (key != nil) != same {
			t.Fatalf("%x of %q is taken for a key (%v)", wrapped, id, err)
		}
	})
}
