package rpc

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/proto/gen/aanvraag/intake/v1/intakev1connect"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/platform/clock"
)

// signer is a key that is the same in every run, as its file holds it.
func signer(t testing.TB, fill byte) ([]byte, *Keys) {
	t.Helper()
	private, err := jwk.Import(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{fill}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	file, err := json.Marshal(private)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := parseKey(file)
	if err != nil {
		t.Fatal(err)
	}
	return file, keys
}

func issue(t testing.TB, keys *Keys, c Claims) string {
	t.Helper()
	token, err := keys.Issue(c)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// Only a token that was issued says anything, and then what it was issued for.
// Whatever else is presented is refused, and appears in no error.
func FuzzBearerToken(f *testing.F) {
	_, keys := signer(f, 1)
	_, others := signer(f, 2)
	customer := technician()
	customer.Role, customer.SupportRequestID = commonv1.Role_ROLE_CUSTOMER, reqID
	issued := map[string]Caller{}
	for _, c := range []Claims{technician(), customer} {
		token := issue(f, keys, c)
		issued[token] = Caller{Role: c.Role, Subject: c.Subject, SupportRequestID: c.SupportRequestID, Authentication: AuthToken}
		f.Add(token)
	}
	good := issue(f, keys, technician())
	parts := strings.Split(good, ".")
	header := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) + "." }
	f.Add(issue(f, others, technician()))
	f.Add("")
	f.Add("..")
	f.Add(good + "=")
	f.Add(parts[0] + "\r\n." + parts[1] + "." + parts[2])
	f.Add(parts[0] + "." + parts[1] + "." + strings.NewReplacer("-", "+", "_", "/").Replace(parts[2]))
	for _, last := range "xyz0123456789-_" { // it has bits to spare
		f.Add(good[:len(good)-1] + string(last))
	}
	f.Add(parts[0] + "." + parts[1] + ".")
	f.Add(header(`{"alg":"none"}`) + parts[1] + ".")
	f.Add(header(`{"alg":"HS256"}`) + parts[1] + "." + parts[2])
	f.Add(header(`{"alg":"EdDSA","b64":false,"crit":["b64"]}`) + parts[1] + "." + parts[2])
	f.Add(header(`{"alg":"EdDSA","jku":"http://127.0.0.1/"}`) + parts[1] + "." + parts[2])
	f.Add(`{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`)
	f.Add(`{"payload":"` + parts[1] + `","signatures":[{"protected":"` + parts[0] + `","signature":"` + parts[2] + `"}]}`)
	f.Add(strings.Repeat("A.", maxTokenBytes/2))
	f.Add(good + strings.Repeat("A", maxTokenBytes))
	f.Fuzz(func(t *testing.T, token string) {
		caller, err := keys.Authenticate(noon, token)
		want, known := issued[token]
		if (err == nil) != known || caller != want {
			t.Fatalf("%q is taken for %+v (%v)", token, caller, err)
		}
		if err != nil && len(token) > 32 && strings.Contains(err.Error(), token) {
			t.Fatalf("the error repeats the token: %v", err)
		}
		if n := keys.verified.Len(); n > len(issued) {
			t.Fatalf("%d tokens are remembered", n)
		}
	})
}

