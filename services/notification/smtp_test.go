package notification

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http/httptest"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"aanvraag.internal/services/notification/internal/letters"
)

// mailServer speaks as much SMTP as a client needs.
type mailServer struct {
	t       *testing.T
	listen  net.Listener
	tls     *tls.Config       // with it: TLS at once, or by STARTTLS
	offer   []string          // extensions
	replies map[string]string // by verb: a reply other than the usual; "." is for the message

	mu    sync.Mutex
	heard []string // command lines
	mails []string
	done  sync.WaitGroup
}

func startMailServer(t *testing.T, change ...func(*mailServer)) *mailServer {
	t.Helper()
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	s := &mailServer{t: t, listen: listen, replies: map[string]string{}}
	for _, c := range change {
		c(s)
	}
	s.done.Go(func() {
		for {
			conn, err := listen.Accept()
			if err != nil {
				return
			}
			s.done.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() {
		check(t, listen.Close())
		s.done.Wait()
	})
	return s
}

func (s *mailServer) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	if s.tls != nil && !slices.Contains(s.offer, "STARTTLS") {
		conn = tls.Server(conn, s.tls)
	}
	text := textproto.NewConn(conn)
	_ = text.PrintfLine("220 ready")
	for {
		line, err := text.ReadLine()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.heard = append(s.heard, line)
		s.mu.Unlock()
		verb, _, _ := strings.Cut(line, " ")
		reply := map[string]string{"EHLO": s.hello(), "AUTH": "235 in", "DATA": "354 go on", "STARTTLS": "220 go on", "QUIT": "221 bye"}[verb]
		if r := s.replies[verb]; r != "" {
			reply = r
		}
		if reply == "" {
			reply = "250 ok"
		}
		_ = text.PrintfLine("%s", reply)
		switch {
		case verb == "QUIT":
			return
		case verb == "STARTTLS":
			text = textproto.NewConn(tls.Server(conn, s.tls))
		case verb == "DATA" && strings.HasPrefix(reply, "354"):
			mail, err := readMail(text.R)
			if err != nil {
				return
			}
			s.mu.Lock()
			s.mails = append(s.mails, mail)
			s.mu.Unlock()
			if r := s.replies["."]; r != "" {
				_ = text.PrintfLine("%s", r)
				continue
			}
			_ = text.PrintfLine("250 taken")
		}
	}
}

func (s *mailServer) hello() string {
	lines := append([]string{"here"}, s.offer...)
	for i := range lines[:len(lines)-1] {
		lines[i] = "250-" + lines[i]
	}
	lines[len(lines)-1] = "250 " + lines[len(lines)-1]
	return strings.Join(lines, "\r\n")
}

// readMail reads up to the line with a lone dot, byte for byte.
func readMail(r *bufio.Reader) (string, error) {
	var mail strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil || line == ".\r\n" {
			return mail.String(), err
		}
		mail.WriteString(strings.TrimPrefix(line, "."))
	}
}

func (s *mailServer) taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

func (s *mailServer) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.heard, "\n")
}

// to is a client of the server; login such as "user:word@".
func (s *mailServer) to(scheme, login string) *SMTP {
	s.t.Helper()
	client, err := NewSMTP(scheme + "://" + login + s.listen.Addr().String())
	check(s.t, err)
	return client
}

// certificate is one for 127.0.0.1, and who trusts it.
func certificate(t *testing.T) (server *tls.Config, roots *x509.CertPool) {
	t.Helper()
	h := httptest.NewTLSServer(nil)
	defer h.Close()
	roots = x509.NewCertPool()
	roots.AddCert(h.Certificate())
	return &tls.Config{Certificates: h.TLS.Certificates, MinVersion: tls.VersionTLS12}, roots
}

func testMail() Mail {
	return Mail{
		ID: uuid.NewString(), From: "support@desk.example", To: "noor@example.org",
		Data: []byte("Subject: x\r\n\r\n.a line that begins with a dot\r\nthe end\r\n"),
	}
}

func TestTheServerGetsTheMailToTheByte(t *testing.T) {
	s := startMailServer(t)
	m := testMail()
	for range 2 { // as after a crash: the same mail
		sent, err := s.to("smtp", "").Send(t.Context(), m)
		check(t, err)
		if string(sent) != string(m.Data) {
			t.Errorf("it answers that %q went out", sent)
		}
	}
	if got := s.taken(); len(got) != 2 || got[0] != string(m.Data) || got[1] != got[0] {
		t.Errorf("the server got %q", got)
	}
	if said := s.said(); !strings.Contains(said, "MAIL FROM:<support@desk.example>") || !strings.Contains(said, "RCPT TO:<noor@example.org>") {
		t.Errorf("the client said\n%s", said)
	}
}

