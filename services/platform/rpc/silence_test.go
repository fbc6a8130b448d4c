package rpc

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// long is more than a body of one message may be.
const long = drainedBytes + 1<<20

func sent(t *testing.T, handler http.Handler, body io.Reader) (read string) {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	resp, err := server.Client().Post(server.URL, "application/connect+proto", body)
	must(t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	must(t, err)
	return string(answer)
}

func TestAnUploadMayBeLongerThanABody(t *testing.T) {
	count := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil || n != long {
			_, _ = io.WriteString(w, "cut off")
			return
		}
		_, _ = io.WriteString(w, "whole")
	})
	if got := sent(t, boundSilences(count), bytes.NewReader(make([]byte, long))); got != "whole" {
		t.Errorf("an upload is %s", got)
	}
	if got := sent(t, boundBodies(count), bytes.NewReader(make([]byte, long))); got != "cut off" {
		t.Errorf("a body is %s", got)
	}
}

// deadlines remembers what the deadline of reading was set to.
type deadlines struct {
	http.ResponseWriter
	set []time.Time
}

func (d *deadlines) SetReadDeadline(at time.Time) error {
	d.set = append(d.set, at)
	return nil
}

func TestASilenceInAnUploadIsBounded(t *testing.T) {
	w := &deadlines{ResponseWriter: httptest.NewRecorder()}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("message"))
	boundSilences(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			t.Error(err)
		}
	})).ServeHTTP(w, r)
	if len(w.set) != 2 || time.Until(w.set[0]) > bodyTime || time.Until(w.set[0]) < bodyTime/2 || !w.set[1].IsZero() {
		t.Errorf("the deadline was set to %v; want one, and none once it has ended", w.set)
	}
}