// What a good signature stands under is still not believed unless it is what
// Issue writes: known claims, a role that has tokens, times in order.
func FuzzTokenClaims(f *testing.F) {
	_, keys := signer(f, 1)
	_, others := signer(f, 2)
	const about = `"iss":"aanvraag","aud":"aanvraag"`
	f.Add([]byte(`{` + about + `,"sub":"tess","role":"technician","iat":1795435200,"nbf":1795435200,"exp":1795438800}`))
	for _, claims := range []string{
		`"role":"customer","support_request":"` + reqID + `","iat":1,"nbf":1,"exp":9999999999`,
		`"role":"technician","iat":0,"nbf":9223372036854775807,"exp":9999999999`,
		`"role":"technician","iat":0,"nbf":0,"exp":9223372036854775807`,
		`"role":"technician","iat":-9223372036854775808,"nbf":-9223372036854775808,"exp":9999999999`,
		`"role":"technician","iat":0,"nbf":0,"exp":1e10`,
		`"role":"technician","iat":0,"exp":9999999999,"nbf":0,"root":true`,
		`"role":"unspecified","exp":9999999999`, `"role":"public","exp":9999999999`, `"role":"technician","role":"administrator","exp":9999999999`,
		`"role":"customer","support_request":"","exp":9999999999`, `"role":"technician","aud":["aanvraag"],"exp":9999999999`,
	} {
		f.Add([]byte(`{` + about + `,` + claims + `}`))
	}
	f.Add([]byte(`null`))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, claims []byte) {
		for _, by := range []*Keys{keys, others} {
			token, err := jws.Sign(claims, jws.WithKey(jwa.EdDSA(), by.private))
			if err != nil {
				continue
			}
			caller, err := keys.Authenticate(noon, string(token))
			if err != nil {
				if caller != (Caller{}) {
					t.Fatalf("%s is refused, and taken for %+v", claims, caller)
				}
				continue
			}
			if by != keys {
				t.Fatalf("%s of another key is taken for %+v", claims, caller)
			}
			var said payload
			if err := strictly(claims, &said); err != nil {
				t.Fatalf("%s: %v", claims, err)
			}
			if RoleName(caller.Role) != said.Role || said.Role == "public" || caller.Authentication != AuthToken ||
				(said.Role == "customer") != (caller.SupportRequestID != "") {
				t.Fatalf("%s is taken for %+v", claims, caller)
			}
			if now := noon.Unix(); said.NotBefore > now+int64(tokenLeeway/time.Second) || said.ExpiresAt <= now {
				t.Fatalf("%s is taken at %d", claims, now)
			}
		}
	})
}

