package natskeys_test

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"aanvraag.internal/services/platform/vault/natskeys"
)

// cluster is three servers, of which those in unsynced do not sync.
type cluster struct {
	t        testing.TB
	options  []*server.Options
	servers  []*server.Server
	unsynced map[int]bool
}

const secret = "secret" // of both users, on loopback

func newCluster(t testing.TB, unsynced ...int) *cluster {
	t.Helper()
	c := &cluster{t: t, unsynced: make(map[int]bool)}
	for _, i := range unsynced {
		c.unsynced[i] = true
	}
	var routes []*url.URL
	var ports []int
	for range 3 {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
		routes = append(routes, &url.URL{Scheme: "nats", Host: l.Addr().String()})
		_ = l.Close()
	}
	for i := range 3 {
		system := server.NewAccount(server.DEFAULT_SYSTEM_ACCOUNT)
		c.options = append(c.options, &server.Options{
			ServerName: fmt.Sprintf("n%d", i), Host: "127.0.0.1", Port: server.RANDOM_PORT,
			JetStream: true, StoreDir: t.TempDir(), SyncAlways: !c.unsynced[i], NoSigs: true, NoLog: true,
			Cluster:       server.ClusterOpts{Name: "keys", Host: "127.0.0.1", Port: ports[i]},
			Routes:        routes,
			SystemAccount: system.Name,
			Accounts:      []*server.Account{system},
			Users: []*server.User{
				{Username: "application", Password: secret},
				{Username: "system", Password: secret, Account: system},
			},
		})
		s, err := server.NewServer(c.options[i])
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		c.servers = append(c.servers, s)
	}
	for _, s := range c.servers {
		if !s.ReadyForConnections(patience) {
			t.Fatal("a server does not serve")
		}
	}
	return c
}

func (c *cluster) process(at int) natskeys.Config {
	c.t.Helper()
	url := c.servers[at].ClientURL()
	return natskeys.Config{
		Conn: dial(c.t, url, nats.UserInfo("application", secret)), System: dial(c.t, url, nats.UserInfo("system", secret)),
		Replicas: 3, List: c.t.TempDir() + "/list", Log: quiet,
	}
}

// follower is one that does not lead the cluster, so that stopping it costs no
// election.
func (c *cluster) follower() int {
	leader := -1
	within(c.t, "a leader", func() bool {
		leader = slices.IndexFunc(c.servers, (*server.Server).JetStreamIsLeader)
		return leader >= 0
	})
	return (leader + 1) % len(c.servers)
}

func TestOneUnsyncedServerOfAClusterIsEnoughToRefuse(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2)
	for at := range 2 {
		if _, err := natskeys.Open(t.Context(), c.process(at)); !errors.Is(err, natskeys.ErrUnsynced) {
			t.Errorf("open through server %d = %v, want ErrUnsynced", at, err)
		}
	}
}

func TestAClusterKeepsKeysWhileOneOfThreeIsAway(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	away := c.follower()
	here := (away + 1) % len(c.servers)
	a := open(t, c.process(away))
	b := open(t, c.process(here))
	create(t, a, "fiscal/a", "one")
	create(t, b, "fiscal/b", "two")
	destroy(t, b, "fiscal/a")
	wantErased(t, a, "fiscal/a")

	c.servers[away].Shutdown()
	c.servers[away].WaitForShutdown()
	within(t, "two of three keep a key", func() bool {
		got, err := b.Create(t.Context(), key("fiscal/c", "three"))
		return err == nil && string(got[0]) == "three"
	})
	wantErased(t, b, "fiscal/a")
	within(t, "two of three are enough to open", func() bool {
		s, err := natskeys.Open(t.Context(), c.process(here))
		if err != nil {
			return false
		}
		defer s.Close()
		got, err := s.Get(t.Context(), "fiscal/b")
		return err == nil && string(got) == "two"
	})
}
