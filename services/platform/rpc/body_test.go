package rpc

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/encoding/protowire"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/proto/gen/aanvraag/intake/v1/intakev1connect"
	"aanvraag.internal/services/platform/clock"
)

// says checks that an answer is an error of that status and reason.
func (a answer) says(t *testing.T, status int, reason string) {
	t.Helper()
	if a.status != status || !strings.Contains(a.body, `"reason":"`+reason+`"`) ||
		!strings.Contains(a.body, `"domain":"aanvraag"`) {
		t.Errorf("got %d %s, want %d with reason %s", a.status, a.body, status, reason)
	}
}

func TestJSONThatIsNoRequestSaysWhatIsWrong(t *testing.T) {
	h := build(t)
	for body, reason := range map[string]string{
		`{"supportRequestID":"` + reqID + `"}`:                 ReasonUnknownField,
		`{"supportRequestId":"` + reqID + `","party":{"x":1}}`: ReasonUnknownField,
		`{"supportRequestId":"` + reqID + `","a b":1}`:         ReasonUnknownField,
		`{"supportRequestId":`:                                 ReasonInvalidJSON,
		``:                                                     ReasonInvalidJSON,
		`[]`:                                                   ReasonInvalidJSON,
		`{"supportRequestId":7}`:                               ReasonInvalidJSON,
		`{"supportRequestId":"a","supportRequestId":"a"}`:                   ReasonInvalidJSON,
		"{\"supportRequestId\":\"\xff\"}":                                   ReasonInvalidJSON,
		`{"supportRequestId":"` + reqID + `"} x`:                            ReasonInvalidJSON,
		`{"consistencyToken":"): unknown field \"x\"", "supportRequestId"}`: ReasonInvalidJSON,
		`{"supportRequestId":"x"}`:                                          ReasonInvalidRequest,
		strings.Repeat(`{"a":`, 20000):                                      ReasonUnknownField,
	} {
		h.get(body).says(t, 400, reason)
	}
	if got := h.get(`{"suportRequestId":"x"}`); !strings.Contains(got.body, "the request has no field suportRequestId") {
		t.Errorf("people read %s", got.body)
	}
	if got := h.get(`{"supportRequestId":"` + reqID + `"}`); got.status != 200 {
		t.Errorf("a good one: %d %s", got.status, got.body)
	}
}

// envelope is one message in a Connect stream.
func envelope(flags byte, data string) string {
	n := len(data)
	return string([]byte{flags, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}) + data
}

func (h *house) watch(body string) string {
	h.t.Helper()
	got := h.do("POST", intakev1connect.IntakeServiceWatchSupportRequestProcedure, "application/connect+json", body,
		"Authorization", "Bearer "+h.token(commonv1.Role_ROLE_DISPATCHER))
	if got.status != 200 {
		h.t.Errorf("a stream ends inside its answer, not with %d", got.status)
	}
	return got.body
}

func TestAStreamIsAsStrictAsAUnaryCall(t *testing.T) {
	h := build(t)
	for body, reason := range map[string]string{
		envelope(0, `{"x":1}`):                  ReasonUnknownField,
		envelope(0, `{`):                        ReasonInvalidJSON,
		envelope(0, `{"supportRequestId":"x"}`): ReasonInvalidRequest,
		envelope(0, strings.Repeat(" ", 1<<20)): ReasonBodyTooLarge,
		"":                                      ReasonInvalidBody,
		envelope(0, `{"supportRequestId":"`+reqID)[:12]: ReasonInvalidBody,
		envelope(0, "{}") + envelope(0, "{}"):           ReasonInvalidBody,
	} {
		if got := h.watch(body); !strings.Contains(got, `"reason":"`+reason+`"`) {
			t.Errorf("%.40q: %s, want %s", body, got, reason)
		}
	}
	if got := h.watch(envelope(0, `{"supportRequestId":"`+reqID+`"}`)); strings.Contains(got, "reason") {
		t.Errorf("a good one: %s", got)
	}
}