func TestMailsTravelEncryptedAndLoggedIn(t *testing.T) {
	server, roots := certificate(t)
	for scheme, offer := range map[string][]string{"smtps": {"AUTH PLAIN"}, "smtp": {"STARTTLS", "AUTH PLAIN"}} {
		s := startMailServer(t, func(s *mailServer) { s.tls, s.offer = server, offer })
		client := s.to(scheme, "desk:word@")
		if _, err := client.Send(t.Context(), testMail()); err == nil {
			t.Errorf("%s: a certificate that nobody trusts was taken", scheme)
		}
		client.tls.RootCAs = roots
		_, err := client.Send(t.Context(), testMail())
		check(t, err)
		if len(s.taken()) != 1 || !strings.Contains(s.said(), "AUTH PLAIN ") {
			t.Errorf("%s: the server took %d; the client said\n%s", scheme, len(s.taken()), s.said())
		}
	}
}

// A refused recipient is final; everything else may pass.
func TestOnlyARefusedRecipientIsFinal(t *testing.T) {
	for _, c := range []struct {
		verb, reply string
		final       bool
	}{
		{"RCPT", "550 no mailbox noor@example.org", true},
		{"RCPT", "551 noor@example.org is elsewhere", true},
		{"RCPT", "450 noor@example.org is busy", false},
		{"RCPT", "554 not from you, noor@example.org", false},
		{"MAIL", "550 who are you", false},
		{"AUTH", "535 no", false},
		{"DATA", "451 later", false},
		{".", "452 disk full", false},
	} {
		s := startMailServer(t, func(s *mailServer) { s.offer, s.replies[c.verb] = []string{"AUTH PLAIN"}, c.reply })
		_, err := s.to("smtp", "desk:word@").Send(t.Context(), testMail())
		if err == nil || errors.Is(err, ErrUndeliverable) != c.final {
			t.Errorf("%s answered by %q gives %v", c.verb, c.reply, err)
		}
		if err != nil && strings.Contains(err.Error(), "noor") {
			t.Errorf("an address gets into logs: %v", err)
		}
	}
}

func TestASilentServerIsGivenUp(t *testing.T) {
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer listen.Close()
	client, err := NewSMTP("smtp://" + listen.Addr().String())
	check(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	accepted := make(chan net.Conn, 1)
	go func() {
		conn, _ := listen.Accept()
		cancel()
		accepted <- conn
	}()
	if _, err := client.Send(ctx, testMail()); err == nil {
		t.Error("a mail that no server took counts as sent")
	}
	check(t, (<-accepted).Close())
}

func TestMailServersAreGivenByURL(t *testing.T) {
	for url, want := range map[string]string{
		"smtp://mail.example": "mail.example:587", "smtps://a:b@mail.example": "mail.example:465", "smtp://[::1]:25": "[::1]:25",
	} {
		if s, err := NewSMTP(url); err != nil || s.address != want {
			t.Errorf("%s leads to %+v (%v)", url, s, err)
		}
	}
	for _, url := range []string{"", "mail.example:25", "http://mail.example", "smtp://", "smtp://desk:hunter2@mail.example:x", "smtp://m/path"} {
		if _, err := NewSMTP(url); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q gives %v", url, err)
		}
	}
}

// The whole way: a server that refuses the recipient ends in a record, not in a
// stream that waits for ever.
func TestARefusedRecipientIsSkippedAndTheNextLetterTried(t *testing.T) {
	s := startMailServer(t, func(s *mailServer) { s.replies["RCPT"] = "550 gone" })
	d := open(t, func(d *desk) { d.sender = s.to("smtp", "") })
	request := uuid.NewString()
	d.submit(request, "nl", canary)
	d.accept(request)
	d.await(request, 3)
	if got := d.types(request); !slices.Equal(got, []string{"contact.learned.v1", "letter.skipped.v1", "letter.skipped.v1"}) {
		t.Errorf("recorded %v", got)
	}
}

func TestALetterBySMTPIsTheOneOnRecord(t *testing.T) {
	s := startMailServer(t)
	d := open(t, func(d *desk) { d.sender = s.to("smtp", "") })
	request := uuid.NewString()
	d.submit(request, "nl", canary)
	d.await(request, 2)
	sent := d.letters(request).Sent[0]
	if got := s.taken(); len(got) != 1 || !strings.Contains(got[0], "Message-ID: <"+sent.MessageID+">") || sent.Kind != letters.Acknowledgement {
		t.Errorf("the server got %q", got)
	}
}