// strictly reads JSON by another library than the product does.
func strictly(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// The file of the signing key gives a key that signs and recognises, or an error
// that does not quote it.
func FuzzSigningKeyFile(f *testing.F) {
	file, _ := signer(f, 1)
	f.Add(file)
	f.Add(bytes.Replace(file, []byte(`"d":"`), []byte(`"d":"AA`), 1))
	for _, text := range []string{
		``, `{}`, `{"kty":"oct","k":"c2VjcmV0"}`, `{"kty":"OKP","crv":"Ed25519","x":"","d":""}`, `{"kty":"OKP","crv":"Ed25519","x":"AQ","d":"AQ"}`,
		`{"kty":"OKP","crv":"X25519","x":"AQ","d":"AQ"}`, `{"keys":[]}`, `{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ","d":"AQ"}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		keys, err := parseKey(file)
		if err != nil {
			if len(file) > 16 && strings.Contains(err.Error(), string(file[len(file)-16:])) {
				t.Fatalf("the error quotes the file: %v", err)
			}
			return
		}
		token, err := keys.Issue(technician())
		if err != nil {
			return
		}
		if caller, err := keys.Authenticate(noon, token); err != nil || caller.Subject != "tess" {
			t.Fatalf("%s signs what it does not recognise: %+v (%v)", file, caller, err)
		}
	})
}

// A token of a position or of a page is written one way. Everything else is
// INVALID_ARGUMENT with its reason, in few words.
func FuzzTokensOfReaders(f *testing.F) {
	f.Add("", []byte(nil))
	f.Add(Token(0), []byte(nil))
	f.Add(Token(1<<64-1), []byte("x"))
	f.Add(Token(7)+"=", []byte(nil))
	f.Add(Token(7)[:8]+"\n"+Token(7)[8:], []byte(nil))
	f.Add("AAAAAAAAAQIx4YM5", []byte(nil))
	f.Add(pageToken([]byte("filter"), "2026-000007"), []byte("filter"))
	f.Add(pageToken([]byte("filter"), "9223372036854775807"), []byte("filter"))
	f.Add(pageToken([]byte("filter"), "-1"), []byte("filter"))
	f.Add(pageToken([]byte("filter"), "\xff\x00'; --"), []byte("filter"))
	f.Add(pageToken([]byte("filter"), "k"), []byte("another"))
	f.Add(pageToken([]byte("filter"), "k")+"\r\n", []byte("filter"))
	f.Add(pageToken([]byte("filter"), "k")[:22], []byte("filter"))
	f.Fuzz(func(t *testing.T, token string, filter []byte) {
		position, err := ParseToken(token)
		if err != nil {
			refused(t, err, connect.CodeInvalidArgument, ReasonConsistencyTokenInvalid)
		} else if token != "" && Token(position) != token || token == "" && position != 0 {
			t.Fatalf("%q is read as %d, which is written %q", token, position, Token(position))
		}
		key, err := parsePage(filter, token)
		if err != nil {
			refused(t, err, connect.CodeInvalidArgument, ReasonPageTokenInvalid)
			if len(err.Error()) > 200 {
				t.Fatalf("the error has %d bytes", len(err.Error()))
			}
			return
		}
		if pageToken(filter, key) != token {
			t.Fatalf("%q is read as %q, which is written %q", token, key, pageToken(filter, key))
		}
		page := Page{Key: key, filter: filter}
		at, err := page.Position()
		switch {
		case err != nil:
			refused(t, err, connect.CodeInvalidArgument, ReasonPageTokenInvalid)
		case at < 0 || (at == 0) != (token == ""):
			t.Fatalf("%q is read as position %d", token, at)
		}
	})
}

// bodies are messages of every shape that the contract has: nested, repeated,
// optional, enums, well-known types, a map.
func bodies() []proto.Message {
	return []proto.Message{
		&intakev1.SubmitSupportRequestRequest{}, &intakev1.ListSupportRequestsRequest{}, &schedulingv1.BookAppointmentRequest{},
		&schedulingv1.CancelAppointmentRequest{}, &consentv1.GiveConsentRequest{}, &consentv1.TermsPublished{},
		&schedulingv1.GetSessionResponse{},
	}
}

// filled are samples of some of them.
func filled() []proto.Message {
	return []proto.Message{
		submit(),
		&intakev1.ListSupportRequestsRequest{PageSize: 3, States: []intakev1.SupportRequestState{1, 0, 99}},
		&schedulingv1.BookAppointmentRequest{
			IdempotencyKey: key, Start: timestamppb.New(noon), Duration: durationpb.New(time.Hour + 1),
		},
		&schedulingv1.CancelAppointmentRequest{IfRevision: new(int64)},
		&consentv1.TermsPublished{Sha256ByLanguage: map[string]string{"nl": "ab", "en": "", "": "cd"}, EffectiveFrom: timestamppb.New(noon)},
	}
}

// A JSON body is a message or a fault with its place, which quotes nothing of the
// body but a field's name. A message means the same however it is written.
func FuzzJSONBody(f *testing.F) {
	for _, m := range filled() {
		text, err := protojson.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, text := range []string{
		``, `{}`, `[]`, `null`, `{"a b":1}`, `{"party":{"name":"Anna","nickname":"Bob"}}`, `{"idempotencyKey":"a","idempotency_key":"b"}`,
		`{"start":"9999-12-31T23:59:59.999999999Z","duration":"315576000000s"}`, `{"start":"0001-01-01T00:00:00Z","duration":"-0.5s"}`,
		`{"ifRevision":"9223372036854775807"}`, `{"ifRevision":1e18}`, `{"ifRevision":null}`, `{"states":["SUPPORT_REQUEST_STATE_CLOSED",14,-1]}`,
		"{\"problem\":\"\xff\"}", `{"problem":"\ud800"}`, `{"sha256ByLanguage":{"nl":"a","nl":"b"}}`, `{"party":` + strings.Repeat(`{"address":`, 12_000),
	} {
		f.Add([]byte(text))
	}
	binary, strict := codecs()[0], codecs()[1]
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, m := range bodies() {
			if err := strict.UnmarshalRead(t.Context(), bytes.NewReader(body), m); err != nil {
				fault, ok := errors.AsType[*bodyFault](err)
				if !ok || fault.reason != ReasonInvalidJSON && fault.reason != ReasonUnknownField || len(fault.field) > 64 ||
					len(fault.position) > 32 || fault.toCaller().Code() != connect.CodeInvalidArgument {
					t.Fatalf("%q is answered %v (%+v)", body, err, fault)
				}
				continue
			}
			_, fields, _ := bytes.Cut(body, []byte("{"))
			more := append([]byte(`{"noSuchField":0,`), bytes.TrimLeft(fields, " \t\r\n")...)
			more = bytes.Replace(more, []byte(",}"), []byte("}"), 1) // there was no field
			if err := strict.UnmarshalRead(t.Context(), bytes.NewReader(more), m.ProtoReflect().New().Interface()); err == nil {
				t.Fatalf("%q is taken", more)
			}
			want := canonicalOf(t, m)
			for _, c := range []connect.Codec{binary, strict} {
				var written bytes.Buffer
				again := m.ProtoReflect().New().Interface()
				if err := errors.Join(c.MarshalWrite(t.Context(), &written, m), c.UnmarshalRead(t.Context(), &written, again)); err != nil {
					t.Fatalf("%q as %s: %v", body, c.Name(), err)
				}
				if !proto.Equal(m, again) || !bytes.Equal(canonicalOf(t, again), want) {
					t.Fatalf("%q by way of %s is %v, not %v", body, c.Name(), again, m)
				}
			}
		}
	})
}

func canonicalOf(t *testing.T, m proto.Message) []byte {
	t.Helper()
	out, err := canonical(m)
	if err != nil {
		t.Fatalf("%v has no canonical form: %v", m, err)
	}
	return out
}

// Two messages have one canonical form only when they are the same message (P5).
// It is at most 20 times as long as the message.
func FuzzCanonical(f *testing.F) {
	wire := func(m proto.Message) []byte {
		data, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		return data
	}
	for _, m := range filled() {
		f.Add(wire(m), wire(m))
		other := proto.Clone(m)
		proto.Merge(other, m) // lists twice as long
		f.Add(wire(m), wire(other))
	}
	// Texts that hold what stands between two fields.
	const between = "\x00\x00\x00\x00\x00\x00\x00\x02s"
	f.Add(wire(&intakev1.SubmitSupportRequestRequest{IdempotencyKey: "p", SupportRequestId: "q" + between + "r"}),
		wire(&intakev1.SubmitSupportRequestRequest{IdempotencyKey: "p" + between + "q", SupportRequestId: "r"}))
	f.Add([]byte{}, []byte{0x0a, 0x00})             // an empty string is no string
	f.Add([]byte{0x1a, 0x02, 1, 2}, []byte{24, 2})  // packed and not
	f.Add([]byte{0xf8, 0x7f, 1}, []byte{})          // a field of tomorrow
	f.Add([]byte{0x0a, 0x01, 0xff}, []byte{0x0a})   // no text, and a cut message
	f.Add([]byte{0x18, 0x80, 0x80}, []byte{18, 80}) // a number without an end
	f.Fuzz(func(t *testing.T, one, two []byte) {
		for _, kind := range bodies() {
			a, b := kind, kind.ProtoReflect().New().Interface()
			if proto.Unmarshal(one, a) != nil || proto.Unmarshal(two, b) != nil {
				continue
			}
			first, err := canonical(a)
			second, other := canonical(b)
			if err != nil || other != nil {
				for _, err := range []error{err, other} {
					if err != nil {
						refused(t, err, connect.CodeInvalidArgument, ReasonUnknownField)
					}
				}
				continue
			}
			if bytes.Equal(first, second) != proto.Equal(a, b) {
				t.Fatalf("%v and %v: %x, %x", a, b, first, second)
			}
			if len(first) > 128+20*len(one) {
				t.Fatalf("%d bytes have a canonical form of %d", len(one), len(first))
			}
			if again := proto.Clone(a); !bytes.Equal(canonicalOf(t, again), first) {
				t.Fatalf("%v has two canonical forms", a)
			}
		}
	})
}

// One idempotency key is one command, however it is spelled; another key is
// another command, and a key that is none makes no command.
func FuzzIdempotencyKey(f *testing.F) {
	const other = "0b8f6a0e-6f7e-4a53-9d55-1f1f0a5d2c11"
	f.Add(key, other)
	f.Add(key, strings.ToUpper(key))
	f.Add(key, "urn:uuid:"+key)
	f.Add(key, "{"+key+"}")
	f.Add(key, strings.ReplaceAll(key, "-", ""))
	f.Add(key, uuid.Nil.String())
	f.Add(" "+key, "")
	f.Add(key+"\x00", "é")
	f.Fuzz(func(t *testing.T, one, two string) {
		id := func(key string) (uuid.UUID, bool) {
			req := submit()
			req.IdempotencyKey = key
			env, err := NewCommand(t.Context(), clock.NewFrozen(noon, nil), same, req, reqID)
			parsed, problem := uuid.Parse(key)
			if wrong := problem != nil || parsed == uuid.Nil; (err != nil) != wrong {
				t.Fatalf("the key %q gives %v (%v)", key, env.CommandID, err)
			}
			if err != nil {
				refused(t, err, connect.CodeInvalidArgument, ReasonInvalidRequest)
				return uuid.Nil, false
			}
			if env.CommandID == parsed || env.CommandID.Version() != 5 {
				t.Fatalf("the key %q is the command's id itself", key)
			}
			normalise(req)
			again, err := NewCommand(t.Context(), clock.NewFrozen(noon, nil), same, req, reqID)
			if err != nil || again.CommandID != env.CommandID || !bytes.Equal(again.Fingerprint, env.Fingerprint) {
				t.Fatalf("the key %q gives two commands (%v)", key, err)
			}
			return env.CommandID, true
		}
		a, okA := id(one)
		b, okB := id(two)
		if okA && okB && (a == b) != (uuid.MustParse(one) == uuid.MustParse(two)) {
			t.Fatalf("%q and %q give %s and %s", one, two, a, b)
		}
	})
}

// Whatever is posted, in whatever encoding, gets an answer of the protocol: never
// a panic, never an internal error, never more than a few kilobytes.
func FuzzPost(f *testing.F) {
	_, keys := signer(f, 1)
	registered := NewServer(ServerConfig{Clock: clock.NewFrozen(noon, nil), Authenticator: keys})
	intakev1connect.RegisterIntakeServiceHandler(registered, &desk{get: func(ctx context.Context, req *intakev1.GetSupportRequestRequest) error {
		if _, err := NewPage(&intakev1.ListSupportRequestsRequest{PageToken: req.GetConsistencyToken()}); err != nil {
			return err
		}
		_, err := ParseToken(req.GetConsistencyToken())
		return err
	}})
	handler, err := Handler(HandlerConfig{Servers: []*connect.Server{registered}})
	if err != nil {
		f.Fatal(err)
	}
	dispatcher := technician()
	dispatcher.Role = commonv1.Role_ROLE_DISPATCHER
	token := issue(f, keys, dispatcher)

	const jsonBody = `{"supportRequestId":"0b8f6a0e-6f7e-4a53-9d55-1f1f0a5d2c11","consistencyToken":"AAAAAAAAAQIx4YM4"}`
	wire, err := proto.Marshal(getRequest())
	if err != nil {
		f.Fatal(err)
	}
	frame := append([]byte{0, 0, 0, 0, byte(len(wire))}, wire...)
	f.Add("application/json", "", "Bearer "+token, []byte(jsonBody))
	f.Add("application/json", "gzip", "Bearer "+token, squeezed([]byte(jsonBody)))
	f.Add("application/json", "gzip", "Bearer "+token, squeezed(bytes.Repeat([]byte(" "), 1<<20)))
	f.Add("application/json", "gzip", "Bearer "+token, squeezed([]byte(jsonBody))[:20])
	f.Add("application/proto", "", "bearer "+token, wire)
	f.Add("application/grpc-web+proto", "", "Bearer "+token, frame)
	f.Add("application/grpc-web+proto", "", "Bearer "+token, []byte{0, 0xff, 0xff, 0xff, 0xff})
	f.Add("application/connect+json", "", "Bearer "+token, []byte{2, 0, 0, 0, 2, '{', '}'})
	f.Add("application/grpc", "br", "", []byte{})
	f.Add("text/plain", "", "Basic dGVzcw==", []byte("x"))
	f.Add("application/json; charset=\"", "identity", "Bearer", []byte(`{"a":`))
	f.Fuzz(func(t *testing.T, contentType, encoding, authorization string, body []byte) {
		req := httptest.NewRequestWithContext(t.Context(), "POST", "http://localhost"+intakev1connect.IntakeServiceGetSupportRequestProcedure, bytes.NewReader(body))
		for name, value := range map[string]string{"Content-Type": contentType, "Content-Encoding": encoding, "Authorization": authorization} {
			if value != "" {
				req.Header.Set(name, value)
			}
		}
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, req)
		text, err := io.ReadAll(answer.Result().Body)
		if err != nil {
			t.Fatal(err)
		}
		said := fmt.Sprint(answer.Code, answer.Result().Header, answer.Result().Trailer, string(text))
		if answer.Code >= 500 && answer.Code != 501 || strings.Contains(said, ReasonInternal) || len(said) > 16<<10 {
			t.Fatalf("%q %q %q is answered %.4000s", contentType, encoding, body, said)
		}
		if len(authorization) > 64 && strings.Contains(said, authorization) {
			t.Fatalf("the answer repeats the token: %s", said)
		}
	})
}

func squeezed(data []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(data)
	_ = w.Close()
	return out.Bytes()
}