func TestAnswersInJSONShowZerosAndEmptyLists(t *testing.T) {
	h := build(t)
	got := strings.ReplaceAll(h.get(`{"supportRequestId":"`+reqID+`"}`).body, " ", "")
	if !strings.Contains(got, `"revision":"0"`) {
		t.Errorf("the revision is not there: %s", got)
	}
	list := h.do("POST", intakev1connect.IntakeServiceListSupportRequestsProcedure, "application/json", "{}",
		"Authorization", "Bearer "+h.token(commonv1.Role_ROLE_DISPATCHER))
	if !strings.Contains(strings.ReplaceAll(list.body, " ", ""), `"supportRequests":[]`) {
		t.Errorf("the empty list is not there: %s", list.body)
	}
}

func zipped(t *testing.T, size int) string {
	t.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	_, err := io.Copy(w, io.LimitReader(spaces{}, int64(size)))
	must(t, err)
	must(t, w.Close())
	return buf.String()
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestABodyThatIsTooLargeIsRefusedAtOnceAndTheConnectionGoesOn(t *testing.T) {
	h := build(t)
	for name, got := range map[string]answer{
		"1 MiB":     h.get(strings.Repeat(" ", 1<<20)),
		"one more":  h.get(strings.Repeat(" ", MaxRequestBytes+1)),
		"gzip bomb": h.get(zipped(t, 64<<20), "Content-Encoding", "gzip"),
		"8 MiB":     h.get(strings.Repeat(" ", 8<<20)),
	} {
		t.Run(name, func(t *testing.T) { got.says(t, 429, ReasonBodyTooLarge) })
	}
	full := `{"supportRequestId":"` + reqID + `"}`
	if got := h.get(full + strings.Repeat(" ", MaxRequestBytes-len(full))); got.status != 200 {
		t.Errorf("a body of just the limit: %d %s", got.status, got.body)
	}
	if got := h.get(zipped(t, 100), "Content-Encoding", "gzip"); !strings.Contains(got.body, ReasonInvalidJSON) {
		t.Errorf("a small compressed body: %s", got.body)
	}
	h.get("not gzip", "Content-Encoding", "gzip").says(t, 400, ReasonInvalidBody)
	for door, client := range h.doors() {
		if door == "in-process" || door == "connect by GET" {
			continue // nothing is read from a wire; an URL has limits of its own
		}
		req := &intakev1.GetSupportRequestRequest{SupportRequestId: strings.Repeat("x", 1<<20)}
		_, err := client.GetSupportRequest(t.Context(), req)
		refused(t, err, connect.CodeResourceExhausted, ReasonBodyTooLarge)
	}
}

func TestABinaryBodyThatIsNoMessageIsRefused(t *testing.T) {
	h := build(t)
	got := h.do("POST", intakev1connect.IntakeServiceGetSupportRequestProcedure, "application/proto", "\xff\xff\xff",
		"Authorization", "Bearer "+h.token(commonv1.Role_ROLE_DISPATCHER))
	got.says(t, 400, ReasonInvalidBody)
}

func TestABodyThatDoesNotArriveIsNotWaitedForForEver(t *testing.T) {
	deadlines := &deadlineRecorder{ResponseRecorder: httptest.NewRecorder()}
	arrived := strings.NewReader("body")
	req := httptest.NewRequest(http.MethodPost, "/", arrived)
	boundBodies(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if len(deadlines.set) != 1 || !deadlines.set[0].After(clock.System{}.Now()) {
			t.Errorf("while the body is read the deadlines are %v", deadlines.set)
		}
		_, _ = r.Body.Read(make([]byte, 2))
		must(t, r.Body.Close())
		if arrived.Len() > 0 {
			t.Error("the rest was left on the wire")
		}
		if len(deadlines.set) != 2 || !deadlines.set[1].IsZero() {
			t.Errorf("while the answer is made the deadlines are %v", deadlines.set)
		}
	})).ServeHTTP(deadlines, req)
	if len(deadlines.set) != 2 {
		t.Errorf("afterwards the deadlines are %v", deadlines.set)
	}
}

type deadlineRecorder struct {
	*httptest.ResponseRecorder
	set []time.Time
}

