package notification

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"net/url"
	"strconv"
	"time"
)

// SMTP is the [Sender] for a mail server.
//
// A crash after the server took a message and before the letter is recorded
// sends it once more: at most one duplicate for each crash, with the same bytes
// and the same Message-ID, by which mailboxes recognise it.
type SMTP struct {
	address  string // host:port
	host     string
	implicit bool // TLS from the first byte
	auth     smtp.Auth
	tls      *tls.Config
}

var _ Sender = (*SMTP)(nil)

// sendTimeout is how long one message may take, from dialling to the server's
// last word.
const sendTimeout = 30 * time.Second

// NewSMTP reads "smtp://user:password@host:port" (port 587 if none is given) or
// "smtps://…" (port 465). Over smtp, STARTTLS is needed unless the host is this
// machine: letters hold names and addresses.
func NewSMTP(server string) (*SMTP, error) {
	u, err := url.Parse(server)
	if err != nil || u.Hostname() == "" || (u.Path != "" && u.Path != "/") || u.RawQuery != "" {
		return nil, errors.New("the mail server is not smtp://user:password@host:port") // the text may hold the password
	}
	s := &SMTP{host: u.Hostname(), tls: &tls.Config{MinVersion: tls.VersionTLS12}}
	port := u.Port()
	switch u.Scheme {
	case "smtp":
		port = or(port, "587")
	case "smtps":
		port, s.implicit = or(port, "465"), true
	default:
		return nil, fmt.Errorf("a mail server is reached by smtp or smtps, not by %q", u.Scheme)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return nil, errors.New("the mail server's port is not 1 to 65535")
	}
	s.address = net.JoinHostPort(s.host, port)
	s.tls.ServerName = s.host
	if u.User != nil {
		password, _ := u.User.Password()
		s.auth = smtp.PlainAuth("", u.User.Username(), password, s.host)
	}
	return s, nil
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// Send implements [Sender].
func (s *SMTP) Send(ctx context.Context, m Mail) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	if err := s.send(ctx, m); err != nil {
		return nil, fmt.Errorf("send letter %s by SMTP: %w", m.ID, err)
	}
	return m.Data, nil
}

func (s *SMTP) send(ctx context.Context, m Mail) error {
	client, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	if s.auth != nil {
		if err := client.Auth(s.auth); err != nil {
			return fmt.Errorf("log in: %w", err)
		}
	}
	if err := client.Mail(m.From); err != nil {
		return quiet("name the sender", err)
	}
	if err := client.Rcpt(m.To); err != nil {
		return recipient(err)
	}
	body, err := client.Data()
	if err != nil {
		return quiet("begin the message", err)
	}
	if _, err := body.Write(m.Data); err != nil {
		return fmt.Errorf("write the message: %w", err)
	}
	if err := body.Close(); err != nil {
		return quiet("end the message", err)
	}
	// The server has taken it; whatever a farewell answers changes nothing.
	_ = client.Quit()
	return nil
}

// recipient reads a server's refusal of a recipient.
func recipient(err error) error {
	reply, ok := errors.AsType[*textproto.Error](err)
	if ok && (reply.Code == 550 || reply.Code == 551 || reply.Code == 553) { // no such mailbox, not here, no such name
		return fmt.Errorf("%w: the server answered %d", ErrUndeliverable, reply.Code)
	}
	return quiet("name the recipient", err)
}

// quiet keeps the code of a server's answer only: its text may quote the address
// (D-04).
func quiet(what string, err error) error {
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		return fmt.Errorf("%s: the server answered %d", what, reply.Code)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// errPlain answers a server that would get letters in clear over a network.
var errPlain = errors.New("the mail server offers no STARTTLS")

// dial greets the server, over TLS unless it is on this machine. When ctx ends,
// the connection does.
func (s *SMTP) dial(ctx context.Context) (*session, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.address)
	if err != nil {
		return nil, err
	}
	if s.implicit {
		conn = tls.Client(conn, s.tls)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	client, err := smtp.NewClient(conn, s.host)
	if err != nil {
		stop()
		return nil, errors.Join(fmt.Errorf("greet: %w", err), conn.Close())
	}
	out := &session{Client: client, stop: stop}
	if s.implicit {
		return out, nil
	}
	if offered, _ := client.Extension("STARTTLS"); offered {
		err = client.StartTLS(s.tls)
	} else if !loopback(conn.RemoteAddr()) {
		err = errPlain
	}
	if err != nil {
		return nil, errors.Join(err, out.Close())
	}
	return out, nil
}

// session is one connection to a mail server.
type session struct {
	*smtp.Client
	stop func() bool
}

// Close ends the connection, if Quit did not.
func (s *session) Close() error {
	s.stop()
	return s.Client.Close()
}

func loopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
