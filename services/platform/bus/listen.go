package bus

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"golang.org/x/crypto/bcrypt"
)

// DefaultListen is where a bus of its own process listens.
const DefaultListen = "127.0.0.1:4222"

// The users of a bus of its own process, and the files of its directory that hold
// their passwords.
const (
	applicationUser = "application"
	systemUser      = "system"
	passwordSuffix  = ".password"
)

var (
	// ErrNotLoopback refuses an address that other machines reach: passwords and
	// events would cross the network in the clear. A cluster is made of
	// nats-server's own processes, with TLS.
	ErrNotLoopback = errors.New("the bus listens on loopback addresses only")
	// ErrPermissions answers a password file that others than its owner may touch.
	ErrPermissions = errors.New("password file is open to others; make its mode 0600")
)

// ServerConfig says where a bus of its own process lives. Dir and Log are needed.
type ServerConfig struct {
	// Dir holds JetStream's files and the passwords of the two users.
	Dir string
	// Listen is a loopback host and port. Default [DefaultListen]; port 0 takes a
	// free one.
	Listen string
	// NoSync leaves the fsync of acknowledged messages to every two minutes. Keys
	// cannot be kept there: package natskeys refuses such a server.
	NoSync bool
	Log    *slog.Logger
}

// StartListening starts the bus of other processes on this machine, and waits
// until it serves. Two users exist: the application, and one of the system
// account who may ask how the server is configured. Their passwords are made at
// first start, in files of Dir for its owner alone; see [AsApplication] and
// [AsSystem].
//
// The server syncs each message before it acknowledges it, which a JetStream
// stream that holds anything irreplaceable needs. That costs: on 2 cores, 300
// bytes a message and 256 under way, 2,600 to 4,600 messages a second instead of
// 80,000 to 106,000, and 1,700 to 3,100 instead of 27,000 one by one. The streams
// of public events do not pay it; see [EnsureStream].
//
// The files are those of [StartServer], so a directory may change between the two.
func StartListening(cfg ServerConfig) (*Server, error) {
	if cfg.Listen == "" {
		cfg.Listen = DefaultListen
	}
	host, port, err := loopback(cfg.Listen)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("bus directory: %w", err)
	}
	opts := &server.Options{}
	if err := admit(opts, cfg.Dir); err != nil {
		return nil, err
	}
	opts.Host, opts.Port = host, port
	opts.StoreDir = cfg.Dir
	opts.SyncAlways = !cfg.NoSync
	s := begin(opts, cfg.Log, cfg.Dir)
	<-s.tried
	if s.err != nil {
		return nil, s.err
	}
	return s, nil
}

// admit lets in the two users and nobody else.
func admit(opts *server.Options, dir string) error {
	// Without this block the server lets in anybody who gives no name, because no
	// account beside its own two is configured (seen with nats-server 2.15.2). It
	// cannot be set in another way.
	if err := opts.ProcessConfigString("authorization {}"); err != nil {
		return fmt.Errorf("configure NATS server: %w", err)
	}
	system := server.NewAccount(server.DEFAULT_SYSTEM_ACCOUNT)
	opts.Accounts, opts.SystemAccount = []*server.Account{system}, system.Name
	for name, account := range map[string]*server.Account{applicationUser: nil, systemUser: system} {
		password, err := makePassword(passwordFile(dir, name))
		if err != nil {
			return fmt.Errorf("password of %s: %w", name, err)
		}
		// The server warns of passwords in the clear. Its slowness is of no use to
		// one that cannot be guessed.
		hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
		if err != nil {
			return fmt.Errorf("password of %s: %w", name, err)
		}
		opts.Users = append(opts.Users, &server.User{Username: name, Password: string(hash), Account: account})
	}
	return nil
}

// URL is where clients find a listening server; no password is in it.
func (s *Server) URL() string { return s.server.ClientURL() }

func loopback(address string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, fmt.Errorf("bus address: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", 0, fmt.Errorf("bus address %s: %w", address, ErrNotLoopback)
	}
	if port, err = strconv.Atoi(text); err != nil || port < 0 {
		return "", 0, fmt.Errorf("bus address %s: the port is not a number", address)
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	return host, port, nil
}

func passwordFile(dir, user string) string { return filepath.Join(dir, user+passwordSuffix) }

// makePassword reads a password of 256 random bits, and makes it at first start.
func makePassword(path string) (string, error) {
	password, err := readPassword(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return password, err
	}
	random := make([]byte, 32)
	rand.Read(random) // never fails: it ends the process instead
	password = hex.EncodeToString(random)
	// Written beside its name first: a crash leaves all of it or none.
	if err := os.WriteFile(path+".new", []byte(password+"\n"), 0o600); err != nil {
		return "", err
	}
	return password, os.Rename(path+".new", path)
}

func readPassword(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if info.Mode().Perm()&^0o600 != 0 {
		return "", fmt.Errorf("%s has mode %04o: %w", path, info.Mode().Perm(), ErrPermissions)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	password := strings.TrimSpace(string(data))
	if password == "" {
		return "", fmt.Errorf("%s is empty; remove it, and the server makes another", path)
	}
	return password, nil
}

// AsApplication lets [Dial] log in as the application's user of a bus on this
// machine whose directory is dir. The file is read at each attempt, so it may be
// made later.
func AsApplication(dir string) nats.Option { return as(dir, applicationUser) }

// AsSystem lets [Dial] log in as the user of the system account, as
// [AsApplication] does.
func AsSystem(dir string) nats.Option { return as(dir, systemUser) }

func as(dir, user string) nats.Option {
	return nats.UserInfoHandler(func() (string, string) {
		// Without a password the server refuses, and the connection tries again.
		password, _ := readPassword(passwordFile(dir, user))
		return user, password
	})
}
