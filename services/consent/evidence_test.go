package consent

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	"aanvraag.internal/services/consent/internal/agreement"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/vault"
)

// later publishes a next version of the general terms.
func (h *house) later(text string, from time.Time) *consentv1.TermsDocument {
	h.t.Helper()
	out, err := h.administrator().PublishTerms(h.t.Context(), &consentv1.PublishTermsRequest{
		IdempotencyKey: uuid.NewString(), Kind: consentv1.TermsDocumentKind_TERMS_DOCUMENT_KIND_GENERAL,
		Texts: []*consentv1.TermsText{{Language: "nl", Text: text}}, EffectiveFrom: timestamppb.New(from),
	})
	must(h.t, err)
	return out.GetDocuments()[0]
}

// O-02: the form was opened at 16:59. At 16:59:59 what it shows is agreed to; at 17:00
// exactly the new terms are in force, and the refusal has their hashes.
func TestO02NewTermsAreInForceFromTheirVeryInstant(t *testing.T) {
	h := build(t)
	shown := h.terms("")
	next := h.later("# Nieuwe voorwaarden\n", opened.Add(time.Minute))
	_, err := h.clock.Advance(59 * time.Second)
	must(t, err)
	h.give(form(uuid.NewString(), shown))
	_, err = h.clock.Advance(time.Second)
	must(t, err)
	h.unchanged(func() {
		_, err = h.public().GiveConsent(t.Context(), form(reqID, shown))
		refused(t, err, connect.CodeFailedPrecondition, "TERMS_STALE")
	})
	told := rpc.Metadata(err)
	if told["terms.general.sha256.nl"] != next.GetSha256() || told["terms.general.version"] != "2" || told["tariff.sha256"] == "" ||
		told["terms.online-support.sha256.nl"] == "" {
		t.Errorf("told %v, want version 2, %s", told, next.GetSha256())
	}
	h.give(form(reqID, h.terms("")))
}

// O-03: by its hash, whoever asks, also once a later version is in force.
func TestO03ATextHasItsAddressForGood(t *testing.T) {
	h := build(t)
	before := h.terms("en").GetDocuments()
	h.later("# Nieuwe voorwaarden\n", opened)
	if now := h.terms("nl").GetDocuments()[1]; now.GetVersion() != 2 {
		t.Fatalf("in force is %v", now)
	}
	h.unchanged(func() {
		for _, d := range before {
			got, err := h.public().GetTerms(t.Context(), &consentv1.GetTermsRequest{Sha256: d.GetSha256()})
			must(t, err)
			sum := sha256.Sum256([]byte(got.GetDocument().GetText()))
			if got.GetDocument().GetText() != d.GetText() || hex.EncodeToString(sum[:]) != d.GetSha256() ||
				got.GetDocument().GetLanguage() != "en" || got.GetDocument().GetVersion() != 1 {
				t.Errorf("%s gives %v", d.GetSha256(), got)
			}
		}
		_, err := h.public().GetTerms(t.Context(), &consentv1.GetTermsRequest{Sha256: strings.Repeat("0", 64)})
		refused(t, err, connect.CodeNotFound, "TERMS_UNKNOWN")
	})
}

// O-05: what the server saw of the call. The address is there for whoever may open it,
// and not in clear; nobody can set the instant.
func TestO05TheAddressIsSealedAndTheUserAgentIsAHash(t *testing.T) {
	h := build(t)
	handler, err := rpc.Handler(rpc.HandlerConfig{Servers: []*connect.Server{h.server}})
	must(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	form := form(reqID, h.terms(""))
	form.FormBuild = "form-2026.11"
	body, err := protojson.Marshal(form)
	must(t, err)
	send := func(body []byte) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/aanvraag.consent.v1.ConsentService/GiveConsent", bytes.NewReader(body))
		must(t, err)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("User-Agent", "Browser 1")
		answer, err := http.DefaultClient.Do(req)
		must(t, err)
		must(t, answer.Body.Close())
		return answer.StatusCode
	}
	set := bytes.Replace(body, []byte(`{`), []byte(`{"decidedAt":"2020-01-01T00:00:00Z","givenAt":"2020-01-01T00:00:00Z",`), 1)
	if status := send(set); status != http.StatusBadRequest {
		t.Errorf("an instant of the client's answers %d", status)
	}
	if status := send(body); status != http.StatusOK {
		t.Fatalf("the form answers %d", status)
	}
	recorded := h.stream("consent-" + reqID)[0]
	var given agreement.Given
	must(t, json.Unmarshal(recorded.Data, &given))
	sum := sha256.Sum256([]byte("Browser 1"))
	e := given.Evidence
	if e.FormBuild != "form-2026.11" || e.UserAgentSHA256 != hex.EncodeToString(sum[:]) || e.ClientAddress.IsZero() || !given.GivenAt.Equal(opened) {
		t.Errorf("recorded %+v", given)
	}
	if bytes.Contains(recorded.Data, []byte("127.0.0.1")) || bytes.Contains(recorded.Data, []byte("Browser 1")) {
		t.Errorf("in clear: %s", recorded.Data)
	}
	address, err := h.service.house.Vault.Open(context.Background(), e.ClientAddress, vault.Access{Actor: "test", Reason: "test"})
	if err != nil || string(address) != "127.0.0.1" {
		t.Errorf("the address is %q (%v)", address, err)
	}
	got, err := h.as(commonv1.Role_ROLE_AUDITOR, "").GetConsent(t.Context(), &consentv1.GetConsentRequest{SupportRequestId: reqID})
	must(t, err)
	if shown := got.GetConsent().GetEvidence(); !shown.GetAddressRecorded() || shown.GetFormBuild() != "form-2026.11" {
		t.Errorf("shown %v", shown)
	}
}