func (d *deadlineRecorder) SetReadDeadline(at time.Time) error {
	d.set = append(d.set, at)
	return nil
}

func TestAHalfSentRequestEndsWithItsConnection(t *testing.T) {
	h := build(t)
	seen := make(chan error, 1)
	h.desk.watch = func(ctx context.Context, send func() error) error {
		err := send()
		<-ctx.Done()
		seen <- ctx.Err()
		return err
	}
	conn, err := net.Dial("tcp", h.http.Listener.Addr().String())
	must(t, err)
	body := envelope(0, `{"supportRequestId":"`+reqID+`"}`)
	_, err = io.WriteString(conn, "POST "+intakev1connect.IntakeServiceWatchSupportRequestProcedure+" HTTP/1.1\r\n"+
		"Host: localhost\r\nContent-Type: application/connect+json\r\nTransfer-Encoding: chunked\r\n"+
		"Authorization: Bearer "+h.token(commonv1.Role_ROLE_DISPATCHER)+"\r\n\r\n"+
		chunk(body)+"0\r\n\r\n")
	must(t, err)
	_, err = conn.Read(make([]byte, 1))
	must(t, err)
	must(t, conn.Close())
	if err := <-seen; err == nil {
		t.Error("the watch goes on without its reader")
	}
}

func chunk(s string) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[len(s)>>4], digits[len(s)&15]}) + "\r\n" + s + "\r\n"
}

func TestWhatTheTransportRefusesHasAReasonToo(t *testing.T) {
	h := build(t)
	const get = intakev1connect.IntakeServiceGetSupportRequestProcedure
	h.get("{}", "Content-Encoding", "br").says(t, 501, ReasonInvalidProtocol)
	h.get("{}", "Connect-Protocol-Version", "9").says(t, 400, ReasonInvalidProtocol)
	h.get("{}", "Connect-Timeout-Ms", "soon").says(t, 400, ReasonInvalidProtocol)
	h.get("{}", "Connect-Timeout-Ms", "-1").says(t, 400, ReasonInvalidProtocol)
	h.do("GET", get, "", "").says(t, 400, ReasonInvalidProtocol)
	h.do("GET", get+"?encoding=json&message={}&compression=br", "", "").says(t, 501, ReasonInvalidProtocol)
	h.do("GET", get+"?encoding=json&message={}&connect=v2", "", "").says(t, 400, ReasonInvalidProtocol)
	h.do("POST", "/aanvraag.intake.v1.IntakeService/Nothing", "application/json", "{}").says(t, 501, ReasonUnknownMethod)
	h.do("POST", "/aanvraag.other.v1.OtherService/Nothing", "application/json", "{}").says(t, 501, ReasonUnknownMethod)
	if got := h.do("GET", "/nothing", "", ""); got.status != 404 {
		t.Errorf("a page that is not there: %d", got.status)
	}
}

func TestACallThatTakesTooLongEndsWithItsReason(t *testing.T) {
	h := build(t)
	h.desk.get = func(ctx context.Context, _ *intakev1.GetSupportRequestRequest) error {
		<-ctx.Done()
		return io.ErrClosedPipe // a driver's own words for it
	}
	h.get(`{"supportRequestId":"`+reqID+`"}`, "Connect-Timeout-Ms", "1").says(t, 504, "DEADLINE_EXCEEDED")
}

func TestOnlyLargeAnswersAreCompressed(t *testing.T) {
	h := build(t)
	small := h.get(`{"supportRequestId":"`+reqID+`"}`, "Accept-Encoding", "gzip")
	if small.header.Get("Content-Encoding") != "" {
		t.Error("a small answer was compressed")
	}
}

// A binary request with a field of tomorrow is read by today's queries; a command
// refuses it, see [NewCommand].
func TestAFieldOfTomorrowDoesNotHinderAQuery(t *testing.T) {
	h := build(t)
	req := getRequest()
	req.ProtoReflect().SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 999, protowire.VarintType), 1))
	_, err := h.as(h.token(commonv1.Role_ROLE_DISPATCHER)).GetSupportRequest(t.Context(), req)
	must(t, err)
}
