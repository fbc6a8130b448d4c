package notification

import (
	"net"
	"strconv"
	"strings"
	"testing"

	"aanvraag.internal/services/notification/internal/letters"
	"aanvraag.internal/services/platform/command/commandtest"
)

// Whatever stands in the log under a recorded name, reading it ends in an event
// or an error. An event that was read is written and read the same from then on,
// and leaves the states before it as they were.
func FuzzStoredEvents(f *testing.F) {
	told := commandtest.Stories(f)
	for _, s := range told {
		f.Add([]byte(s.Data))
	}
	for _, hostile := range []string{
		`null`, `{}`, `[]`, `{"`, "{\"reference\":\"\xff\"}", `{"language":"\ud800"}`, `{"at":"9999-12-31T23:59:59-23:59"}`,
		`{"seconds":1e400}`, `{"intervals":[{},{}],"intervals":[]}`, strings.Repeat(`{"party":`, 20_000),
	} {
		f.Add([]byte(hostile))
	}
	chambers := []func(*testing.T, []byte){
		commandtest.Stored[letters.Letters](told, letters.Events()),
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, try := range chambers {
			try(t, data)
		}
	})
}

// A mail server's URL leads to one host and port, or is refused without a word
// about the password in it.
func FuzzMailServerURL(f *testing.F) {
	for _, server := range []string{
		"smtp://mail.example", "smtps://desk:word@mail.example:465", "smtp://[::1]:25", "smtp://desk:hunter2hunter2@mail.example:x", "smtp://desk:%zzhunter2hunter2@h",
		"", "mail.example:25", "http://desk:hunter2hunter2@mail.example", "smtp://", "smtp://m/path", "smtp://m?x=hunter2hunter2", "smtp://m#f", "SMTP://m",
		"smtp://a b", "smtp://m:99999", "smtp://m:", "smtp://:25", "smtp:m:25", "smtp://desk\r\nRCPT@m", "smtp://[fe80::1%25eth0]:25", "smtp://%6d:25", "smtp://m%0d%0aX",
		"hunter2hunter2://m", "desk:hunter2hunter2@m",
	} {
		f.Add(server)
	}
	f.Fuzz(func(t *testing.T, server string) {
		s, err := NewSMTP(server)
		if err != nil {
			if s != nil {
				t.Fatalf("%q is refused and leads to %+v", server, s)
			}
			if _, login, ok := strings.Cut(server, "//"); ok {
				_, password, _ := strings.Cut(login[:strings.LastIndexByte(login, '@')+1], ":")
				if password = strings.TrimSuffix(password, "@"); len(password) > 8 && strings.Contains(err.Error(), password) {
					t.Fatalf("the fault of %q tells the password: %v", server, err)
				}
			}
			return
		}
		host, port, err := net.SplitHostPort(s.address)
		if err != nil || host != s.host || host == "" || s.tls.ServerName != host || strings.ContainsAny(host, "\r\n\x00") {
			t.Fatalf("%q leads to %q (%v)", server, s.address, err)
		}
		if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
			t.Fatalf("%q leads to port %q", server, port)
		}
		if scheme, _, _ := strings.Cut(server, ":"); s.implicit != strings.EqualFold(scheme, "smtps") {
			t.Fatalf("%q has TLS at once: %t", server, s.implicit)
		}
	})
}
